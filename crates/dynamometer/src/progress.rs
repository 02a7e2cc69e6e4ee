//! Progress for logs: what is played, then one line per ten seconds, all on stderr.

use dyno_engine::{Observer, RunEvent};
use dyno_model::{Histogram, IntervalRecord, LoadModel, RunPlan, RunRecord, Warmup, units};

use crate::console;

/// How often a line is written.
const EVERY_NS: u64 = 10_000_000_000;

/// What happened since the last line.
pub struct Progress {
    next_ns: u64,
    since_ns: u64,
    requests: u64,
    failed: u64,
    response_time: Histogram,
}

impl Progress {
    /// Says what is going to be played.
    pub fn begin(plan: &RunPlan, head: &RunRecord) -> Self {
        console::talk(&announcement(plan, head));
        Self { next_ns: EVERY_NS, since_ns: 0, requests: 0, failed: 0, response_time: Histogram::new() }
    }

    fn write_line(&mut self, interval: &IntervalRecord) {
        let seconds = interval.at_ns.saturating_sub(self.since_ns) as f64 / 1e9;
        let q = |share| units::format_ns(self.response_time.quantile(share));
        console::talk(&format!(
            "{:>5} s  {}  {}  p50 {}  p99 {}  errors {}  in flight {}",
            interval.at_ns / 1_000_000_000,
            if interval.measured { "measuring" } else { "not counted" },
            units::format_rate(self.requests as f64 / seconds.max(1e-9)),
            q(0.5),
            q(0.99),
            units::format_count(self.failed),
            units::format_count(interval.in_flight),
        ));
        (self.requests, self.failed, self.since_ns) = (0, 0, interval.at_ns);
        self.response_time.clear();
    }
}

impl Observer for Progress {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Interval { interval, .. } => {
                self.requests += interval.requests;
                self.failed += interval.failed + interval.rejected;
                self.response_time.merge(&interval.histogram);
                if interval.at_ns >= self.next_ns {
                    self.next_ns = (interval.at_ns / EVERY_NS + 1) * EVERY_NS;
                    self.write_line(interval);
                }
            }
            RunEvent::MeasureBegins { .. } => {}
        }
    }
}

/// One line: what, against what, how long.
fn announcement(plan: &RunPlan, head: &RunRecord) -> String {
    console::harmless(&format!(
        "playing {} against {}: {}, {}; Ctrl-C ends early and keeps the results",
        head.name,
        head.target,
        load_in_words(&plan.load),
        length_in_words(plan),
    ))
}

/// The load, short.
pub fn load_in_words(load: &LoadModel) -> String {
    let count = |n: u32| units::format_count(u64::from(n));
    match load {
        LoadModel::Open { max_in_flight, .. } => {
            format!("open loop, {} in flight at most", count(*max_in_flight))
        }
        LoadModel::Closed { users: 1, .. } => "closed loop, 1 connection".to_owned(),
        LoadModel::Closed { users, .. } => format!("closed loop, {} connections", count(*users)),
    }
}

/// Warm-up and measured time, short.
fn length_in_words(plan: &RunPlan) -> String {
    let warmup = match plan.phases.warmup {
        Warmup::None => String::new(),
        Warmup::Time(time) => format!("{} of warm-up, ", units::format_duration(time)),
        Warmup::Count(count) => format!("{} requests of warm-up, ", units::format_count(count)),
        Warmup::Automatic { at_most } => {
            format!("warm-up until steady but at most {}, ", units::format_duration(at_most))
        }
    };
    let measure = match (plan.phases.measure, plan.limits.arrivals) {
        (Some(time), None) => units::format_duration(time),
        (None, Some(count)) => format!("{} requests", units::format_count(count)),
        (Some(time), Some(count)) => {
            format!("{} or {} requests", units::format_duration(time), units::format_count(count))
        }
        (None, None) => "until stopped".to_owned(),
    };
    format!("{warmup}{measure}")
}
