//! What a run cost, as the host counts it: CPU, memory and context switches of all processes of the worker.
//!
//! A worker can say what it likes of itself, and knows nothing of its children.

use std::time::Duration;

use dyno_host::TreeUsage;

use super::clock;

/// How long before the start the host counts, in nanoseconds: time to count, and the worker's lanes are waiting already.
const BEFORE_START_NS: u64 = 12_000_000;

/// What a run cost, as the host counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostUsage {
    /// CPU in user mode and kernel of all processes, in nanoseconds.
    pub cpu_ns: u64,
    /// Largest resident memory so far, in bytes.
    pub rss_peak_bytes: u64,
    /// Context switches; those of threads and processes that ended in the run are not known.
    pub switches: u64,
}

/// Counts around one run.
#[derive(Debug)]
pub(super) struct Counting {
    pid: u32,
    before: Option<TreeUsage>,
    after: Option<TreeUsage>,
}

impl Counting {
    /// A first reading, before anything is ordered.
    pub(super) fn of(pid: u32) -> Self {
        Self { pid, before: dyno_host::tree_usage(pid), after: None }
    }

    /// Waits until shortly before the start and reads again, so that getting ready is no part of the run. `starts_ns` is
    /// on the host's clock. A reading that comes too late is not taken.
    pub(super) fn begin(&mut self, starts_ns: u64) {
        let left = starts_ns.saturating_sub(BEFORE_START_NS).saturating_sub(clock::now_ns());
        std::thread::sleep(Duration::from_nanos(left));
        let now = dyno_host::tree_usage(self.pid);
        if clock::now_ns() < starts_ns {
            self.before = now.or(self.before);
        }
    }

    /// Reads at the first sign that the run is over; later signs say nothing.
    pub(super) fn end(&mut self) {
        if self.after.is_none() {
            self.after = dyno_host::tree_usage(self.pid);
        }
    }

    /// What was used between the two readings; `None` when one is missing.
    pub(super) fn finish(self) -> Option<HostUsage> {
        let (before, after) = (self.before?, self.after?);
        Some(HostUsage {
            cpu_ns: after.cpu_ns.saturating_sub(before.cpu_ns),
            rss_peak_bytes: after.rss_peak_bytes.max(before.rss_peak_bytes),
            switches: after.switches.saturating_sub(before.switches),
        })
    }
}
