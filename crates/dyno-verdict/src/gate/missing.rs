//! Rounds without a value: which quads a cell has to do without, and when that leaves too little to say anything.
//!
//! A round has no value for a cell when it had too few samples for it, which slowness can cause. Leaving a quad out for
//! a cell cannot raise false alarms: on equal builds both arms lose values in the same way, so the same quads are whole
//! whatever the orders were, and the test of orders stays exact. It could let a regression pass, because the rounds that
//! are left are the fast ones. So a quad in which the candidate lacks a value counts as one in which it was worse than
//! the tolerance (`decide`), and nothing is said when one arm loses more than chance explains, or when half of the
//! quads are gone. Called by `cell`.

use dyno_stats::paired::one_sided_by_chance;

use super::cell::Quartet;

/// One arm lacks more values than the other when chance explains it with no more than this, on either side.
const ONE_SIDED: f64 = 0.1;

/// No more than so many times as many quads are played for the sake of those that will be lost.
const STRETCH_MOST: f64 = 2.0;

/// The quads of a stage in which a cell has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Missing {
    /// All quads, whole or not.
    pub(super) of: usize,
    /// Those in which the baseline alone lacks a value.
    pub(super) only_a: usize,
    /// Those in which the candidate alone does.
    pub(super) only_b: usize,
    /// Those in which both do.
    pub(super) both: usize,
    /// Those, of all of these, that have a value which allows no ratio or is no number.
    pub(super) unusable: usize,
}

impl Missing {
    /// Counts the quads that are not whole; for a difference any finite value will do, for a ratio it has to be positive.
    pub(super) fn of(quads: &[Quartet], is_difference: bool) -> Self {
        let is_usable = |value: f64| value.is_finite() && (is_difference || value > 0.0);
        let lacks = |side: [Option<f64>; 2]| side.iter().any(|value| !value.is_some_and(is_usable));
        let mut missing = Self { of: quads.len(), ..Self::default() };
        for quad in quads {
            match (lacks(quad.a), lacks(quad.b)) {
                (true, true) => missing.both += 1,
                (true, false) => missing.only_a += 1,
                (false, true) => missing.only_b += 1,
                (false, false) => {}
            }
            let is_unusable = quad.a.iter().chain(&quad.b).flatten().any(|value| !is_usable(*value));
            missing.unusable += usize::from(is_unusable);
        }
        missing
    }

    /// Whether every quad is whole.
    pub(super) fn is_none(&self) -> bool {
        self.count() == 0
    }

    /// Quads that are not whole.
    pub(super) fn count(&self) -> usize {
        self.only_a + self.only_b + self.both
    }

    /// Quads in which the candidate lacks a value.
    pub(super) fn of_candidate(&self) -> usize {
        self.only_b + self.both
    }

    /// Whether one arm lacks more values than chance explains.
    pub(super) fn is_one_sided(&self) -> bool {
        one_sided_by_chance(self.only_a, self.only_b) <= ONE_SIDED
    }

    /// Whether nothing may be said about the cell.
    ///
    /// With half of the quads gone the median of all of them could lie anywhere.
    pub(super) fn prevents_a_verdict(&self) -> bool {
        2 * self.count() >= self.of || self.is_one_sided()
    }

    /// Whether more quads could show what these cannot: a quarter of them is whole, and both arms lose alike.
    pub(super) fn may_be_fewer(&self) -> bool {
        self.of > 0 && 4 * (self.of - self.count()) >= self.of && !self.is_one_sided()
    }

    /// By how much more quads have to be played to have as many whole ones: 1 to 2.
    pub(super) fn stretch(&self) -> f64 {
        (self.of as f64 / (self.of - self.count()).max(1) as f64).min(STRETCH_MOST)
    }
}
