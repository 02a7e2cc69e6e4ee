//! Was it the target that was measured? Evidence of a run in, reasons for doubt out.
//!
//! Each rule is a function from the evidence to at most one reason; the worst reason is the state. A busy
//! target is a finding and not a doubt: it is told apart from a slow generator and noted without lowering
//! the state. Called by the binary at the end of a run. Judges no objective; `judge` does.

use dyno_model::{LoadRecord, Reason, RunRecord, Validity, ValidityState};

pub mod limits;
mod machine;
mod samples;
mod schedule;

/// What is known about a run, for judging whether it can be trusted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValidityInput {
    /// Whether arrivals followed a schedule.
    pub is_open_loop: bool,
    /// Length of the measured time, in seconds.
    pub elapsed_s: f64,
    /// Successes, rejections and failures.
    pub requests: u64,
    /// Successes.
    pub ok: u64,
    /// Answers with status 429.
    pub status_429: u64,
    /// Answers with status 503.
    pub status_503: u64,
    /// Median response time of successes, in nanoseconds.
    pub response_p50_ns: u64,
    /// 99th percentile of the lateness, in nanoseconds.
    pub lateness_p99_ns: u64,
    /// 99th percentile of the generator's own part of the lateness, in nanoseconds.
    pub generator_lateness_p99_ns: u64,
    /// Share of the response time spent waiting for the in-flight limit, 0 to 1.
    pub busy_share: f64,
    /// Limit of operations in flight, or users of a closed loop.
    pub in_flight_limit: u32,
    /// Asked rate; `None` in a closed loop.
    pub asked_rate_per_s: Option<f64>,
    /// Operations started per second.
    pub achieved_rate_per_s: f64,
    /// Arrivals whose time had come and that were not started.
    pub not_started: u64,
    /// Successes and rejections of each whole measured second, in order.
    pub seconds: Vec<(u64, u64)>,
    /// CPU of the busiest load thread as a share of one core, 0 to 1; the mean of all when only that is known.
    pub generator_cpu_share: f64,
    /// Load threads.
    pub threads: u32,
    /// Time that runnable threads of the generator waited for a core, in seconds, over the measured time.
    pub run_queue_wait_s: f64,
    /// Share of machine time taken by the hypervisor, 0 to 1.
    pub steal_share: f64,
    /// Times that the generator's control group was held back.
    pub cgroup_throttled: u64,
    /// Share of the time in which some task waited for memory, 0 to 1; `None` when not known.
    pub memory_stall_share: Option<f64>,
    /// Connections that failed because no file could be opened.
    pub open_files_exhausted: u64,
    /// Connections that failed because no local port was left.
    pub ports_exhausted: u64,
    /// CPU of the target in each measured second, in cores; empty when its process is not known.
    pub target_cpu_cores: Vec<f64>,
    /// Cores that the target may use; `None` when not known.
    pub target_cores: Option<f64>,
}

impl ValidityInput {
    /// Everything that a record tells; the rest is as if nothing was seen and can be added.
    #[must_use]
    pub fn from_record(record: &RunRecord) -> Self {
        let LoadRecord { ref model, asked_rate_per_s, achieved_rate_per_s, not_started, .. } = record.load;
        let status = |code: &str| record.totals.status_codes.get(code).copied().unwrap_or(0);
        let measured = || record.intervals.iter().filter(|interval| interval.measured);
        let whole = measured().filter(|interval| interval.length_ns >= limits::WHOLE_SECOND_NS);
        let resources = &record.generator.resources;
        Self {
            is_open_loop: model == "open",
            elapsed_s: record.totals.elapsed_ns as f64 / 1e9,
            requests: record.totals.requests,
            ok: record.totals.ok,
            status_429: status("429"),
            status_503: status("503"),
            response_p50_ns: record.times.response_time_ns.p50,
            lateness_p99_ns: record.times.lateness_ns.p99,
            generator_lateness_p99_ns: record.load.generator_lateness_p99_ns,
            busy_share: record.load.busy_share,
            in_flight_limit: record.load.in_flight_limit,
            asked_rate_per_s,
            achieved_rate_per_s,
            not_started,
            seconds: whole.map(|interval| (interval.ok, interval.rejected)).collect(),
            generator_cpu_share: record.generator.cpu_share,
            threads: record.generator.threads,
            run_queue_wait_s: waited_in_measured_time_s(record).unwrap_or(resources.run_queue_wait_s),
            steal_share: resources.steal_share,
            cgroup_throttled: resources.cgroup_throttled,
            target_cpu_cores: measured().filter_map(|interval| Some(interval.target?.cpu_cores)).collect(),
            ..Self::default()
        }
    }

    /// Whether late arrivals waited for the in-flight limit rather than for the generator.
    fn waited_for_target(&self) -> bool {
        self.busy_share >= limits::BUSY_SHARE_FELT
    }

    /// The target's CPU over the measured time, in cores.
    fn target_cpu_mean(&self) -> Option<f64> {
        let count = self.target_cpu_cores.len();
        (count > 0).then(|| self.target_cpu_cores.iter().sum::<f64>() / count as f64)
    }

    /// Whether the target used all the cores it may use.
    fn target_is_saturated(&self) -> bool {
        match (self.target_cpu_mean(), self.target_cores) {
            (Some(used), Some(cores)) => used >= cores * limits::TARGET_SATURATED,
            _ => false,
        }
    }
}

/// Time that the generator's threads waited for a core in the measured seconds; `None` when it was not sampled.
fn waited_in_measured_time_s(record: &RunRecord) -> Option<f64> {
    let measured = record.intervals.iter().filter(|interval| interval.measured);
    let waits = measured
        .filter_map(|interval| Some(interval.generator?.run_queue_wait * interval.length_ns as f64 / 1e9));
    waits.reduce(|sum, wait| sum + wait)
}

/// Judges whether the numbers of a run say something about its target.
#[must_use]
pub fn validity(input: &ValidityInput) -> Validity {
    // Without samples every other rule would only repeat that there are none.
    if let Some(reason) = samples::no_samples(input) {
        return Validity { state: reason.state, reasons: vec![reason] };
    }
    let rules: [fn(&ValidityInput) -> Option<Reason>; 16] = [
        samples::all_failed,
        schedule::generator_late,
        schedule::generator_saturated,
        schedule::rate_not_reached,
        schedule::in_flight_limit_reached,
        machine::run_queue_wait,
        machine::steal,
        machine::throttled,
        machine::memory_pressure,
        machine::open_files,
        machine::ports,
        samples::rate_limited,
        machine::target_saturated,
        samples::few_for_p99,
        samples::few_for_p99_9,
        samples::short,
    ];
    let mut reasons: Vec<Reason> = rules.iter().filter_map(|rule| rule(input)).collect();
    // The heaviest first; a stable sort keeps the order of the rules otherwise.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.state));
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(ValidityState::Valid);
    Validity { state, reasons }
}

fn reason(code: &str, state: ValidityState, detail: String) -> Option<Reason> {
    Some(Reason { code: code.to_owned(), state, detail })
}

/// Suspect from `suspect` on, invalid from `invalid` on, nothing below.
fn grade(value: f64, suspect: f64, invalid: f64) -> Option<ValidityState> {
    match value {
        value if value >= invalid => Some(ValidityState::Invalid),
        value if value >= suspect => Some(ValidityState::Suspect),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
