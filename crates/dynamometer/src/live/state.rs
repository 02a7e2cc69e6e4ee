//! What the page shows: the seconds so far, in constant memory.

use std::collections::{BTreeMap, VecDeque};

use dyno_engine::{Control, IntervalTotals, Phase, RunEvent};
use dyno_model::{
    CheckRecord, FailureKind, Histogram, IntervalRecord, LoadModel, OperationRecord, ResourceSample, RunPlan,
    RunRecord, Tally, Times, Totals,
};

use crate::progress::load_in_words;

/// Seconds that charts show.
const SECONDS_SHOWN: usize = 300;
/// Shorter rests of a second make wild rates.
const SHORTEST_NS: u64 = 100_000_000;

/// One second of the charts.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Its end since the start of the run, in seconds.
    pub at_s: f64,
    /// Requests that ended, per second.
    pub rate_per_s: f64,
    /// Requests that the schedule wanted, per second.
    pub asked_per_s: Option<f64>,
    /// Median response time, in nanoseconds; 0 without successes.
    pub p50_ns: u64,
    /// 99th percentile of the response time.
    pub p99_ns: u64,
}

/// Everything that the page shows.
pub struct LiveState {
    /// The plan, for its name, objectives and limits.
    pub plan: RunPlan,
    /// The load in words.
    pub load: String,
    /// The record as far as it is known; objectives are judged on it.
    pub record: RunRecord,
    /// Charts.
    pub points: VecDeque<Point>,
    /// Successes by response time, measured ones only.
    pub response_time: Histogram,
    /// Failures by kind and refusals, measured ones only.
    pub errors: Vec<(String, u64)>,
    /// How the objectives stand.
    pub checks: Vec<CheckRecord>,
    /// The last second.
    pub last: Option<Second>,
    /// Where the run is.
    pub phase: Phase,
    /// Since the start of the run.
    pub now_ns: u64,
    /// When the measurement begins and ends, as far as decided.
    pub window_ns: (Option<u64>, Option<u64>),
    /// Whether the run is being ended early.
    pub is_stopping: bool,
    asked: u64,
}

/// The figures of the last second that are shown as they are.
#[derive(Debug, Clone, Copy)]
pub struct Second {
    /// Operations in flight at its end.
    pub in_flight: u64,
    /// 99th percentile of the lateness.
    pub lateness_p99_ns: u64,
    /// What the generator used.
    pub generator: Option<ResourceSample>,
    /// What the target used.
    pub target: Option<ResourceSample>,
}

impl LiveState {
    /// The state before the first second.
    pub fn new(plan: &RunPlan, head: &RunRecord) -> Self {
        Self {
            load: load_in_words(&plan.load),
            record: head.clone(),
            points: VecDeque::with_capacity(SECONDS_SHOWN),
            response_time: Histogram::new(),
            errors: Vec::new(),
            checks: Vec::new(),
            last: None,
            phase: Phase::Warmup,
            now_ns: 0,
            window_ns: (None, None),
            is_stopping: false,
            asked: 0,
            plan: plan.clone(),
        }
    }

    /// Notes where the run is.
    pub fn follow(&mut self, control: &Control, now_ns: u64, asks_to_stop: bool) {
        let decided = |at_ns: u64| (at_ns != u64::MAX).then_some(at_ns);
        self.now_ns = now_ns;
        self.phase = control.phase_at(now_ns);
        self.window_ns = (decided(control.measure_start_ns()), decided(control.measure_end_ns()));
        self.is_stopping |= asks_to_stop || control.is_stopped();
    }

    /// Takes in a second.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        let RunEvent::Interval { interval, totals } = event else { return };
        if interval.length_ns >= SHORTEST_NS {
            self.push_point(interval);
            self.last = Some(Second {
                in_flight: interval.in_flight,
                lateness_p99_ns: interval.lateness_p99_ns,
                generator: interval.generator,
                target: interval.target,
            });
        }
        if interval.measured {
            self.asked += interval.asked.unwrap_or(0);
            self.response_time.clone_from(&totals.all.response_time);
            self.errors = errors_of(totals.all);
            self.judge(totals);
        }
    }

    fn push_point(&mut self, interval: &IntervalRecord) {
        if self.points.len() == SECONDS_SHOWN {
            self.points.pop_front();
        }
        let per_s = |count: u64| count as f64 * 1e9 / interval.length_ns as f64;
        self.points.push_back(Point {
            at_s: interval.at_ns as f64 / 1e9,
            rate_per_s: per_s(interval.requests),
            asked_per_s: interval.asked.map(per_s),
            p50_ns: interval.histogram.quantile(0.5),
            p99_ns: interval.histogram.quantile(0.99),
        });
    }

    fn judge(&mut self, totals: &IntervalTotals<'_>) {
        if self.plan.thresholds.is_empty() {
            return;
        }
        let elapsed_ns = totals.elapsed_ns;
        self.record.totals = totals_of(totals.all, elapsed_ns);
        self.record.times = Times::from(totals.all);
        let is_open = matches!(self.plan.load, LoadModel::Open { .. });
        self.record.load.asked_rate_per_s =
            is_open.then(|| self.asked as f64 * 1e9 / elapsed_ns.max(1) as f64);
        let named = |name: &str| self.plan.thresholds.iter().any(|t| t.operation.as_deref() == Some(name));
        self.record.operations = self
            .plan
            .operations
            .iter()
            .filter(|(_, name, _)| named(name))
            .map(|(id, name, kind)| {
                let tally = &totals.by_operation[id.index()];
                let (totals, times) = (totals_of(tally, elapsed_ns), Times::from(tally));
                (name.to_owned(), OperationRecord { kind, totals, times })
            })
            .collect::<BTreeMap<_, _>>();
        self.checks = dyno_verdict::judge(&self.record, &self.plan.thresholds).checks;
    }

    /// How much of the run is done, 0 to 1, and what is left in words; `None` when nobody knows.
    pub fn progress(&self) -> Option<(f64, String)> {
        let left = |ns: u64| format!("{} s left", ns.div_ceil(1_000_000_000));
        match (self.window_ns, self.plan.limits.arrivals) {
            ((Some(_), Some(end_ns)), _) => {
                Some((self.now_ns as f64 / end_ns.max(1) as f64, left(end_ns.saturating_sub(self.now_ns))))
            }
            (_, Some(arrivals)) => {
                let done =
                    self.response_time.count() + self.errors.iter().map(|(_, count)| count).sum::<u64>();
                let left = format!("{} requests left", arrivals.saturating_sub(done));
                Some((done as f64 / arrivals.max(1) as f64, left))
            }
            _ => None,
        }
    }
}

fn totals_of(tally: &Tally, elapsed_ns: u64) -> Totals {
    Totals {
        requests: tally.requests(),
        ok: tally.ok,
        rejected: tally.rejected,
        failed: tally.failed(),
        bytes_sent: tally.bytes_sent,
        bytes_received: tally.bytes_received,
        elapsed_ns,
        throughput_per_s: tally.ok.saturating_sub(tally.drained) as f64 * 1e9 / elapsed_ns.max(1) as f64,
        connections: 0,
        errors_by_kind: BTreeMap::new(),
        status_codes: BTreeMap::new(),
    }
}

fn errors_of(tally: &Tally) -> Vec<(String, u64)> {
    let failed = FailureKind::ALL
        .iter()
        .map(|kind| (kind.meaning().to_owned(), tally.failed_by_kind[kind.index()]))
        .filter(|(_, count)| *count > 0);
    let rejected = tally.status_codes.iter().filter(|(code, _)| *code >= 400);
    let mut errors: Vec<_> =
        failed.chain(rejected.map(|(code, count)| (format!("status {code}"), *count))).collect();
    errors.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    errors
}
