//! Who is measured when.

use crate::random::SplitMix64;

/// The order of the four rounds of a quad. Both cancel a linear drift and any fixed penalty of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuadOrder {
    /// Baseline, candidate, candidate, baseline.
    Abba,
    /// Candidate, baseline, baseline, candidate.
    Baab,
}

/// The orders of so many quads: random, the same for the same seed, and both kinds as often as the count allows
/// (for an odd count a coin decides which is played once more).
///
/// The balance takes what curvature a drift has inside quads out of the estimate. It makes the coins of one contest
/// depend on each other a little: against a *fixed* pattern of disturbances the variance of the sum of signs is
/// `q / (q − 1)` of that of free coins at most, which the test of the sign flip does not count. Against noise
/// that is as likely up as down in each quad, the test is exact whatever the order.
#[must_use]
pub fn schedule(seed: u64, quads: usize) -> Vec<QuadOrder> {
    let mut random = SplitMix64::new(seed);
    let extra = if random.bits() & 1 == 0 { QuadOrder::Abba } else { QuadOrder::Baab };
    let mut orders: Vec<QuadOrder> =
        (0..quads / 2).flat_map(|_| [QuadOrder::Abba, QuadOrder::Baab]).collect();
    if quads % 2 == 1 {
        orders.push(extra);
    }
    random.shuffle(&mut orders);
    orders
}
