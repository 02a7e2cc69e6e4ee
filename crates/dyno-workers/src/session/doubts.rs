//! Does a worker's account hold? Its times and counts against each other and against what the host saw.

use std::collections::HashSet;

use super::RunOutcome;

/// How much later than the host's clock says a sample may end, in nanoseconds, on top of the clocks' error.
const SLACK_NS: u64 = 5_000_000;

/// How much a sum over lanes may exceed what the lanes had, for the rounding of clocks.
const SUM_SLACK: f64 = 1.02;

/// What the host saw of the run.
pub(super) struct Seen<'a> {
    /// From the ordered start until `done` was heard, in nanoseconds.
    pub elapsed_ns: u64,
    /// Error of the offset between the clocks.
    pub clock_error_ns: u64,
    /// The schedule; empty in a closed loop.
    pub arrivals: &'a [(u64, u32)],
}

/// What does not fit together, in words.
pub(super) fn of(outcome: &RunOutcome, is_recorded: bool, lanes: u32, seen: &Seen<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    let allowed_ns = seen.elapsed_ns.saturating_add(seen.clock_error_ns).saturating_add(SLACK_NS);
    let (samples, done) = (&outcome.samples, &outcome.done);
    if done.wall > allowed_ns {
        doubts.push(format!("it says to have run for {} ns, the host saw {} ns", done.wall, seen.elapsed_ns));
    }
    if !is_recorded {
        return doubts;
    }
    if done.count != samples.len() as u64 {
        doubts.push(format!("it says {} samples and reported {}", done.count, samples.len()));
    }
    let ends = samples
        .start_ns
        .iter()
        .zip(&samples.duration_ns)
        .map(|(start, length)| start.saturating_add(*length));
    if let Some(late) = ends.max().filter(|end| *end > allowed_ns) {
        doubts.push(format!(
            "a request ended {late} ns after the start, the whole run took {} ns",
            seen.elapsed_ns
        ));
    }
    let sum: f64 = samples.duration_ns.iter().map(|length| *length as f64).sum();
    let most = allowed_ns as f64 * f64::from(lanes) * SUM_SLACK;
    if sum > most {
        doubts.push(format!("its requests took {sum:.0} ns together, {lanes} lanes had {most:.0} ns"));
    }
    if samples.duration_ns.contains(&0) {
        doubts.push("a request took no time at all".to_owned());
    }
    let mut known = HashSet::with_capacity(samples.len());
    if let Some(twice) = samples.seq.iter().find(|seq| !known.insert(**seq)) {
        doubts.push(format!("request {twice} was reported twice"));
    }
    if !seen.arrivals.is_empty() {
        let early = samples.seq.iter().zip(&samples.start_ns).find(|(seq, start)| {
            let intended = seen.arrivals.get(**seq as usize).map_or(u64::MAX, |(at, _)| *at);
            start.saturating_add(seen.clock_error_ns.min(SLACK_NS)) < intended
        });
        if let Some((seq, start)) = early {
            doubts.push(format!(
                "request {seq} started {start} ns after the start, before its time or without one"
            ));
        }
    }
    doubts
}
