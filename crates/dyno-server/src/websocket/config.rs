//! What a WebSocket route is willing to agree to, and the bounds that protect it. Values only.

use std::time::Duration;

use dyno_proto::websocket::MessageLimits;
use dyno_proto::websocket::deflate::DeflateConfig;

/// Settings of the WebSockets of one route. All bounds are on by default.
#[derive(Debug, Clone)]
pub struct WebSocketConfig {
    /// Subprotocols that are spoken; the client's first one that is among them is agreed on.
    pub protocols: Vec<String>,
    /// Origins that browsers may connect from, such as `https://example.org`; others get a 403. `None` lets all in,
    /// as is right where no cookie gives anybody rights. Clients that are no browser send no origin and pass.
    pub origins: Option<Vec<String>>,
    /// permessage-deflate; `None` declines it. A connection that compresses holds some 300 KiB.
    pub deflate: Option<DeflateConfig>,
    /// Bounds on what is received.
    pub messages: MessageLimits,
    /// Cuts messages into frames of at most this many bytes; `None` sends each in one frame.
    pub fragment_bytes_max: Option<usize>,
    /// Messages received and not yet taken; at this many, nothing more is read.
    pub inbox_messages_max: usize,
    /// Bytes that may wait to be written before [`crate::WebSocketConnection::send`] waits as well.
    pub output_bytes_max: usize,
    /// Bytes of pongs that may wait to be written; at this many, nothing more is read.
    pub control_bytes_max: usize,
    /// What happens to a connection that does not take broadcasts as fast as they come.
    pub slow_consumer: SlowConsumer,
    /// Silence after which a ping is sent, on HTTP/3 at most 15 s; `None` sends none.
    pub ping_interval: Option<Duration>,
    /// Time for the peer to say anything after such a ping.
    pub pong_time_max: Duration,
    /// Time for the peer to answer a close frame.
    pub close_time_max: Duration,
    /// Time between two successful writes.
    pub write_stall_time_max: Duration,
    /// Time that the handler has to end after its connection has.
    pub handler_time_max: Duration,
}

/// What to do when more than [`WebSocketConfig::output_bytes_max`] of broadcasts wait for one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlowConsumer {
    /// Close it with 1008: who comes back starts afresh.
    #[default]
    Close,
    /// Leave messages out until there is room again.
    Skip,
}

impl Default for WebSocketConfig {
    fn default() -> Self {
        Self {
            protocols: Vec::new(),
            origins: None,
            deflate: Some(DeflateConfig::default()),
            messages: MessageLimits::default(),
            fragment_bytes_max: None,
            inbox_messages_max: 256,
            output_bytes_max: 1024 * 1024,
            control_bytes_max: 64 * 1024,
            slow_consumer: SlowConsumer::default(),
            ping_interval: Some(Duration::from_secs(30)),
            pong_time_max: Duration::from_secs(20),
            close_time_max: Duration::from_secs(5),
            write_stall_time_max: Duration::from_secs(30),
            handler_time_max: Duration::from_secs(10),
        }
    }
}
