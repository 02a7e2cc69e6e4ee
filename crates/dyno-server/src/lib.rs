//! An HTTP server for one purpose: to answer at the lowest cost per request, with limits that are always on.
//!
//! One OS thread per core, each with its own runtime, its own `SO_REUSEPORT` listeners and its own handler, which
//! need not be `Send`. Knows no route and nothing of the load side. Called by `dyno-target` and the dashboard.

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

#[cfg(test)]
mod tests;

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
pub use dyno_server_macros::{any, delete, get, head, options, patch, post, put, route, websocket};
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
