//! What so many quads can find.

use crate::special::{t_cdf, t_quantile};

/// The smallest effect beyond the bias that a one-sided test of level `alpha` finds with probability `power`.
///
/// In the unit of `sigma`, the standard deviation of one quad. By Student's t, which the sign-flip test comes close to:
/// `(t(1 − alpha) + t(power)) · sigma / √quads` with `quads − 1` degrees of freedom. Infinite when no outcome of
/// so few quads is below `alpha`.
#[must_use]
pub fn detectable(sigma: f64, quads: usize, alpha: f64, power: f64) -> f64 {
    if quads < 2 || quads < quads_least(alpha, 1) {
        return f64::INFINITY;
    }
    let df = (quads - 1) as f64;
    (t_quantile(1.0 - alpha, df) + t_quantile(power, df)) * sigma / (quads as f64).sqrt()
}

/// The probability with which a one-sided test of level `alpha` finds an effect of this size beyond the bias; the
/// inverse of [`detectable`].
#[must_use]
pub fn power(effect: f64, sigma: f64, quads: usize, alpha: f64) -> f64 {
    if quads < 2 || quads < quads_least(alpha, 1) {
        return 0.0;
    }
    let df = (quads - 1) as f64;
    t_cdf(effect / sigma * (quads as f64).sqrt() - t_quantile(1.0 - alpha, df), df)
}

/// The fewest quads whose best outcome is at or below `alpha` after correction for so many cells: `⌈log2(cells / alpha)⌉`.
#[must_use]
pub fn quads_least(alpha: f64, cells: usize) -> usize {
    let log = (cells.max(1) as f64 / alpha).log2();
    // A power of two is met exactly; rounding of the logarithm must not ask for one quad more.
    (log - 1e-9).ceil().max(1.0) as usize
}
