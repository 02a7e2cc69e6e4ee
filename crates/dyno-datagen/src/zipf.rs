//! Zipf's law by rejection-inversion (Hörmann and Derflinger, 1996): constant time for any range.
//!
//! Holds no table, so a range of 10^18 keys costs as much as one of ten. Drawn from by templates.

use crate::Random;

/// Integers from `min` to `max` where the k-th has a weight of k^-exponent.
#[derive(Debug, Clone, PartialEq)]
pub struct Zipf {
    min: u64,
    max: u64,
    exponent: f64,
    /// How many integers there are.
    count: f64,
    /// The integral of the weight over everything but the first half of rank 1.
    integral_first: f64,
    integral_last: f64,
    /// A rank within this distance of the drawn point is accepted without a look at the curve.
    shortcut: f64,
}

impl Zipf {
    /// Integers from `min` (most frequent) to `max`, ends included.
    ///
    /// Only `min` when `max` is not above it. An exponent that is not a number or negative counts as 0,
    /// which is uniform.
    #[must_use]
    pub fn new(min: u64, max: u64, exponent: f64) -> Self {
        let exponent = if exponent.is_finite() { exponent.max(0.0) } else { 0.0 };
        let count = max.saturating_sub(min) as f64 + 1.0;
        let mut zipf =
            Self { min, max, exponent, count, integral_first: 0.0, integral_last: 0.0, shortcut: 0.0 };
        zipf.integral_first = zipf.integral(1.5) - 1.0;
        zipf.integral_last = zipf.integral(count + 0.5);
        zipf.shortcut = 2.0 - zipf.integral_inverse(zipf.integral(2.5) - zipf.weight(2.0));
        zipf
    }

    /// Draws one integer.
    #[inline]
    pub fn pick(&self, random: &mut Random) -> u64 {
        if self.max <= self.min {
            return self.min;
        }
        loop {
            let uniform = random.uniform_f64();
            let area = self.integral_last + uniform * (self.integral_first - self.integral_last);
            let point = self.integral_inverse(area);
            let rank = (point + 0.5).floor().clamp(1.0, self.count);
            if rank - point <= self.shortcut || area >= self.integral(rank + 0.5) - self.weight(rank) {
                // The count is rounded for ranges above 2^53, so the end is held here.
                return self.min.saturating_add((rank - 1.0) as u64).min(self.max);
            }
        }
    }

    fn weight(&self, x: f64) -> f64 {
        (-self.exponent * x.ln()).exp()
    }

    /// ∫ x^-s dx from 1 to `x`; continuous at s = 1, where it is the logarithm.
    fn integral(&self, x: f64) -> f64 {
        let log = x.ln();
        growth((1.0 - self.exponent) * log) * log
    }

    /// The `x` for which [`Self::integral`] is `area`.
    fn integral_inverse(&self, area: f64) -> f64 {
        // Rounding may lead below -1, where the logarithm ends.
        let t = (area * (1.0 - self.exponent)).max(-1.0);
        (log_growth(t) * area).exp()
    }
}

/// (e^x − 1) / x, and its limit 1 at 0.
fn growth(x: f64) -> f64 {
    if x.abs() > 1e-8 { x.exp_m1() / x } else { 1.0 + x / 2.0 }
}

/// ln(1 + x) / x, and its limit 1 at 0.
fn log_growth(x: f64) -> f64 {
    if x.abs() > 1e-8 { x.ln_1p() / x } else { 1.0 - x / 2.0 }
}
