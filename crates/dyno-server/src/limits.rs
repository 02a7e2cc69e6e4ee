//! The bounds that protect the server, all on by default, for every version of HTTP.
//!
//! Values only: the drivers apply sizes, `clock` applies times, `accept` applies counts. One table defines field,
//! default and the entry of [`Limits::list`], so that none can be left out of what is shown.

use std::fmt;
use std::time::Duration;

use dyno_proto::http1::HeadLimits;

#[cfg(test)]
mod tests;

/// A value that can be a limit.
trait Quantity {
    /// The number to show; `None` is no limit.
    fn amount(&self) -> Option<u64>;
    /// The unit, if the type says it.
    fn unit() -> Option<&'static str> {
        None
    }
}

macro_rules! quantities {
    ($($integer:ty),*) => {
        $(impl Quantity for $integer {
            fn amount(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        })*
    };
}
quantities!(u16, u32, u64, usize);

impl Quantity for bool {
    fn amount(&self) -> Option<u64> {
        Some(u64::from(*self))
    }

    fn unit() -> Option<&'static str> {
        Some("on")
    }
}

impl Quantity for Duration {
    fn amount(&self) -> Option<u64> {
        Some(u64::try_from(self.as_millis()).unwrap_or(u64::MAX))
    }

    fn unit() -> Option<&'static str> {
        Some("ms")
    }
}

impl<Q: Quantity> Quantity for Option<Q> {
    fn amount(&self) -> Option<u64> {
        self.as_ref().and_then(Quantity::amount)
    }

    fn unit() -> Option<&'static str> {
        Q::unit()
    }
}

/// One limit as a page or a test shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitValue {
    /// The group: `connections`, `http1`, `http2`, `http3` or `websocket`.
    pub group: &'static str,
    /// The name of the field.
    pub name: &'static str,
    /// The value; `None` is no limit.
    pub value: Option<u64>,
    /// `ms`, `bytes`, `bytes/s`, `count`, or `on` for a switch of 0 or 1.
    pub unit: &'static str,
}

impl fmt::Display for LimitValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} = ", self.group, self.name)?;
        match self.value {
            Some(value) => write!(f, "{value} {}", self.unit),
            None => f.write_str("none"),
        }
    }
}

fn unit_of<Q: Quantity>(_: &Q, name: &str) -> &'static str {
    match Q::unit() {
        Some(unit) => unit,
        None if name.ends_with("_bytes_per_s") => "bytes/s",
        None if name.contains("_bytes") => "bytes",
        None => "count",
    }
}

macro_rules! limit_groups {
    ($($(#[$group_doc:meta])* $group:literal $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr,)*
    })*) => {
        $(
            $(#[$group_doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $name {
                $($(#[$doc])* pub $field: $type,)*
            }

            impl Default for $name {
                fn default() -> Self {
                    Self { $($field: $default,)* }
                }
            }

            impl $name {
                fn list(&self, into: &mut Vec<LimitValue>) {
                    $(into.push(LimitValue {
                        group: $group,
                        name: stringify!($field),
                        value: self.$field.amount(),
                        unit: unit_of(&self.$field, stringify!($field)),
                    });)*
                }
            }
        )*
    };
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

limit_groups! {
    /// Bounds on connections, whatever they speak. Times are kept to about a quarter of a second.
    "connections" ConnectionLimits {
        /// Connections of the whole server; more are closed at once. `None` is 0.9 of the descriptors that the
        /// process may open, at most 50,000.
        count_max: Option<usize> = None,
        /// Connections from one address, except from this machine.
        per_peer_max: usize = 1_024,
        /// Time for the TLS handshake.
        handshake_time_max: Duration = seconds(5),
        /// Time between two successful writes; then the connection is reset.
        write_stall_time_max: Duration = seconds(30),
        /// Time for one request from its head to the head of its answer, when that comes later; then a 503.
        request_time_max: Option<Duration> = Some(seconds(60)),
        /// How long a stop waits for what is in progress.
        shutdown_time_max: Duration = seconds(30),
        /// Budget of resident memory of the process: from 90 % on new connections are refused, from 95 % on
        /// requests on old ones get a 503.
        memory_bytes_max: Option<u64> = None,
    }

    /// Bounds on HTTP/1.1 and 1.0, and on what all versions share of them.
    "http1" Http1Limits {
        /// Largest request line; then a 414.
        request_line_bytes_max: usize = 8 * 1024,
        /// Largest request head; then a 431.
        head_bytes_max: usize = 32 * 1024,
        /// Most fields of a head, at most 256, on all versions; then a 431.
        header_count_max: usize = 100,
        /// Time from the connection to its first byte, and for one whole head; then a 408 if there was a byte.
        head_time_max: Duration = seconds(10),
        /// Time a connection may wait between requests, on HTTP/2 without a stream.
        keep_alive_time_max: Duration = seconds(75),
        /// Requests after which a connection is closed, on HTTP/2 as well; 1 switches keep-alive off.
        requests_per_connection_max: u64 = 100_000,
        /// Time between two reads of a body, on all versions; then a 408.
        body_read_time_max: Duration = seconds(20),
        /// What a body must bring in the mean, once `body_rate_grace` is over, on all versions; then a 408.
        body_rate_min_bytes_per_s: u64 = 240,
        /// Time during which a body may be slower than that.
        body_rate_grace: Duration = seconds(10),
        /// Unsent output above which no further request is answered before a write.
        output_bytes_max: usize = 64 * 1024,
    }

    /// Bounds on HTTP/2.
    "http2" Http2Limits {
        /// Whether HTTP/2 is spoken at all: by ALPN on TLS, by prior knowledge elsewhere.
        is_enabled: bool = true,
        /// Whether `Upgrade: h2c` is taken on connections without TLS.
        takes_upgrade: bool = true,
        /// Streams that a client may have open at once.
        streams_max: u32 = 128,
        /// How much of one body the client may send ahead.
        stream_window_bytes: u32 = 256 * 1024,
        /// How much of all bodies the client may send ahead.
        connection_window_bytes: u32 = 1024 * 1024,
        /// Largest decoded head, with 32 bytes more per field, as the protocol counts.
        header_list_bytes_max: u32 = 32 * 1024,
        /// Decoded heads of all open streams together.
        open_heads_bytes_max: usize = 1024 * 1024,
        /// Streams reset by the client before they were looked at.
        pending_reset_max: usize = 20,
        /// Streams reset by the client in ten seconds.
        resets_per_10s_max: u32 = 200,
        /// Streams that the client makes the server reset.
        own_resets_max: usize = 100,
        /// PING, SETTINGS, PRIORITY, unknown and other frames that ask for nothing, without a request between them.
        control_frames_max: u32 = 1_000,
        /// Largest frame taken, 16,384 to 16,777,215.
        frame_bytes_max: u32 = 16 * 1024,
        /// Answers waiting in the library; what is above it waits for its turn by urgency.
        send_buffer_bytes_max: usize = 64 * 1024,
    }

    /// Bounds on HTTP/3 and QUIC.
    "http3" Http3Limits {
        /// Largest field section.
        field_section_bytes_max: u64 = 32 * 1024,
        /// Requests that a client may have open at once.
        streams_max: u32 = 100,
        /// Decoded heads of all open requests together, counted as field sections are.
        open_heads_bytes_max: u64 = 1024 * 1024,
        /// Requests given up by the client in ten seconds.
        resets_per_10s_max: u32 = 200,
        /// Time without a packet after which a connection is forgotten.
        idle_time_max: Duration = seconds(30),
        /// Connections in their handshake above which clients must prove their address (Retry).
        half_open_max: usize = 1_000,
        /// How much of one body the client may send ahead.
        stream_window_bytes: u32 = 256 * 1024,
        /// How much of all bodies the client may send ahead.
        connection_window_bytes: u32 = 1024 * 1024,
        /// Bytes of all answers that wait to be sent or acknowledged; large enough for several streams, so that an
        /// urgent one finds room beside another.
        send_buffer_bytes_max: u32 = 4 * 1024 * 1024,
        /// Largest UDP payload sent, 1,200 to 65,527; larger ones are found out by probing up to it.
        datagram_bytes_max: u16 = 1_452,
    }

    /// Bounds on WebSockets, over every version.
    "websocket" WebSocketLimits {
        /// Largest message; then close code 1009.
        message_bytes_max: usize = 1024 * 1024,
        /// Control frames and messages waiting for a peer that does not read.
        queue_bytes_max: usize = 64 * 1024,
        /// Time without a byte from the peer after which it is pinged.
        ping_time: Duration = seconds(30),
        /// Time for the answer to that ping.
        pong_time_max: Duration = seconds(20),
        /// How many times larger than its compressed form a message may become.
        inflate_ratio_max: u32 = 100,
    }
}

/// Sizes, times and counts after which the server gives up on a peer.
///
/// ```
/// use dyno_server::Limits;
///
/// let mut limits = Limits::edge();
/// limits.http1.head_bytes_max = 16 * 1024;
/// assert_eq!(limits.list()[0].to_string(), "connections.count_max = none");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Bounds on connections.
    pub connections: ConnectionLimits,
    /// Bounds on HTTP/1.1.
    pub http1: Http1Limits,
    /// Bounds on HTTP/2.
    pub http2: Http2Limits,
    /// Bounds on HTTP/3.
    pub http3: Http3Limits,
    /// Bounds on WebSockets.
    pub websocket: WebSocketLimits,
}

impl Http1Limits {
    /// How long a client may keep silent that has sent so much of a body and was waited for so long: the time
    /// between reads, less when it is behind the lowest rate.
    pub(crate) fn body_patience(&self, received_bytes: u64, waited: Duration) -> Duration {
        let earned = Duration::from_secs(received_bytes / self.body_rate_min_bytes_per_s.max(1));
        self.body_read_time_max.min((self.body_rate_grace + earned).saturating_sub(waited))
    }
}

impl Limits {
    /// For load tests: more streams, no end of a busy connection, no limit per peer and on late answers, and patience with
    /// clients whom their own load, or the turns of others, keeps waiting: what a server ends looks like a client's error.
    #[must_use]
    pub fn bench() -> Self {
        let mut limits = Self::default();
        limits.connections.per_peer_max = usize::MAX;
        limits.connections.request_time_max = None;
        limits.connections.handshake_time_max = seconds(300);
        limits.connections.write_stall_time_max = seconds(300);
        limits.http1.head_time_max = seconds(300);
        limits.http1.keep_alive_time_max = seconds(3_600);
        limits.http1.body_read_time_max = seconds(300);
        limits.http1.body_rate_grace = seconds(300);
        limits.http3.idle_time_max = seconds(600);
        limits.http1.requests_per_connection_max = u64::MAX;
        limits.http2.streams_max = 256;
        limits.http3.streams_max = 256;
        limits
    }

    /// For a server that strangers reach directly: less patience, and no `Upgrade: h2c`, which RFC 9113 dropped.
    #[must_use]
    pub fn edge() -> Self {
        let mut limits = Self::default();
        limits.http1.keep_alive_time_max = seconds(15);
        limits.http1.requests_per_connection_max = 1_000;
        limits.http2.streams_max = 100;
        limits.http2.takes_upgrade = false;
        limits.http2.stream_window_bytes = 64 * 1024;
        limits
    }

    /// Every limit with its value and unit, in a fixed order.
    #[must_use]
    pub fn list(&self) -> Vec<LimitValue> {
        let mut list = Vec::new();
        self.connections.list(&mut list);
        self.http1.list(&mut list);
        self.http2.list(&mut list);
        self.http3.list(&mut list);
        self.websocket.list(&mut list);
        list
    }

    pub(crate) fn head(&self) -> HeadLimits {
        HeadLimits {
            start_line_bytes_max: self.http1.request_line_bytes_max,
            head_bytes_max: self.http1.head_bytes_max,
            header_count_max: self.http1.header_count_max,
        }
    }
}
