//! The calls of one operation: lanes of threads on one side, counts and histograms on the other.
//!
//! Writes no file and knows no attribute. Called by `benchmark` and `attribute`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use dyno_model::{Histogram, OperationKind, Threshold};

use crate::lane::{Call, Lane};

/// Seconds that are kept; then they become pairs of seconds, and so on.
const INTERVALS_MOST: u64 = 600;

/// Kinds of failures that are told apart; any more are `other`.
const FAILURES_MOST: usize = 32;

/// How a call that panicked is counted.
pub(crate) const PANIC: &str = "panic";

/// How a future that was dropped before its end is counted.
pub(crate) const CANCELLED: &str = "cancelled";

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the first look at the clock of this process; monotonic.
#[inline]
pub(crate) fn now_ns() -> u64 {
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The lock, whatever happened to who held it: counts are whole at any moment.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One operation.
pub(crate) struct Calls {
    pub(crate) name: String,
    pub(crate) kind: OperationKind,
    lanes: Mutex<Vec<Arc<Lane>>>,
    counted: Mutex<Counted>,
    /// Names of failures, by their number minus one.
    failures: [OnceLock<&'static str>; FAILURES_MOST],
    rules: Mutex<Rules>,
}

/// What is expected of an operation and noted about it.
#[derive(Default, Clone)]
pub(crate) struct Rules {
    pub(crate) gate: Vec<Threshold>,
    pub(crate) tags: Vec<String>,
}

/// What was counted.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) times: Histogram,
    pub(crate) failure_times: Histogram,
    pub(crate) errors: BTreeMap<&'static str, u64>,
    /// Begin of the first call and end of the last; meaningless without calls.
    pub(crate) first_ns: u64,
    pub(crate) last_ns: u64,
    pub(crate) width_ns: u64,
    /// By the end of a call divided by `width_ns`: failures, and times of calls that returned.
    pub(crate) intervals: BTreeMap<u64, (u64, Histogram)>,
    /// The interval that was counted into last; all others are packed.
    open: u64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            times: Histogram::new(),
            failure_times: Histogram::new(),
            errors: BTreeMap::new(),
            first_ns: u64::MAX,
            last_ns: 0,
            width_ns: 1_000_000_000,
            intervals: BTreeMap::new(),
            open: 0,
        }
    }
}

impl Counted {
    pub(crate) fn calls(&self) -> u64 {
        self.times.count() + self.failure_times.count()
    }

    /// From the begin of the first call to the end of the last.
    pub(crate) fn elapsed_ns(&self) -> u64 {
        self.last_ns.saturating_sub(self.first_ns)
    }

    pub(crate) fn add(&mut self, begin_ns: u64, end_ns: u64, failure: Option<&'static str>) {
        self.first_ns = self.first_ns.min(begin_ns);
        self.last_ns = self.last_ns.max(end_ns);
        let spent_ns = end_ns.saturating_sub(begin_ns);
        let interval = self.interval(end_ns / self.width_ns);
        match failure {
            None => {
                interval.1.record(spent_ns);
                self.times.record(spent_ns);
            }
            Some(name) => {
                interval.0 += 1;
                self.failure_times.record(spent_ns);
                *self.errors.entry(name).or_default() += 1;
            }
        }
        while self.span() > INTERVALS_MOST {
            self.widen();
        }
    }

    /// How many intervals there are from the first to the last, those without calls included.
    fn span(&self) -> u64 {
        match (self.intervals.first_key_value(), self.intervals.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1,
            _ => 0,
        }
    }

    fn interval(&mut self, key: u64) -> &mut (u64, Histogram) {
        if key != self.open {
            if let Some((_, left)) = self.intervals.get_mut(&self.open) {
                *left = left.packed();
            }
            self.open = key;
        }
        self.intervals.entry(key).or_default()
    }

    /// Makes intervals twice as long, so that a program may run for weeks.
    pub(crate) fn widen(&mut self) {
        self.width_ns *= 2;
        self.open /= 2;
        for (key, (failed, times)) in std::mem::take(&mut self.intervals) {
            let kept = self.intervals.entry(key / 2).or_default();
            kept.0 += failed;
            kept.1.merge(&times);
            if key / 2 != self.open {
                kept.1 = kept.1.packed();
            }
        }
    }

    /// Adds all that `other` counted.
    pub(crate) fn merge(&mut self, other: &Counted) {
        let mut other = other.clone();
        self.times.merge(&other.times);
        self.failure_times.merge(&other.failure_times);
        self.first_ns = self.first_ns.min(other.first_ns);
        self.last_ns = self.last_ns.max(other.last_ns);
        for (name, count) in &other.errors {
            *self.errors.entry(name).or_default() += count;
        }
        while self.width_ns < other.width_ns {
            self.widen();
        }
        while other.width_ns < self.width_ns {
            other.widen();
        }
        for (key, (failed, times)) in other.intervals {
            let kept = self.intervals.entry(key).or_default();
            kept.0 += failed;
            kept.1.merge(&times);
        }
        while self.span() > INTERVALS_MOST {
            self.widen();
        }
    }
}

impl Calls {
    pub(crate) fn new(name: String, kind: OperationKind) -> Self {
        Self {
            name,
            kind,
            lanes: Mutex::default(),
            counted: Mutex::default(),
            failures: [const { OnceLock::new() }; FAILURES_MOST],
            rules: Mutex::default(),
        }
    }

    /// A lane for the thread that asks.
    pub(crate) fn open_lane(&self) -> Arc<Lane> {
        let lane = Arc::new(Lane::new());
        locked(&self.lanes).push(Arc::clone(&lane));
        lane
    }

    /// Counts what is in a lane whose thread ends, and forgets the lane.
    pub(crate) fn close_lane(&self, lane: &Arc<Lane>) {
        self.settle_lane(lane);
        locked(&self.lanes).retain(|other| !Arc::ptr_eq(other, lane));
    }

    /// Counts what is in one lane.
    pub(crate) fn settle_lane(&self, lane: &Lane) {
        let mut counted = locked(&self.counted);
        lane.drain(|call| self.count(&mut counted, call));
    }

    /// Counts one call at once, for threads that are so far at their end that they have no lane.
    pub(crate) fn add(&self, call: Call) {
        self.count(&mut locked(&self.counted), call);
    }

    fn count(&self, counted: &mut Counted, call: Call) {
        let failure = usize::try_from(call.failure).ok().and_then(|number| number.checked_sub(1));
        let name =
            failure.map(|at| self.failures.get(at).and_then(OnceLock::get).copied().unwrap_or("other"));
        counted.add(call.begin_ns, call.end_ns, name);
    }

    /// The number of a failure, the same for the same name; takes no lock.
    pub(crate) fn failure_number(&self, name: &'static str) -> u64 {
        let is_it = |cell: &OnceLock<&'static str>| match cell.get() {
            Some(known) => *known == name,
            // Lost to another thread, it may still be the same name.
            None => cell.set(name).is_ok() || cell.get() == Some(&name),
        };
        let at = self.failures.iter().position(is_it).unwrap_or(FAILURES_MOST);
        at as u64 + 1
    }

    /// A picture of now.
    pub(crate) fn counted(&self) -> Counted {
        let lanes = locked(&self.lanes).clone();
        let mut counted = locked(&self.counted);
        for lane in lanes {
            lane.drain(|call| self.count(&mut counted, call));
        }
        counted.clone()
    }

    /// Forgets all calls.
    pub(crate) fn reset(&self) {
        let lanes = locked(&self.lanes).clone();
        let mut counted = locked(&self.counted);
        lanes.iter().for_each(|lane| lane.drain(|_| ()));
        *counted = Counted::default();
    }

    pub(crate) fn rules(&self) -> Rules {
        locked(&self.rules).clone()
    }

    /// Adds objectives and tags that are not there yet.
    pub(crate) fn expect(&self, gate: Vec<Threshold>, tags: impl Iterator<Item = String>) {
        let mut rules = locked(&self.rules);
        for threshold in gate {
            if !rules.gate.iter().any(|known| known.text == threshold.text) {
                rules.gate.push(threshold);
            }
        }
        for tag in tags {
            if !rules.tags.contains(&tag) {
                rules.tags.push(tag);
            }
        }
    }
}

#[cfg(test)]
mod tests;
