//! A quantile as a weighted mean of all order statistics near it.

use dyno_model::Histogram;

use crate::special::beta_cdf;

/// Weights this many standard deviations from the quantile are zero to fifteen digits.
const REACH: f64 = 9.0;

/// The quantile `q` (0 to 1, both excluded) after Harrell and Davis (Biometrika 1982), in the unit of the values.
///
/// Smoother than the sample quantile, which jumps where samples are few. The weight of a bucket is what the
/// distribution Beta((n + 1) q, (n + 1) (1 − q)) gives to its share of the ranks. `None` when empty or `q` is outside.
#[must_use]
pub fn harrell_davis(histogram: &Histogram, q: f64) -> Option<f64> {
    let n = histogram.count() as f64;
    if n == 0.0 || q <= 0.0 || q >= 1.0 {
        return None;
    }
    let (a, b) = ((n + 1.0) * q, (n + 1.0) * (1.0 - q));
    let deviation = (q * (1.0 - q) / (n + 2.0)).sqrt();
    let weight_below = |share: f64| match (share - q) / deviation {
        far if far < -REACH && n > 1000.0 => 0.0,
        far if far > REACH && n > 1000.0 => 1.0,
        _ => beta_cdf(a, b, share),
    };
    let (mut seen, mut below, mut sum) = (0.0, 0.0, 0.0);
    for (value, count) in histogram.buckets() {
        seen += count as f64;
        let up_to_here = weight_below(seen / n);
        sum += (up_to_here - below) * value as f64;
        below = up_to_here;
    }
    Some(sum)
}
