//! The request as a handler sees it, the same for all versions of HTTP: borrowed parts, nothing owned.
//!
//! On HTTP/1.1 these are offsets into the read buffer; on HTTP/2 and HTTP/3 what their libraries decoded. What has
//! to outlive the call of the handler is taken by [`Request::to_owned`] and [`Request::take_body`].

use std::cell::Cell;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;

use dyno_proto::http1::RequestView;

use crate::body::RequestBody;
use crate::connection_info::{ConnectionInfo, TransportKind};
use crate::shutdown::ShutdownSignal;

pub(crate) mod owned;
pub(crate) mod parts;
pub(crate) mod priority;

pub use owned::OwnedRequest;
use parts::RequestParts;
pub use priority::Priority;

/// The version of HTTP that a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
    /// HTTP/3.
    Http3,
}

impl Version {
    /// `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Http3 => "HTTP/3",
        }
    }
}

/// Where a streamed body waits for its taker.
pub(crate) type BodySlot = Cell<Option<RequestBody>>;

/// One request; valid during the call of the handler.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) head: Head<'a>,
    pub(crate) body: &'a [u8],
    pub(crate) body_bytes: u64,
    pub(crate) trailers: &'a [(String, Vec<u8>)],
    pub(crate) stream: Option<&'a BodySlot>,
    pub(crate) connection: &'a Rc<ConnectionInfo>,
}

#[derive(Clone, Copy)]
pub(crate) enum Head<'a> {
    Http1(RequestView<'a>),
    Parts(&'a RequestParts),
}

impl<'a> Request<'a> {
    /// A request without a body, as [`crate::Handler::body_policy`] sees it.
    pub(crate) fn bodiless(head: Head<'a>, connection: &'a Rc<ConnectionInfo>) -> Self {
        Self { head, body: &[], body_bytes: 0, trailers: &[], stream: None, connection }
    }

    /// The version of HTTP.
    #[must_use]
    pub fn version(&self) -> Version {
        match self.head {
            Head::Http1(view) if view.head().minor_version == 0 => Version::Http10,
            Head::Http1(_) => Version::Http11,
            Head::Parts(parts) => parts.version,
        }
    }

    /// The method, in its own letter case.
    #[must_use]
    pub fn method(&self) -> &'a str {
        match self.head {
            Head::Http1(view) => view.method(),
            Head::Parts(parts) => parts.method.as_str(),
        }
    }

    /// True when the method is `name`, with this letter case.
    #[must_use]
    pub fn is_method(&self, name: &str) -> bool {
        match self.head {
            Head::Http1(view) => view.is_method(name),
            Head::Parts(parts) => parts.method.as_str() == name,
        }
    }

    /// `https` on encrypted connections and when HTTP/2 or HTTP/3 says so, `http` otherwise.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        let of_connection = if self.connection.transport.is_encrypted() { "https" } else { "http" };
        match self.head {
            Head::Http1(_) => of_connection,
            Head::Parts(parts) => parts.uri.scheme_str().unwrap_or(of_connection),
        }
    }

    /// The path, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        match self.head {
            Head::Http1(view) => view.path(),
            Head::Parts(parts) => parts.uri.path(),
        }
    }

    /// The request target as sent: path and query, on HTTP/1.1 also a whole URL, an authority or `*`.
    #[must_use]
    pub fn target(&self) -> &'a str {
        match self.head {
            Head::Http1(view) => view.target(),
            Head::Parts(parts) => parts.target(),
        }
    }

    /// What follows `?`, still percent-encoded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        match self.head {
            Head::Http1(view) => view.query(),
            Head::Parts(parts) => parts.uri.query(),
        }
    }

    /// The host that the client asked, with its port if given.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        match self.head {
            Head::Http1(view) => view.host(),
            Head::Parts(parts) => parts.host(),
        }
    }

    /// The first value of the field called `name`, without regard to letter case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        match self.head {
            Head::Http1(view) => view.header(name),
            Head::Parts(parts) => parts.fields.get(name).map(http::HeaderValue::as_bytes),
        }
    }

    /// The first value of `name` as text; `None` also when it is not UTF-8.
    #[must_use]
    pub fn header_str(&self, name: &str) -> Option<&'a str> {
        self.header(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// Every field as name and value, in the order received where the version keeps one.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let (of_view, of_parts) = match self.head {
            Head::Http1(view) => (Some(view.headers()), None),
            Head::Parts(parts) => (None, Some(parts.fields.iter())),
        };
        let of_parts = of_parts.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_bytes()));
        of_view.into_iter().flatten().chain(of_parts)
    }

    /// The body, if it was kept; empty when it was only counted or is streamed.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Size of the body in bytes, without framing; 0 when it is streamed.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Bytes of head and body, without framing; on HTTP/2 and HTTP/3 those of the decompressed head.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        let head_bytes = match self.head {
            Head::Http1(view) => view.head().bytes,
            Head::Parts(parts) => parts.head_bytes,
        };
        head_bytes as u64 + self.body_bytes
    }

    /// The trailer fields of a body that was kept or counted.
    #[must_use]
    pub fn trailers(&self) -> &'a [(String, Vec<u8>)] {
        self.trailers
    }

    /// The body as a stream: once, and only under [`crate::BodyPolicy::Stream`].
    ///
    /// `None` as well when the request has no body.
    #[must_use]
    pub fn take_body(&self) -> Option<RequestBody> {
        self.stream.and_then(Cell::take)
    }

    /// A copy that outlives the call of the handler; a streamed body that nobody took yet moves into it.
    #[must_use]
    pub fn to_owned(&self) -> OwnedRequest {
        OwnedRequest::of(self)
    }

    /// The connection that the request came on.
    #[must_use]
    pub fn connection(&self) -> &'a ConnectionInfo {
        self.connection
    }

    /// Says when the server begins to stop, so that an answer without an end can end itself.
    #[must_use]
    pub fn shutdown_signal(&self) -> ShutdownSignal {
        self.connection.shutdown.clone()
    }

    /// A number that no other connection of the same server has.
    #[must_use]
    pub fn connection_id(&self) -> u64 {
        self.connection.id
    }

    /// The address of the peer; `None` on Unix sockets.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.connection.peer_addr
    }

    /// The stream that carries the request on HTTP/2 and HTTP/3.
    #[must_use]
    pub fn stream_id(&self) -> Option<u64> {
        match self.head {
            Head::Http1(_) => None,
            Head::Parts(parts) => Some(parts.stream_id),
        }
    }

    /// The protocol asked for by an extended `CONNECT` (RFC 8441, RFC 9220), such as `websocket`.
    #[must_use]
    pub fn connect_protocol(&self) -> Option<&'a str> {
        match self.head {
            Head::Http1(_) => None,
            Head::Parts(parts) => parts.protocol.as_deref(),
        }
    }

    /// True when HTTP/1.1's `Connection` field names `upgrade`.
    #[must_use]
    pub fn wants_upgrade(&self) -> bool {
        matches!(self.head, Head::Http1(view) if view.head().wants_upgrade)
    }

    /// How urgent the client says the answer is (RFC 9218); the default when it says nothing.
    #[must_use]
    pub fn priority(&self) -> Priority {
        match self.head {
            Head::Http1(view) => view.header("priority").map(Priority::parse).unwrap_or_default(),
            Head::Parts(parts) => parts.priority,
        }
    }

    /// True on connections where everything sent is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.connection.transport, TransportKind::Tls | TransportKind::Quic)
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("version", &self.version())
            .field("method", &self.method())
            .field("target", &self.target())
            .field("body_bytes", &self.body_bytes)
            .finish_non_exhaustive()
    }
}
