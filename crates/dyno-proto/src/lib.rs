//! Codecs of the protocols that both sides of Dynamometer speak: the load generator and the target.
//!
//! Everything here is sans-IO: bytes come in, events and bytes go out. No sockets, no clocks, no async, no serde.
//! Called by `dyno-http` (client side) and `dyno-server` (server side).

pub mod http1;
pub mod http3;
pub mod sse;
pub mod websocket;
