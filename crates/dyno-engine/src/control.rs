//! The state that workers and collector share: which arrivals are claimed, and when phases begin and end.
//!
//! Only atomics: a worker never waits for anybody.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use dyno_model::{Phases, RunPlan, Share, Warmup};

/// A time that has not been decided yet.
const UNDECIDED: u64 = u64::MAX;

/// Where a moment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the measurement.
    Warmup,
    /// In it.
    Measure,
    /// After it.
    Cooldown,
}

/// Shared state of a run. All times in nanoseconds since its start.
#[derive(Debug)]
pub struct Control {
    share: Share,
    /// Index of the next arrival of this process to claim.
    next: AtomicU64,
    /// Arrivals of this process that may be claimed.
    claim_end: AtomicU64,
    /// Arrivals from this index on are measured.
    measure_from: AtomicU64,
    measure_start_ns: AtomicU64,
    measure_end_ns: AtomicU64,
    /// No arrival starts at or after this.
    play_end_ns: AtomicU64,
    aborted: AtomicBool,
    stopped: AtomicBool,
    phases: Phases,
    arrivals: Option<u64>,
    /// Index of the arrival that ends a warm-up by count.
    warmup_count: AtomicU64,
}

impl Control {
    /// The state at the start of a plan.
    #[must_use]
    pub fn new(plan: &RunPlan) -> Self {
        let control = Self {
            share: plan.share,
            next: AtomicU64::new(0),
            claim_end: AtomicU64::new(u64::MAX),
            measure_from: AtomicU64::new(0),
            measure_start_ns: AtomicU64::new(UNDECIDED),
            measure_end_ns: AtomicU64::new(UNDECIDED),
            play_end_ns: AtomicU64::new(UNDECIDED),
            aborted: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            phases: plan.phases,
            arrivals: plan.limits.arrivals.map(|total| share_of(total, plan.share)),
            warmup_count: AtomicU64::new(UNDECIDED),
        };
        match plan.phases.warmup {
            Warmup::None => control.begin_measuring(0),
            Warmup::Count(count) => {
                control.warmup_count.store(share_of(count, plan.share), Relaxed);
                if let Some(arrivals) = control.arrivals {
                    control.claim_end.store(share_of(count, plan.share).saturating_add(arrivals), Relaxed);
                }
            }
            Warmup::Time(time) if control.arrivals.is_none() => control.begin_measuring(nanos(time)),
            Warmup::Time(_) | Warmup::Automatic { .. } => {}
        }
        control
    }

    /// Decides that the measurement begins at `at_ns`, and with it when it ends.
    ///
    /// With a limit by count, the arrivals claimed from now on are the measured ones.
    pub fn begin_measuring(&self, at_ns: u64) {
        if let Some(arrivals) = self.arrivals {
            let from = if at_ns == 0 { 0 } else { self.next.load(Relaxed) };
            self.measure_from.store(from, Relaxed);
            self.claim_end.store(from.saturating_add(arrivals), Relaxed);
        }
        self.open_window(at_ns);
    }

    /// Whether these arrivals hold the first one after a warm-up by count.
    #[inline]
    #[must_use]
    pub fn ends_warmup(&self, claimed: &Range<u64>) -> bool {
        claimed.contains(&self.warmup_count.load(Relaxed))
    }

    /// Ends a warm-up by count: its first measured arrival starts at `at_ns`.
    #[cold]
    pub fn begin_measuring_by_count(&self, at_ns: u64) {
        self.measure_from.store(self.warmup_count.load(Relaxed), Relaxed);
        self.open_window(at_ns);
    }

    fn open_window(&self, at_ns: u64) {
        if let Some(measure) = self.phases.measure {
            let end = at_ns.saturating_add(nanos(measure));
            self.measure_end_ns.store(end, Relaxed);
            self.play_end_ns.store(end.saturating_add(nanos(self.phases.cooldown)), Relaxed);
        }
        self.measure_start_ns.store(at_ns, Relaxed);
    }

    /// Whether it is known when the measurement begins.
    #[must_use]
    pub fn measuring_decided(&self) -> bool {
        self.measure_start_ns.load(Relaxed) != UNDECIDED
    }

    /// Claims up to `count` arrivals by index, or `None` when none are left.
    #[inline]
    pub fn claim(&self, count: u64) -> Option<Range<u64>> {
        let end = self.claim_end.load(Relaxed);
        if self.next.load(Relaxed) >= end {
            return None;
        }
        let start = self.next.fetch_add(count, Relaxed);
        (start < end).then(|| start..end.min(start + count))
    }

    /// How many arrivals of this process were claimed so far; one that was claimed may not have started yet.
    #[must_use]
    pub fn claimed(&self) -> u64 {
        self.next.load(Relaxed).min(self.claim_end.load(Relaxed))
    }

    /// The number in the whole run of this process's arrival `index`.
    #[inline]
    #[must_use]
    pub fn number_of(&self, index: u64) -> u64 {
        index * u64::from(self.share.of) + u64::from(self.share.index)
    }

    /// Whether an arrival that was intended to start at `start_ns` is measured.
    #[inline]
    #[must_use]
    pub fn is_measured(&self, n: u64, start_ns: u64) -> bool {
        start_ns >= self.measure_start_ns.load(Relaxed)
            && start_ns < self.measure_end_ns.load(Relaxed)
            && n / u64::from(self.share.of) >= self.measure_from.load(Relaxed)
    }

    /// The phase at a time.
    #[must_use]
    pub fn phase_at(&self, at_ns: u64) -> Phase {
        if at_ns < self.measure_start_ns() {
            Phase::Warmup
        } else if at_ns < self.measure_end_ns() {
            Phase::Measure
        } else {
            Phase::Cooldown
        }
    }

    /// When the measurement begins; `u64::MAX` while undecided.
    #[must_use]
    pub fn measure_start_ns(&self) -> u64 {
        self.measure_start_ns.load(Relaxed)
    }

    /// When the measurement ends; `u64::MAX` while undecided, or when only a count ends it.
    #[must_use]
    pub fn measure_end_ns(&self) -> u64 {
        self.measure_end_ns.load(Relaxed)
    }

    /// When the last arrival may start; `u64::MAX` as for [`Self::measure_end_ns`].
    #[inline]
    #[must_use]
    pub fn play_end_ns(&self) -> u64 {
        self.play_end_ns.load(Relaxed)
    }

    /// Whether no arrival may start any more.
    #[inline]
    #[must_use]
    pub fn is_over(&self, now_ns: u64) -> bool {
        now_ns >= self.play_end_ns.load(Relaxed)
    }

    /// Ends the run now: nothing new starts, requests in flight may complete.
    pub fn stop(&self, now_ns: u64) {
        self.stopped.store(true, Relaxed);
        self.measure_start_ns.fetch_min(now_ns, Relaxed);
        self.measure_end_ns.fetch_min(now_ns, Relaxed);
        self.play_end_ns.fetch_min(now_ns, Relaxed);
        self.claim_end.store(0, Relaxed);
    }

    /// Ends the run now and gives up requests in flight.
    pub fn abort(&self, now_ns: u64) {
        self.stop(now_ns);
        self.aborted.store(true, Relaxed);
    }

    /// Whether the run was ended before its time.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// Whether requests in flight are to be given up.
    #[inline]
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Relaxed)
    }

    /// The next moment after `now_ns` at which intervals are cut: every `tick_ns` and at the borders of phases.
    #[must_use]
    pub fn next_boundary_ns(&self, now_ns: u64, tick_ns: u64) -> u64 {
        let tick = (now_ns / tick_ns + 1) * tick_ns;
        [self.measure_start_ns(), self.measure_end_ns()]
            .into_iter()
            .filter(|&t| t > now_ns)
            .fold(tick, u64::min)
    }
}

/// How many of `total` arrivals belong to a share.
fn share_of(total: u64, share: Share) -> u64 {
    let (index, of) = (u64::from(share.index), u64::from(share.of));
    total / of + u64::from(index < total % of)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
