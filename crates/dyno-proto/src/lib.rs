//! Codecs of the protocols that both sides of Dynamometer speak: the load generator and the target.
//!
//! Everything here is sans-IO: bytes come in, events and bytes go out. No sockets, no clocks, no async, no serde.
//! The one thing that is no codec is [`return_stack`], which both sides need after each system call.
//! Called by `dyno-http` (client side) and `dyno-server` (server side).

pub mod http1;
pub mod http3;
pub mod return_stack;
pub mod sse;
pub mod websocket;
