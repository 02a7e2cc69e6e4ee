//! An HTTP/1.1 server for one purpose: to answer at the lowest cost per request, with limits that are always on.
//!
//! One OS thread per core, each with its own runtime, its own `SO_REUSEPORT` listeners and its own handler, which
//! need not be `Send`. Knows no route and nothing of the load side. Called by `dyno-target` and the dashboard.

mod clock;
mod connection;
mod error;
mod handler;
mod limits;
mod listener;
mod read_buffer;
mod request;
mod response;
mod server;
mod thread;
mod tls;
mod transport;

#[cfg(test)]
mod tests;

pub use error::ServerError;
pub use handler::{Action, BodyPolicy, BodySource, Filled, Finish, Handler, Later, ThreadContext};
pub use limits::Limits;
pub use request::Request;
pub use response::{HeadWriter, PreparedResponse, ResponseWriter};
pub use server::{RunningServer, Server, ServerBuilder, ShutdownReport};
pub use tls::TlsMaterial;
