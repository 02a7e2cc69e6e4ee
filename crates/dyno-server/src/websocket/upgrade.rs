//! From a request to a WebSocket: is it an opening, may it be, and what answers it.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use dyno_proto::websocket::handshake::{HandshakeRejection, Opening, OpeningForm, ServerHandshake};
use dyno_proto::websocket::{Endpoint, EndpointConfig, VERSION};
use thiserror::Error;

use super::config::WebSocketConfig;
use super::connection::WebSocketConnection;
use super::driver::serve;
use crate::handler::{Action, LocalFuture};
use crate::request::{OwnedRequest, Request, Version};
use crate::response::ResponseWriter;

/// A request that asks for a WebSocket in good order and is not yet answered.
#[derive(Debug)]
pub struct WebSocketUpgrade {
    opening: Opening,
    request: OwnedRequest,
    config: Rc<WebSocketConfig>,
    path_params: Vec<(String, String)>,
}

impl WebSocketUpgrade {
    /// Judges a request: `GET` of HTTP/1.1 with the fields of RFC 6455, or an extended `CONNECT`.
    ///
    /// # Errors
    /// What is wrong with it, and how to say so.
    pub fn read(request: &Request<'_>) -> Result<Self, WebSocketRefusal> {
        let form = match (request.version(), request.connect_protocol()) {
            (_, Some("websocket")) => OpeningForm::ExtendedConnect,
            (Version::Http11, _) if request.method() == "GET" => OpeningForm::Upgrade,
            (Version::Http11, _) => return Err(WebSocketRefusal::MethodNotGet),
            // HTTP/1.0 knows no upgrade: it is as if the field were not there.
            (Version::Http10, _) => {
                let rejection = HandshakeRejection::UpgradeMissing;
                return Err(WebSocketRefusal::Handshake { rejection, form: OpeningForm::Upgrade });
            }
            _ => return Err(WebSocketRefusal::NotExtendedConnect),
        };
        let fields: Vec<(&str, &[u8])> = request.headers().collect();
        let opening = Opening::read(form, &fields)
            .map_err(|rejection| WebSocketRefusal::Handshake { rejection, form })?;
        Ok(Self {
            opening,
            request: request.to_owned(),
            config: Rc::new(WebSocketConfig::default()),
            path_params: Vec::new(),
        })
    }

    /// Replaces the default settings; shared settings cost nothing per connection.
    #[must_use]
    pub fn with_config(mut self, config: impl Into<Rc<WebSocketConfig>>) -> Self {
        self.config = config.into();
        self
    }

    /// Says what the path's parameters are, for [`WebSocketConnection::path_param`]. Routers do.
    #[must_use]
    pub fn with_path_params(mut self, path_params: Vec<(String, String)>) -> Self {
        self.path_params = path_params;
        self
    }

    /// The subprotocols that the client offers, the one it likes best first.
    #[must_use]
    pub fn protocols(&self) -> &[String] {
        self.opening.protocols()
    }

    /// The request as it came.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        self.request.as_request()
    }

    /// Opens the WebSocket and lets `handler` speak on it. When the handler ends, the connection is closed with
    /// 1000; when it panics, with 1011.
    pub fn serve<F>(self, handler: impl FnOnce(WebSocketConnection) -> F + 'static) -> WebSocketAnswer
    where
        F: Future<Output = ()> + 'static,
    {
        let handler = Box::new(move |connection| -> LocalFuture<()> { Box::pin(handler(connection)) });
        WebSocketAnswer { upgrade: self, handler }
    }

    /// A browser's page of a foreign origin must not speak in the name of its user.
    fn is_origin_allowed(&self) -> bool {
        let Some(allowed) = &self.config.origins else { return true };
        let request = self.request.as_request();
        let Some(origin) = request.header("origin") else { return true };
        allowed.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin))
    }
}

/// The answer that opens a WebSocket.
#[must_use = "nothing is answered before it is written"]
pub struct WebSocketAnswer {
    upgrade: WebSocketUpgrade,
    handler: Box<dyn FnOnce(WebSocketConnection) -> LocalFuture<()>>,
}

impl WebSocketAnswer {
    /// Writes the head that ends HTTP, or a 403 to a foreign origin; the action is to be returned.
    pub fn write(self, response: &mut ResponseWriter<'_>) -> Action {
        let Self { upgrade, handler } = self;
        if !upgrade.is_origin_allowed() {
            return WebSocketRefusal::OriginForbidden.write(response);
        }
        let config = upgrade.config;
        let wishes = ServerHandshake { protocols: config.protocols.clone(), deflate: config.deflate };
        let acceptance = upgrade.opening.accept(&wishes);
        let fields: Vec<(&str, &[u8])> = acceptance
            .fields
            .iter()
            .filter(|(name, _)| name.starts_with("Sec-"))
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        response.switch("websocket", &fields);
        let endpoint = Endpoint::server(EndpointConfig {
            limits: config.messages,
            deflate: acceptance.deflate.zip(config.deflate),
            fragment_bytes_max: config.fragment_bytes_max,
            delays_close_echo: true,
        });
        let connection = WebSocketConnection::new(
            endpoint,
            config,
            upgrade.request,
            upgrade.path_params,
            acceptance.protocol,
        );
        Action::Upgrade(Box::new(move |stream| Box::pin(serve(stream, connection, handler))))
    }
}

impl fmt::Debug for WebSocketAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketAnswer").field("upgrade", &self.upgrade).finish_non_exhaustive()
    }
}

/// Why a request opens no WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebSocketRefusal {
    /// The fields of the request are not those of a handshake.
    #[error("{rejection}")]
    Handshake {
        /// What is wrong.
        rejection: HandshakeRejection,
        /// How it was asked.
        form: OpeningForm,
    },
    /// Another method on HTTP/1.1.
    #[error("a WebSocket is opened by GET")]
    MethodNotGet,
    /// HTTP/2 or HTTP/3 without `:protocol`.
    #[error("on this version of HTTP, a WebSocket is opened by CONNECT with `:protocol: websocket`")]
    NotExtendedConnect,
    /// The page that asks is of an origin that may not.
    #[error("pages of this origin may not connect")]
    OriginForbidden,
}

impl WebSocketRefusal {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Handshake { rejection, form: OpeningForm::Upgrade } => rejection.status(),
            // 426 would need the field `Upgrade`, which HTTP/2 and HTTP/3 do not have.
            Self::Handshake { .. } => 400,
            Self::MethodNotGet => 405,
            Self::NotExtendedConnect => 400,
            Self::OriginForbidden => 403,
        }
    }

    /// The fields that this status asks for.
    #[must_use]
    pub fn fields(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Handshake { rejection, form: OpeningForm::Upgrade } => rejection.fields(),
            Self::Handshake { rejection: HandshakeRejection::VersionUnsupported, .. } => {
                &[("Sec-WebSocket-Version", VERSION)]
            }
            Self::Handshake { .. } => &[],
            Self::MethodNotGet => &[("Allow", "GET")],
            Self::NotExtendedConnect | Self::OriginForbidden => &[],
        }
    }

    /// Writes the answer.
    pub fn write(&self, response: &mut ResponseWriter<'_>) -> Action {
        let mut head = response.start(self.status());
        for (name, value) in self.fields() {
            head = head.field(name, value.as_bytes());
        }
        let text = format!("{self}\n");
        head.field("content-type", b"text/plain; charset=utf-8").body(text.as_bytes());
        Action::Done
    }
}
