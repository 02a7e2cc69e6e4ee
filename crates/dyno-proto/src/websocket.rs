//! WebSocket (RFC 6455) with permessage-deflate (RFC 7692) on both sides, over any kind of byte stream.
//!
//! [`Endpoint`] is one end of an open connection: bytes in, messages out, and the bytes to send in a buffer. It is the
//! same after an HTTP/1.1 upgrade and after an extended CONNECT of HTTP/2 (RFC 8441) or HTTP/3 (RFC 9220);
//! [`handshake`] knows what differs. Never reads a socket or a clock: timeouts, pings and limits on what waits
//! to be sent belong to the caller.
//!
//! ```
//! use dyno_proto::websocket::{Endpoint, EndpointConfig, MaskKeys, OpCode, Step};
//!
//! let mut client = Endpoint::client(EndpointConfig::default(), MaskKeys::seeded(7));
//! let mut server = Endpoint::server(EndpointConfig::default());
//! client.send_text("hello")?;
//!
//! let wire = client.take_output();
//! let (used, step) = server.receive(&wire)?;
//! assert_eq!((used, step), (wire.len(), Step::Received(OpCode::Text)));
//! assert_eq!(server.payload(), b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod close;
mod decoder;
pub mod deflate;
mod encoder;
mod endpoint;
mod error;
pub mod frame;
pub mod handshake;
mod mask;
mod message;
mod utf8;

#[cfg(test)]
mod must;
#[cfg(test)]
mod tests;

pub use close::{CloseCode, CloseFrame};
pub use decoder::{Decoder, MessageLimits, Step};
pub use encoder::{Encoder, PreparedMessage};
pub use endpoint::{Endpoint, EndpointConfig, SendError};
pub use error::WebSocketError;
pub use mask::{MaskKeys, apply_mask};
pub use message::{Message, OpCode};

/// The only version there is on the wire, as `Sec-WebSocket-Version` carries it.
pub const VERSION: &str = "13";

/// Which side of a connection this is: a client masks what it sends, a server does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Opened the connection.
    Client,
    /// Accepted it.
    Server,
}
