//! An HTTP server framework, built for lowest cost per request, with limits that are always on.
//!
//! ```no_run
//! use dyno_server::{App, Path, get};
//!
//! #[get("/hello/{name}")]
//! fn hello(Path(name): Path<String>) -> String {
//!     format!("Hello, {name}!")
//! }
//!
//! fn main() -> Result<(), dyno_server::ServerError> {
//!     dyno_server::run(([127, 0, 0, 1], 8080), |_thread| App::new().route(hello))?;
//!     Ok(())
//! }
//! ```
//!
//! # A tour
//!
//! | to | see |
//! |---|---|
//! | serve on one address until told to stop | [`run`] |
//! | have several listeners, TLS, Unix sockets, other limits | [`Server::builder`], [`Limits`], [`TlsMaterial`] |
//! | make routes of functions | [`get`](macro@get), [`post`](macro@post), [`any`](macro@any), [`route`](macro@route), [`websocket`](macro@websocket) |
//! | put routes together, share state, mount routers | [`App`] |
//! | take things from a request | [`FromRequest`] lists all: [`Path`], [`Query`], [`Json`], [`Form`], [`FormData`], [`State`], … |
//! | answer | [`IntoResponse`] lists all: text, [`Json`], [`Html`], [`Redirect`], [`Response`], … |
//! | stream bodies in and out | [`BodyStream`], [`MultipartStream`], [`Body::from_stream`] |
//! | serve files | [`Files`] for directories, [`File`] for one |
//! | keep talking | [`WebSocketUpgrade`], [`WebSocketRegistry`], [`Sse`] |
//! | stand around routes | [`middleware`] |
//! | answer errors | [`App::on_error`], [`Error`], [`Rejection`], [`NotFound`] |
//! | test it | [`TestServer`], [`TestWebSocket`] |
//!
//! # How it runs
//!
//! One OS thread per core, each with its own runtime, its own `SO_REUSEPORT` listeners and its own app, so nothing
//! in an app needs to be `Send`. A synchronous function is called in place, on the bytes as they were received, and
//! writes into the bytes to be sent: no allocation, no future. An async function becomes a future on the same
//! thread; what it takes is taken before, so it borrows nothing.
//!
//! Below [`App`] lies [`Handler`], the seam for who wants no router: one function per request, for all versions of
//! HTTP. The crate knows nothing of the load side. `dyno-target` is built on it.

// The attributes name the crate from outside; its own tests use them too.
#[cfg(test)]
extern crate self as dyno_server;

mod accept;
mod app;
mod body;
mod clock;
mod connection_info;
mod error;
mod files;
mod handler;
mod http1;
mod http2;
#[cfg(feature = "http3")]
mod http3;
mod limits;
mod listener;
mod memory;
pub mod middleware;
mod multipart;
mod request;
mod response;
mod run;
mod server;
mod shutdown;
mod socket;
mod sse;
mod test_server;
mod thread;
mod tls;
mod transport;
mod upgraded;
mod websocket;

/// What the code of the attributes calls; not meant for people.
#[doc(hidden)]
pub mod attribute {
    pub use crate::app::endpoint::{RouteFunction, Sink};
    pub use crate::app::extract::BodyUse;
    pub use crate::app::method_table::RouteMethod;
    pub use crate::app::scope::Scope;
}

/// What benchmarks measure alone; not meant for people.
#[doc(hidden)]
pub mod benchmark {
    pub use crate::app::router::probe::RouterProbe;
}

#[cfg(test)]
mod tests;

/// The pages of the guide about servers, so that their code is compiled and run.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../../docs/guide/server-first.md")]
    mod server_first {}
    #[doc = include_str!("../../../docs/guide/server-security.md")]
    mod server_security {}
    #[doc = include_str!("../../../docs/guide/server-websockets.md")]
    mod server_websockets {}
    #[doc = include_str!("../../../docs/guide/server-protocols.md")]
    mod server_protocols {}
}

pub use app::App;
pub use app::answer::Answer;
pub use app::assembly::AppError;
pub use app::body::Body;
pub use app::call::Call;
pub use app::cookie::{Cookie, SameSite};
pub use app::error::{Error, MethodNotAllowed, NotFound, Rejection};
pub use app::escape::escape_html;
pub use app::extract::{
    BodyStream, BodyUse, Cookies, Extension, Form, FromRequest, Headers, Path, Query, State,
};
pub use app::into_response::{Html, IntoResponse, Json, Redirect};
pub use app::method_table::RouteMethod;
pub use app::response::{PushResource, Response};
pub use app::route::{IntoRoute, Route};
pub use app::router::TrailingSlash;
pub use body::{BodyError, BodySource, Fields, Filled, RequestBody};
pub use bytes::Bytes;
pub use connection_info::{ConnectionInfo, TlsInfo, TransportKind};
/// ```
/// use dyno_server::{App, Path, route};
///
/// #[route("/cache/{key}", method = "PURGE")]
/// fn purge(Path(key): Path<String>) -> String { format!("purged {key}") }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(purge));
/// assert_eq!(server.request("PURGE", "/cache/front").send().text(), "purged front");
/// assert_eq!(server.get("/cache/front").send().header("allow"), Some("PURGE, OPTIONS"));
/// ```
pub use dyno_server_macros::route;
pub use dyno_server_macros::{any, delete, get, head, options, patch, post, put, websocket};
pub use error::ServerError;
pub use files::{File, Files};
pub use handler::{Action, BodyPolicy, Finish, Handler, Later, LocalFuture, ThreadContext};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use limits::{
    ConnectionLimits, Http1Limits, Http2Limits, Http3Limits, LimitValue, Limits, WebSocketLimits,
};
pub use multipart::{FormData, FormPart, MultipartError, MultipartStream, PartHead, PartStream};
pub use request::{OwnedRequest, Priority, Request, Version};
pub use response::{HeadWriter, PreparedResponse, ResponseWriter};
pub use run::run;
pub use server::{RunningServer, Server, ServerBuilder, ShutdownReport};
pub use shutdown::ShutdownSignal;
pub use sse::{Sse, SseSendError, SseSender};
pub use test_server::{RouteBenchmark, TestRequest, TestResponse, TestServer};
pub use tls::{ClientCertificates, TlsMaterial};
pub use upgraded::Upgraded;
pub use websocket::{
    SlowConsumer, TestWebSocket, TestWebSocketError, TestWebSocketOptions, WebSocketAnswer, WebSocketConfig,
    WebSocketConnection, WebSocketEvents, WebSocketMember, WebSocketRefusal, WebSocketRegistry,
    WebSocketUpgrade,
};

pub use dyno_proto::sse::SseEvent;
pub use dyno_proto::websocket::{
    CloseCode as WebSocketCloseCode, CloseFrame as WebSocketCloseFrame, Message as WebSocketMessage,
    MessageLimits as WebSocketMessageLimits, OpCode as WebSocketOpCode,
};
