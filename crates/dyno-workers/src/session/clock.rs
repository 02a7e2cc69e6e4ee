//! The offset between the worker's clock and the host's, bounded by pings.

/// Bounds of (worker's clock − host's clock), in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    low: i128,
    high: i128,
}

impl Default for Offset {
    fn default() -> Self {
        Self { low: i128::MIN / 4, high: i128::MAX / 4 }
    }
}

impl Offset {
    /// Takes a ping: the host's clock before it was sent and after it was answered, the worker's in between.
    pub(super) fn add(&mut self, sent: u64, worker: u64, received: u64) {
        let worker = i128::from(worker);
        self.low = self.low.max(worker - i128::from(received));
        self.high = self.high.min(worker - i128::from(sent));
    }

    /// A moment of the host's clock on the worker's. Where both are the same clock, it is the same moment.
    pub(super) fn to_worker(self, host_ns: u64) -> u64 {
        let offset = if self.low <= 0 && self.high >= 0 { 0 } else { (self.low + self.high) / 2 };
        u64::try_from(i128::from(host_ns) + offset).unwrap_or(0)
    }

    /// How far [`Self::to_worker`] may be off, in nanoseconds.
    pub(super) fn error_ns(self) -> u64 {
        u64::try_from((self.high - self.low).max(0)).unwrap_or(u64::MAX)
    }
}

/// The host's monotonic clock, in nanoseconds: the one that most runtimes read, too.
#[cfg(unix)]
pub(super) fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Nanoseconds since the first call: elsewhere clocks of processes have nothing in common anyway.
#[cfg(not(unix))]
pub(super) fn now_ns() -> u64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
}

#[cfg(test)]
mod tests;
