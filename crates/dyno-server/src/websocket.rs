//! WebSockets on every version of HTTP: after an upgrade of HTTP/1.1, and as an extended `CONNECT` of HTTP/2 and 3.
//!
//! A handler answers a request with [`WebSocketUpgrade::serve`] and gets a [`WebSocketConnection`]: messages in,
//! messages out. Pings, pongs, the close handshake, the limits and the graceful stop happen beneath it. Who would
//! rather be called than ask uses [`WebSocketEvents`]; who sends to many at once, [`WebSocketRegistry`]. The protocol
//! itself is `dyno_proto::websocket`.
//!
//! ```
//! use dyno_server::{Action, Handler, Request, ResponseWriter, Server, WebSocketConfig, WebSocketUpgrade};
//!
//! struct Echo;
//!
//! impl Handler for Echo {
//!     fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
//!         let upgrade = match WebSocketUpgrade::read(request) {
//!             Ok(upgrade) => upgrade.with_config(WebSocketConfig::default()),
//!             Err(refusal) => return refusal.write(response),
//!         };
//!         upgrade
//!             .serve(|socket| async move {
//!                 while let Some(message) = socket.receive().await {
//!                     if message.is_text() && socket.send(&message).await.is_err() {
//!                         break;
//!                     }
//!                 }
//!             })
//!             .write(response)
//!     }
//! }
//!
//! let server = Server::builder().listen("127.0.0.1:0".parse()?).start(|_| Echo)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod connection;
mod driver;
mod events;
mod outbox;
mod registry;
mod test_client;
mod upgrade;

#[cfg(test)]
mod tests;

pub use config::{SlowConsumer, WebSocketConfig};
pub use connection::WebSocketConnection;
pub use events::WebSocketEvents;
pub use registry::{WebSocketMember, WebSocketRegistry};
pub use test_client::{TestWebSocket, TestWebSocketError, TestWebSocketOptions};
pub use upgrade::{WebSocketAnswer, WebSocketRefusal, WebSocketUpgrade};
