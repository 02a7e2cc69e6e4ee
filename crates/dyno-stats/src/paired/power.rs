//! What so many quads can find.

use super::orders::arrangements;
use crate::special::{normal_cdf, normal_quantile, t_cdf, t_quantile};

/// How much more a median scatters than a mean, for normal values: `√(π / 2)`.
const MEDIAN_OVER_MEAN: f64 = 1.253_314;

/// With more quads than these there are more arrangements than an `f64` can count.
const QUADS_MOST: usize = 1_000;

/// The smallest effect beyond the bias that a one-sided test of level `alpha` finds with probability `power`.
///
/// In the unit of `sigma`, the standard deviation of one quad. By Student's t, which the test of orders comes close to:
/// `(t(1 − alpha) + t(power)) · sigma / √quads` with `quads − 2` degrees of freedom, of which the places cost one. Infinite
/// when no outcome of so few quads is below `alpha`.
#[must_use]
pub fn detectable(sigma: f64, quads: usize, alpha: f64, power: f64) -> f64 {
    if quads < 3 || quads < quads_least(alpha, 1) {
        return f64::INFINITY;
    }
    let df = (quads - 2) as f64;
    (t_quantile(1.0 - alpha, df) + t_quantile(power, df)) * sigma / (quads as f64).sqrt()
}

/// What a rule of two conditions promises to find: a test of more than the bias, and a median at or above a tolerance.
///
/// Made once for a number of quads and a level, asked for each scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    quads: f64,
    power: f64,
    /// The value that the test's t has to reach.
    critical: f64,
    /// In units of the mean's and the median's error: what each condition needs for `power` and for its square root.
    needs: [(f64, f64); 2],
    is_possible: bool,
}

impl Promise {
    /// For so many quads, a one-sided test of level `alpha`, and this probability of finding.
    #[must_use]
    pub fn new(quads: usize, alpha: f64, power: f64) -> Self {
        let is_possible = quads >= 3 && quads >= quads_least(alpha, 1);
        let df = (quads.max(3) - 2) as f64;
        let critical = t_quantile(1.0 - alpha, df);
        let need = |probability: f64| (critical + t_quantile(probability, df), normal_quantile(probability));
        Self {
            quads: quads.max(3) as f64,
            power,
            critical,
            needs: [need(power), need(power.sqrt())],
            is_possible,
        }
    }

    /// The smallest effect that meets both conditions with the probability, at this standard deviation of a quad; infinite
    /// when no outcome of so few quads can.
    ///
    /// The conditions are taken to be independent, which promises a little less than is kept.
    #[must_use]
    pub fn smallest(&self, sigma: f64, bias: f64, tolerance: f64) -> f64 {
        if !self.is_possible {
            return f64::INFINITY;
        }
        let of_mean = sigma / self.quads.sqrt();
        let of_median = MEDIAN_OVER_MEAN * of_mean;
        let [mut low, mut high] =
            self.needs.map(|(t, z)| (bias + t * of_mean).max(tolerance + z * of_median));
        if of_mean <= 0.0 || !high.is_finite() {
            return high;
        }
        // What lies between is narrow; eight halvings leave less than a hundredth of it.
        for _ in 0..8 {
            let middle = f64::midpoint(low, high);
            let test = t_cdf((middle - bias) / of_mean - self.critical, self.quads - 2.0);
            let both = test * normal_cdf((middle - tolerance) / of_median);
            if both < self.power {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// The fewest quads whose best outcome is at or below `alpha` after correction for so many cells: as many as have `cells /
/// alpha` arrangements of their orders.
///
/// No number of quads reaches an `alpha` of 0; it gives `u32::MAX`.
#[must_use]
pub fn quads_least(alpha: f64, cells: usize) -> usize {
    // The quotient of an alpha such as 1/70 must not ask for one quad more by its rounding.
    let wanted = cells.max(1) as f64 / alpha * (1.0 - 1e-9);
    (1..=QUADS_MOST).find(|quads| arrangements(*quads, quads / 2) >= wanted).unwrap_or(u32::MAX as usize)
}
