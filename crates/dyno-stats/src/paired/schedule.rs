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

impl QuadOrder {
    /// What the effect of a quad is to what its places show: the same (1) in the order ABBA, the opposite (−1) in BAAB.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Abba => 1.0,
            Self::Baab => -1.0,
        }
    }
}

/// The orders of so many quads: random, the same for the same seed, and both kinds as often as the count allows
/// (for an odd count a coin decides which is played once more).
///
/// Every arrangement with these counts is as likely as any other, which is all that [`super::order_test`] stands on. The
/// balance takes what the places add, and what curvature a drift has inside quads, out of the estimate.
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
