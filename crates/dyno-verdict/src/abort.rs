//! Whether a run that goes on can still meet a threshold: for thresholds that abort the run.
//!
//! The rule is simple on purpose. Once a second the threshold is held against everything measured so far.
//! What can only grow (counts, the maximum) is lost as soon as it is over its limit. Everything else counts as
//! lost when it is violated on at least [`SAMPLES_BEFORE_ABORT`] samples and [`TIME_BEFORE_ABORT`].

use std::time::Duration;

use dyno_model::units::{format_count, format_duration};
use dyno_model::{Comparator, Headline, Histogram, Limit, Metric, Statistic, Tally, Threshold};

use crate::judge::{in_words, plain, value_of};
use crate::threshold::time_statistic;

/// With fewer samples a quantile or a share moves too much to end a run for it.
pub const SAMPLES_BEFORE_ABORT: u64 = 100;

/// The first seconds of a measurement are the least typical ones.
pub const TIME_BEFORE_ABORT: Duration = Duration::from_secs(5);

/// What was measured until now.
#[derive(Debug, Clone, Copy)]
pub struct SoFar<'a> {
    /// Everything measured of the operation that the threshold names, or of the whole run.
    pub tally: &'a Tally,
    /// Connection times of the whole run.
    pub connect: Option<&'a Histogram>,
    /// How long has been measured.
    pub elapsed: Duration,
    /// The mean asked rate over that time; `None` in a closed loop.
    pub asked_rate_per_s: Option<f64>,
}

/// Why the run should stop, or `None` when the threshold can still be met or there is too little evidence.
#[must_use]
pub fn violated_for_good(threshold: &Threshold, so_far: &SoFar<'_>) -> Option<String> {
    let (value, limit, samples) = measured(threshold, so_far)?;
    if threshold.comparator.holds(value, limit) {
        return None;
    }
    let lost = if only_grows(threshold) {
        wants_less(threshold.comparator) || (threshold.comparator == Comparator::Equal && value > limit)
    } else {
        samples >= SAMPLES_BEFORE_ABORT && so_far.elapsed >= TIME_BEFORE_ABORT
    };
    lost.then(|| {
        let words = in_words(threshold, value, limit);
        format!("{words} after {} and {} samples", format_duration(so_far.elapsed), format_count(samples))
    })
}

/// The value, the limit in its unit, and how many samples the value stands on.
fn measured(threshold: &Threshold, so_far: &SoFar<'_>) -> Option<(f64, f64, u64)> {
    let tally = so_far.tally;
    let requests = tally.requests();
    let limit = plain(threshold.limit);
    if let Some((_, statistic)) = time_statistic(threshold.metric) {
        let histogram = match threshold.metric {
            Metric::ServiceTime(_) => &tally.service_time,
            Metric::Lateness(_) => &tally.lateness,
            Metric::FirstByte(_) => &tally.first_byte,
            Metric::Connect(_) => so_far.connect?,
            _ => &tally.response_time,
        };
        let value = value_of(&Headline::from(histogram), statistic) as f64;
        return (!histogram.is_empty()).then_some((value, limit, histogram.count()));
    }
    let errors = (tally.rejected + tally.failed()) as f64;
    let per_s = (tally.ok - tally.drained.min(tally.ok)) as f64 / so_far.elapsed.as_secs_f64().max(1e-9);
    let (value, limit) = match (threshold.metric, threshold.limit) {
        (Metric::Errors, Limit::Count(_)) => (errors, limit),
        (Metric::Errors, _) => (errors / requests.max(1) as f64, limit),
        (Metric::Rate, Limit::ShareOfAsked(share)) => (per_s, share * so_far.asked_rate_per_s?),
        (Metric::Rate, _) => (per_s, limit),
        _ => (requests as f64, limit),
    };
    Some((value, limit, requests))
}

/// Whether more samples can only make the value larger.
fn only_grows(threshold: &Threshold) -> bool {
    match threshold.metric {
        Metric::Requests => true,
        Metric::Errors => matches!(threshold.limit, Limit::Count(_)),
        metric => matches!(time_statistic(metric), Some((_, Statistic::Max))),
    }
}

fn wants_less(comparator: Comparator) -> bool {
    matches!(comparator, Comparator::Below | Comparator::AtMost)
}

#[cfg(test)]
mod tests;
