//! Answers that stay open, as arguments and answers of routes: WebSockets and server-sent events.
//!
//! Only the way from a route to them; they themselves live in `websocket` and `sse`.

use http::{HeaderName, HeaderValue, StatusCode};

use crate::app::body::Body;
use crate::app::call::Call;
use crate::app::error::Error;
use crate::app::extract::FromRequest;
use crate::app::into_response::IntoResponse;
use crate::app::response::Response;
use crate::handler::Action;
use crate::response::ResponseWriter;
use crate::shutdown::ShutdownSignal;
use crate::sse::Sse;
use crate::websocket::{WebSocketAnswer, WebSocketRefusal, WebSocketUpgrade};

#[cfg(test)]
mod tests;

/// The handshake of a WebSocket, for functions with the attribute [`websocket`](macro@crate::websocket).
///
/// ```
/// use dyno_server::{App, TestServer, TestWebSocket, WebSocketAnswer, WebSocketMessage, WebSocketUpgrade, websocket};
///
/// #[websocket("/echo/{prefix}")]
/// fn echo(upgrade: WebSocketUpgrade) -> WebSocketAnswer {
///     upgrade.serve(|socket| async move {
///         let prefix = socket.path_param("prefix").unwrap_or_default().to_owned();
///         while let Some(message) = socket.receive().await {
///             let Some(text) = message.text() else { continue };
///             if socket.send_text(format!("{prefix} {text}")).await.is_err() {
///                 break;
///             }
///         }
///     })
/// }
///
/// let server = TestServer::start(|_| App::new().route(echo));
/// let mut socket = TestWebSocket::connect(server.address(), "/echo/so").unwrap();
/// socket.send(&WebSocketMessage::text_of("far")).unwrap();
/// assert_eq!(socket.receive().unwrap().unwrap().text(), Some("so far"));
/// assert_eq!(server.get("/echo/so").send().status(), 426);
/// ```
impl<'a> FromRequest<'a> for WebSocketUpgrade {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let upgrade = Self::read(call).map_err(IntoResponse::into_response)?;
        let parameters = call.path_params().map(|(name, value)| (name.to_owned(), value.into_owned()));
        Ok(upgrade.with_path_params(parameters.collect()))
    }
}

impl IntoResponse for WebSocketAnswer {
    fn into_response(self) -> Response {
        Response::written_by(move |writer| self.write(writer))
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        Ok(self.write(writer))
    }
}

impl IntoResponse for WebSocketRefusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = Response::text(self.to_string()).with_status(status);
        for (name, value) in self.fields() {
            if let Ok(name) = HeaderName::try_from(*name) {
                response.headers_mut().append(name, HeaderValue::from_static(value));
            }
        }
        response
    }
}

/// Says when the server begins to stop, for answers without an end.
impl<'a> FromRequest<'a> for ShutdownSignal {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.shutdown_signal())
    }
}

impl Sse {
    /// The answer of a route; it ends when the server begins to stop.
    ///
    /// ```
    /// use dyno_server::{App, Response, ShutdownSignal, Sse, SseEvent, get};
    ///
    /// #[get("/ticks")]
    /// fn ticks(stop: ShutdownSignal) -> Response {
    ///     let events = Sse::produce(|events| async move {
    ///         for n in 1..=2 {
    ///             // An error means that nobody listens any more.
    ///             if events.send(SseEvent::new(format!("tick {n}"))).await.is_err() {
    ///                 return;
    ///             }
    ///         }
    ///     });
    ///     events.answer_until(stop)
    /// }
    ///
    /// let server = dyno_server::TestServer::start(|_| App::new().route(ticks));
    /// let answer = server.get("/ticks").send();
    /// assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    /// assert_eq!(answer.text(), "data: tick 1\n\ndata: tick 2\n\n");
    /// ```
    #[must_use]
    pub fn answer_until(self, stop: ShutdownSignal) -> Response {
        Response::with_content("text/event-stream", Body::from_source(self.into_source(stop), None))
            .with_header("cache-control", "no-cache")
            .with_header("x-accel-buffering", "no")
    }
}
