//! Small changes for the worse, none of which matters, and all of which together do.

/// What the small regressions since a release add up to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratchet {
    /// Their sum, as a log ratio.
    pub sum: f64,
    /// How many there were.
    pub steps: usize,
    /// Whether the sum is beyond the tolerance.
    pub is_exceeded: bool,
}

/// Adds up the changes since the last release, as log ratios that are positive for the worse.
///
/// Give certain changes only (such as [`super::change_points`]): noise adds up as well. Changes for the better pay for
/// earlier ones, but nothing can be saved up: the sum never starts below zero. `tolerance` is a log ratio.
#[must_use]
pub fn ratchet(changes: &[f64], tolerance: f64) -> Ratchet {
    let finite = changes.iter().copied().filter(|change| change.is_finite());
    let sum = finite.clone().fold(0.0, |sum: f64, change| (sum + change).max(0.0));
    let steps = finite.filter(|change| *change > 0.0).count();
    Ratchet { sum, steps, is_exceeded: sum > tolerance }
}
