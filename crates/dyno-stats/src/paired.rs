//! Paired comparison of two arms that were measured in turns: schedule, exact test, intervals, power.
//!
//! The unit is the *quad*: four rounds `ABBA` or `BAAB`, of which one number per cell remains, the mean log ratio
//! of candidate to baseline, signed so that positive is worse. A request is never a replicate here. Not here: what
//! a change means and whether it fails (`dyno-verdict::gate`). Called by the gate, by calibration and by the contest.

mod adjust;
mod flip;
mod location;
mod orders;
mod planner;
mod power;
mod proportion;
mod schedule;
mod signs;

pub use adjust::{benjamini_hochberg, holm};
pub use flip::{EXACT_MOST, flip_interval, sign_flip};
pub use location::{hodges_lehmann, median, median_interval};
pub use orders::{order_interval, order_p_least, order_test, without_places};
pub use planner::{Buy, Components, QuadCost, buy, components, rounds_per_process};
pub use power::{Promise, detectable, quads_least};
pub use proportion::{clopper_pearson, excess_errors, share_at_most};
pub use schedule::{QuadOrder, schedule};
pub use signs::{hits_at_most, one_sided_by_chance};

/// The log ratio of one quad, positive when the candidate's values are larger.
///
/// `None` when a value is not a positive number, because then there is no ratio.
#[must_use]
pub fn log_ratio(a: [f64; 2], b: [f64; 2]) -> Option<f64> {
    let is_positive = |value: f64| value > 0.0 && value.is_finite();
    let all = [a, b].concat().into_iter().all(is_positive);
    all.then(|| (b[0].ln() + b[1].ln() - a[0].ln() - a[1].ln()) / 2.0)
}

/// The plain difference of one quad, for shares; positive when the candidate's are larger. `None` without numbers.
#[must_use]
pub fn difference(a: [f64; 2], b: [f64; 2]) -> Option<f64> {
    let difference = (b[0] + b[1] - a[0] - a[1]) / 2.0;
    difference.is_finite().then_some(difference)
}

#[cfg(test)]
mod tests;
