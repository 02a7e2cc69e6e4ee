//! Nanoseconds since the target started, the scale of every timing route and of the ledger.
//!
//! The monotonic clock of the system, so that timers can be armed with absolute times of the same scale.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// The clock of one target; all its threads share one zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetClock {
    zero_ns: u64,
}

impl TargetClock {
    pub(crate) fn start_now() -> Self {
        Self { zero_ns: monotonic_ns() }
    }

    /// Nanoseconds since the target started.
    pub(crate) fn now_ns(self) -> u64 {
        monotonic_ns() - self.zero_ns
    }

    /// A time of this clock on the system's monotonic clock.
    pub(crate) fn to_monotonic_ns(self, at_ns: u64) -> u64 {
        self.zero_ns.saturating_add(at_ns)
    }
}

/// Nanoseconds since 1970.
pub(crate) fn unix_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
