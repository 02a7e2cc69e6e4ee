//! The difference of two means with its interval, when the variances may differ.

use super::moments;
use crate::special::{t_cdf, t_quantile};

/// A difference with what is known of its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The best guess, second minus first.
    pub point: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of the error; infinite when it is known.
    pub df: f64,
}

impl Difference {
    /// The interval that holds the true difference with this confidence, 0 to 1.
    #[must_use]
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let reach = self.reach(0.5 + confidence / 2.0);
        (self.point - reach, self.point + reach)
    }

    /// The bound that the true difference exceeds with a chance of `1 − confidence` at most.
    #[must_use]
    pub fn upper(&self, confidence: f64) -> f64 {
        self.point + self.reach(confidence)
    }

    /// The chance of a difference as large as this one when the true one is `null`, one-sided.
    #[must_use]
    pub fn p_above(&self, null: f64) -> f64 {
        if self.error > 0.0 {
            return 1.0 - t_cdf((self.point - null) / self.error, self.df());
        }
        if self.point > null { 0.0 } else { 1.0 }
    }

    /// The true difference that is found above `null` at level `alpha` with this power, 0 to 1.
    #[must_use]
    pub fn detectable(&self, null: f64, alpha: f64, power: f64) -> f64 {
        null + self.reach(1.0 - alpha) + self.reach(power)
    }

    fn reach(&self, p: f64) -> f64 {
        if self.error > 0.0 { t_quantile(p, self.df()) * self.error } else { 0.0 }
    }

    /// Beyond this many, Student's t and the normal distribution are one to six digits.
    fn df(&self) -> f64 {
        self.df.clamp(1.0, 1e6)
    }
}

/// Mean of `b` minus mean of `a` (Welch, "The generalization of Student's problem", Biometrika 1947).
///
/// `None` with fewer than two values on a side.
#[must_use]
pub fn welch(a: &[f64], b: &[f64]) -> Option<Difference> {
    let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a)?, moments(b)?);
    let parts = [variance_a / a.len() as f64, variance_b / b.len() as f64];
    let df = satterthwaite(&[(parts[0], (a.len() - 1) as f64), (parts[1], (b.len() - 1) as f64)]);
    Some(Difference { point: mean_b - mean_a, error: (parts[0] + parts[1]).sqrt(), df })
}

/// Degrees of freedom of a sum of squared errors, each with its own (Satterthwaite, "An approximate distribution of
/// estimates of variance components", Biometrics 1946). An error that is known has infinitely many.
#[must_use]
pub fn satterthwaite(parts: &[(f64, f64)]) -> f64 {
    let whole: f64 = parts.iter().map(|(square, _)| square).sum();
    let doubt: f64 =
        parts.iter().filter(|(_, df)| df.is_finite()).map(|(square, df)| square.powi(2) / df).sum();
    if doubt > 0.0 { whole.powi(2) / doubt } else { f64::INFINITY }
}
