//! How well a quantile is known from its samples alone, without assuming a shape.
//!
//! The number of samples at or below the true quantile is binomial, so two order statistics enclose it with a
//! known probability (David and Nagaraja, "Order Statistics", 3rd edition, section 7.1). Holds for independent
//! samples; requests that queue behind each other are not quite, so the interval is the least doubt there is.

use dyno_model::Histogram;

mod binomial;

/// The interval in nanoseconds that holds the true quantile `q` with at least this confidence.
///
/// `q` and `confidence` are shares, 0 to 1. `None` when there are too few samples to enclose the quantile: the
/// upper end would lie beyond the largest one.
#[must_use]
pub fn quantile_interval(histogram: &Histogram, q: f64, confidence: f64) -> Option<(u64, u64)> {
    let (low, high) = ranks(histogram.count(), q, confidence)?;
    Some((value_at_rank(histogram, low), value_at_rank(histogram, high)))
}

/// The one-based ranks of the two samples that enclose the quantile.
pub(crate) fn ranks(count: u64, q: f64, confidence: f64) -> Option<(u64, u64)> {
    if count == 0 || !(0.0..1.0).contains(&confidence) || q <= 0.0 || q >= 1.0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    // P(X < low) ≤ tail and P(X ≥ high) ≤ tail, with X the number of samples at or below the quantile.
    let low = binomial::largest_with_tail_below(count, q, tail);
    let high = count + 1 - binomial::largest_with_tail_below(count, 1.0 - q, tail);
    (low >= 1 && high <= count).then_some((low, high))
}

/// The value of the sample with this one-based rank, to bucket precision.
fn value_at_rank(histogram: &Histogram, rank: u64) -> u64 {
    let mut seen = 0;
    let found = histogram.buckets().into_iter().find(|(_, count)| {
        seen += count;
        seen >= rank
    });
    found.map_or(histogram.max(), |(value, _)| value.min(histogram.max()))
}

#[cfg(test)]
mod tests;
