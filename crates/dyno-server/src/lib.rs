//! An HTTP server for one purpose: to answer at the lowest cost per request, with limits that are always on.
//!
//! One OS thread per core, each with its own runtime, its own `SO_REUSEPORT` listeners and its own handler, which
//! need not be `Send`. Knows no route and nothing of the load side. Called by `dyno-target` and the dashboard.

mod accept;
mod body;
mod clock;
mod connection_info;
mod error;
mod handler;
mod http1;
mod limits;
mod listener;
mod memory;
mod request;
mod response;
mod server;
mod shutdown;
mod thread;
mod tls;
mod transport;
mod upgraded;

#[cfg(test)]
mod tests;

pub use body::{BodyError, BodySource, Fields, Filled, RequestBody};
pub use connection_info::{ConnectionInfo, TlsInfo, TransportKind};
pub use error::ServerError;
pub use handler::{Action, BodyPolicy, Finish, Handler, Later, LocalFuture, ThreadContext};
pub use limits::{
    ConnectionLimits, Http1Limits, Http2Limits, Http3Limits, LimitValue, Limits, WebSocketLimits,
};
pub use request::{OwnedRequest, Priority, Request, Version};
pub use response::{HeadWriter, PreparedResponse, ResponseWriter};
pub use server::{RunningServer, Server, ServerBuilder, ShutdownReport};
pub use shutdown::ShutdownSignal;
pub use tls::{ClientCertificates, TlsMaterial};
pub use upgraded::Upgraded;
