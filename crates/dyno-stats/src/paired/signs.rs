//! The sign test: what counts of one kind against another can tell when both are as likely.

use super::orders::arrangements;

/// Probability, 0 to 1, of so few hits or fewer among so many fair coins.
///
/// With values above and below a limit as the sides of the coin it is the sign test: small means that the median is
/// not on the side of the hits. 1 without coins.
#[must_use]
pub fn hits_at_most(hits: usize, of: usize) -> f64 {
    let ways: f64 = (0..=hits.min(of)).map(|k| arrangements(of, k)).sum();
    (ways * 0.5f64.powi(of as i32)).min(1.0)
}

/// Probability, 0 to 1, of two counts so unlike, on either side, when each event is as likely to fall on one as on the other.
#[must_use]
pub fn one_sided_by_chance(one: usize, other: usize) -> f64 {
    (2.0 * hits_at_most(one.min(other), one + other)).min(1.0)
}
