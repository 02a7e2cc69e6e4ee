//! How often a client gave up what it had asked for: that costs it less than it costs the server.

use std::cell::Cell;
use std::rc::Rc;

use dyno_proto::http3::ErrorCode;

use super::var;
use crate::clock::ThreadClock;

/// The period in which they are counted.
const PERIOD_MS: u64 = 10_000;

/// The count of one connection.
pub(super) struct Resets {
    quic: quinn::Connection,
    clock: Rc<ThreadClock>,
    count_max: u32,
    since_ms: Cell<u64>,
    count: Cell<u32>,
}

impl Resets {
    pub(super) fn new(quic: quinn::Connection, clock: Rc<ThreadClock>, count_max: u32) -> Self {
        Self { quic, clock, count_max, since_ms: Cell::new(0), count: Cell::new(0) }
    }

    /// Counts a request that the client gave up; too many end the connection.
    pub(super) fn count(&self) {
        let now_ms = self.clock.now_ms();
        if now_ms - self.since_ms.get() >= PERIOD_MS {
            self.since_ms.set(now_ms);
            self.count.set(0);
        }
        self.count.set(self.count.get() + 1);
        if self.count.get() > self.count_max {
            self.quic.close(var(ErrorCode::EXCESSIVE_LOAD), b"too many requests were given up");
        }
    }

    /// Acknowledgements that the client has sent so far: a sign that it still takes something.
    pub(super) fn acknowledgements(&self) -> u64 {
        self.quic.stats().frame_rx.acks
    }
}
