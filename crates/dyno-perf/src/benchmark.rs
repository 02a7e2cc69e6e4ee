//! An operation in hand, and blocks that are timed by it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use dyno_model::{OperationKind, VerdictRecord};
use dyno_verdict::{ThresholdError, check_applicable, parse_threshold};

use crate::attribute::ThreadLane;
use crate::calls::{Calls, PANIC, now_ns};
use crate::lane::Call;
use crate::record;
use crate::stats::{LastResult, Stats};

thread_local! {
    /// The lanes of this thread for operations that have no static of their own.
    static LANES: RefCell<HashMap<usize, ThreadLane>> = RefCell::default();
}

/// An operation: a function under `#[benchmark]`, or what blocks of a name add up to.
#[derive(Clone)]
pub struct Benchmark {
    pub(crate) calls: Arc<Calls>,
}

impl Benchmark {
    /// Its name in records.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.calls.name
    }

    /// Counts and times of now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.calls.name, self.calls.counted())
    }

    /// The same by the names of the Python package's `BenchmarkResult`: times in seconds, shares in percent.
    #[must_use]
    pub fn last_result(&self) -> LastResult {
        LastResult::of(&self.stats())
    }

    /// Adds an objective, such as `p99 < 20ms`.
    ///
    /// # Errors
    /// When it cannot be read, names an operation, or cannot hold for calls that nobody scheduled.
    pub fn gate(&self, text: &str) -> Result<&Self, ThresholdError> {
        let threshold = parse_threshold(text)?;
        check_applicable(&threshold, false)?;
        if threshold.operation.is_some() {
            let problem = format!("`{text}` names an operation, and this one is `{}`", self.name());
            return Err(ThresholdError { problem, hint: "write the objective alone".to_owned() });
        }
        self.calls.expect(vec![threshold], std::iter::empty());
        Ok(self)
    }

    /// Its objectives, judged now. Without calls none holds.
    #[must_use]
    pub fn verdict(&self) -> VerdictRecord {
        record::judge_one(&self.calls)
    }

    /// Begins a block that is counted when the span is dropped.
    #[must_use = "a span that is not kept ends at once"]
    pub fn begin(&self) -> Span {
        Span {
            calls: Arc::clone(&self.calls),
            failure: None,
            was_panicking: std::thread::panicking(),
            begin_ns: now_ns(),
        }
    }

    /// Times one call of a closure.
    pub fn time<R>(&self, body: impl FnOnce() -> R) -> R {
        let _span = self.begin();
        body()
    }

    /// Whether it is one of several calls, and is shown beside them.
    #[must_use]
    pub fn is_journey(&self) -> bool {
        self.calls.kind == OperationKind::Journey
    }
}

impl std::fmt::Debug for Benchmark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.stats().fmt(f)
    }
}

/// A block that goes on. Dropping it counts it, on whichever thread that is; in a panic it counts as a failure.
pub struct Span {
    calls: Arc<Calls>,
    begin_ns: u64,
    failure: Option<&'static str>,
    was_panicking: bool,
}

impl Span {
    /// Makes it a failure of that name, such as `timeout`.
    pub fn fail(&mut self, name: &'static str) {
        self.failure = Some(name);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let end_ns = now_ns();
        let is_panic = std::thread::panicking() && !self.was_panicking;
        let failure = if is_panic { Some(PANIC) } else { self.failure };
        let key = Arc::as_ptr(&self.calls) as usize;
        let added = LANES.try_with(|lanes| {
            // A lane keeps its operation, so that no other one ever has the same address.
            let mut lanes = lanes.borrow_mut();
            let lane = lanes.entry(key).or_insert_with(|| ThreadLane::of_calls(Arc::clone(&self.calls)));
            lane.add(self.begin_ns, end_ns, failure);
        });
        if added.is_err() {
            // The thread has already given up its lanes.
            let failure = failure.map_or(0, |name| self.calls.failure_number(name));
            self.calls.add(Call { begin_ns: self.begin_ns, end_ns, failure });
        }
    }
}
