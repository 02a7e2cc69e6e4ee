//! The bounds that protect the server, all on by default.
//!
//! Values only; `connection` applies sizes, `clock` applies times.

use std::time::Duration;

use dyno_proto::http1::HeadLimits;

/// Sizes and times after which the server gives up on a peer. Times are kept to about a quarter of a second.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bounds on request heads.
    pub head: HeadLimits,
    /// Time for the TLS handshake.
    pub handshake_time_max: Duration,
    /// Time from the connection to its first byte, and for one whole head.
    pub head_time_max: Duration,
    /// Time a connection may wait between requests.
    pub keep_alive_time_max: Duration,
    /// Time between two reads of a body.
    pub body_read_time_max: Duration,
    /// Bytes per second that a body must bring in the mean, once `body_rate_grace` is over.
    pub body_rate_min_bytes_per_s: u64,
    /// Time during which a body may be slower than that.
    pub body_rate_grace: Duration,
    /// Time between two successful writes.
    pub write_stall_time_max: Duration,
    /// Requests after which a connection is closed.
    pub requests_per_connection_max: u64,
    /// Connections per server thread; more are closed at once.
    pub connections_per_thread_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: HeadLimits::SERVER,
            handshake_time_max: Duration::from_secs(5),
            head_time_max: Duration::from_secs(10),
            keep_alive_time_max: Duration::from_secs(75),
            body_read_time_max: Duration::from_secs(20),
            body_rate_min_bytes_per_s: 240,
            body_rate_grace: Duration::from_secs(10),
            write_stall_time_max: Duration::from_secs(30),
            requests_per_connection_max: u64::MAX,
            connections_per_thread_max: 50_000,
        }
    }
}
