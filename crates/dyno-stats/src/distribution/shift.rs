//! The shift function: how much each quantile moved.

use dyno_model::Histogram;

use super::harrell_davis;
use crate::quantile_interval;

/// Deciles, and the tail that people set limits for.
pub const SHIFT_QUANTILES: [f64; 12] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

/// One quantile of both distributions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The quantile, 0 to 1.
    pub q: f64,
    /// Of the first, in the unit of the values.
    pub a: f64,
    /// Of the second.
    pub b: f64,
    /// Ends of the band around the relative difference `b / a − 1`; `None` with too few samples in the tail.
    pub band: Option<(f64, f64)>,
}

/// Compares two distributions at [`SHIFT_QUANTILES`] (Doksum, Annals of Statistics 1974; quantiles after Harrell and
/// Davis). Empty when one of them is.
///
/// The band holds at all quantiles at once with this confidence, for independent samples: each side's order
/// statistics are taken at a level corrected for two sides and all quantiles. It knows nothing of other sessions.
#[must_use]
pub fn shift(a: &Histogram, b: &Histogram, confidence: f64) -> Vec<Shift> {
    let each = 1.0 - (1.0 - confidence) / (2 * SHIFT_QUANTILES.len()) as f64;
    let one = |q: f64| {
        let (value_a, value_b) = (harrell_davis(a, q)?, harrell_davis(b, q)?);
        let band =
            quantile_interval(a, q, each).zip(quantile_interval(b, q, each)).and_then(|(in_a, in_b)| {
                let change = |b: u64, a: u64| b as f64 / a as f64 - 1.0;
                (in_a.0 > 0).then(|| (change(in_b.0, in_a.1), change(in_b.1, in_a.0)))
            });
        Some(Shift { q, a: value_a, b: value_b, band })
    };
    SHIFT_QUANTILES.into_iter().filter_map(one).collect()
}
