//! Whether a value keeps an absolute limit, with the limit's own tolerance.

use dyno_model::{Direction, Estimate};

use crate::tolerance::Tolerance;

/// A limit of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileLimit {
    /// In the unit of the metric; the value may be at most this where lower is better, else at least.
    pub value: f64,
}

/// How a value stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitState {
    /// The limit is kept.
    Ok,
    /// Within the tolerance of the limit, or beyond it without proof.
    Near,
    /// Beyond the limit and its tolerance, and not by chance.
    Violated,
    /// There is no value.
    Inconclusive,
}

impl ProfileLimit {
    /// Judges a value: one-sided, so that a better value never fails.
    ///
    /// With the slack S of the tolerance at the limit, lower being better: *violated* when the lower end of the 95 %
    /// interval (without one, the value) is above limit + S, *ok* when the value is at most limit - S, else *near*.
    #[must_use]
    pub fn check(
        &self,
        direction: Direction,
        tolerance: &Tolerance,
        estimate: Option<&Estimate>,
    ) -> LimitState {
        let Some(estimate) = estimate.filter(|estimate| estimate.value.is_finite() && estimate.samples > 0)
        else {
            return LimitState::Inconclusive;
        };
        let slack = tolerance.slack(self.value);
        let (best, point) = match direction {
            Direction::Lower => {
                (estimate.low.unwrap_or(estimate.value) - self.value, estimate.value - self.value)
            }
            Direction::Higher => {
                (self.value - estimate.high.unwrap_or(estimate.value), self.value - estimate.value)
            }
        };
        if best > slack {
            LimitState::Violated
        } else if point > -slack && slack > 0.0 || point > slack {
            LimitState::Near
        } else {
            LimitState::Ok
        }
    }
}

#[cfg(test)]
mod tests;
