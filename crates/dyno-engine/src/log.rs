//! Samples one by one, for runs whose caller wants more than histograms: what a worker of a contest has to report.
//!
//! Off unless [`crate::run_with`] is asked for it. Each load thread has a log of its own, which nobody else reads before
//! the run is over; only a few counts are shared meanwhile, so that a run can be watched. Memory is bounded: rows beyond
//! the limit are counted and not kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use dyno_model::{FailureKind, OutcomeStatus, Sample};

/// Rows that are allocated at once: a few microseconds every 65,536 samples, and nothing is ever copied.
const PART_ROWS: usize = 65_536;

/// What `failure` holds for a request that was answered.
const ANSWERED: u8 = u8::MAX;

/// One request, in 28 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, packed(4))]
pub struct LoggedSample {
    start_ns: u64,
    duration_ns: u64,
    n: u32,
    bytes_received: u32,
    code: u16,
    failure: u8,
}

impl LoggedSample {
    fn of(sample: &Sample) -> Self {
        let (code, failure) = match sample.status {
            OutcomeStatus::Ok(code) | OutcomeStatus::Rejected(code) => (code, ANSWERED),
            OutcomeStatus::Failed(kind) => (0, kind.index() as u8),
        };
        Self {
            start_ns: sample.actual_start_ns,
            duration_ns: sample.end_ns.saturating_sub(sample.actual_start_ns),
            n: u32::try_from(sample.n).unwrap_or(u32::MAX),
            bytes_received: u32::try_from(sample.bytes_received).unwrap_or(u32::MAX),
            code,
            failure,
        }
    }

    /// The number of the arrival; `u32::MAX` for all that do not fit.
    #[must_use]
    pub fn n(&self) -> u32 {
        self.n
    }

    /// When it was sent, in nanoseconds since the start of the run.
    #[must_use]
    pub fn start_ns(&self) -> u64 {
        self.start_ns
    }

    /// From there to its end, in nanoseconds.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.duration_ns
    }

    /// Bytes of the whole answer, head included, where the driver counts them; at most `u32::MAX`.
    #[must_use]
    pub fn bytes_received(&self) -> u32 {
        self.bytes_received
    }

    /// The status of the answer, 0 without one.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Why there was no usable answer; `None` when there was one.
    #[must_use]
    pub fn failure(&self) -> Option<FailureKind> {
        FailureKind::ALL.get(usize::from(self.failure)).copied()
    }
}

/// What is known of a logged run while it goes on. Only load threads write, and nobody waits.
#[derive(Debug, Default)]
pub struct LogCounts {
    ended: AtomicU64,
    failed: AtomicU64,
    abandoned: AtomicU64,
    waited: AtomicU64,
    latest_ns: AtomicU64,
}

impl LogCounts {
    /// Requests that ended, failed ones included.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended.load(Relaxed)
    }

    /// Of these, the ones without a usable answer.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    /// Requests that were under way when the run was over. They are in no log and not among those that ended.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.abandoned.load(Relaxed)
    }

    /// Arrivals that were due while everything was busy.
    #[must_use]
    pub fn waited(&self) -> u64 {
        self.waited.load(Relaxed)
    }

    /// How late the latest start was since the last time this was asked, in nanoseconds.
    #[must_use]
    pub fn take_latest_ns(&self) -> u64 {
        self.latest_ns.swap(0, Relaxed)
    }

    fn add(&self, sample: &Sample) {
        if sample.status == OutcomeStatus::Failed(FailureKind::Abandoned) {
            self.abandoned.fetch_add(1, Relaxed);
            return;
        }
        self.ended.fetch_add(1, Relaxed);
        if matches!(sample.status, OutcomeStatus::Failed(_)) {
            self.failed.fetch_add(1, Relaxed);
        }
        if sample.ready_ns > sample.intended_start_ns {
            self.waited.fetch_add(1, Relaxed);
        }
        let late_ns = sample.actual_start_ns.saturating_sub(sample.intended_start_ns);
        if late_ns > self.latest_ns.load(Relaxed) {
            self.latest_ns.store(late_ns, Relaxed);
        }
    }
}

/// The samples of one load thread, in the order in which they ended.
#[derive(Debug)]
pub struct SampleLog {
    most: usize,
    kept: usize,
    lost: u64,
    last_end_ns: u64,
    parts: Vec<Vec<LoggedSample>>,
    counts: Arc<LogCounts>,
}

impl SampleLog {
    /// An empty log that keeps at most `most` samples; room for the first ones is made at once, 28 bytes each.
    #[must_use]
    pub fn new(most: usize, counts: Arc<LogCounts>) -> Self {
        let parts = if most == 0 { Vec::new() } else { vec![Vec::with_capacity(most.min(PART_ROWS))] };
        Self { most, kept: 0, lost: 0, last_end_ns: 0, parts, counts }
    }

    /// Adds a sample. One that was abandoned, or that finds the log full, is only counted.
    #[inline]
    pub(crate) fn push(&mut self, sample: &Sample) {
        self.counts.add(sample);
        if sample.status == OutcomeStatus::Failed(FailureKind::Abandoned) {
            return;
        }
        self.last_end_ns = self.last_end_ns.max(sample.end_ns);
        if self.kept == self.most {
            self.lost += 1;
            return;
        }
        if self.parts.last().is_none_or(|part| part.len() == part.capacity()) {
            self.grow();
        }
        if let Some(part) = self.parts.last_mut() {
            part.push(LoggedSample::of(sample));
            self.kept += 1;
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.parts.push(Vec::with_capacity((self.most - self.kept).min(PART_ROWS)));
    }

    /// How many samples it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Whether it keeps none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// Samples that did not fit.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// When the last request ended, in nanoseconds since the start of the run; 0 when none did.
    #[must_use]
    pub fn last_end_ns(&self) -> u64 {
        self.last_end_ns
    }

    /// The samples in parts of at most 65,536.
    pub fn parts(&self) -> impl Iterator<Item = &[LoggedSample]> {
        self.parts.iter().map(Vec::as_slice).filter(|part| !part.is_empty())
    }
}

#[cfg(test)]
mod tests;
