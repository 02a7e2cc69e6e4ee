//! Where the values of the quads lie, and how well that is known without assuming a shape.

use crate::interval::ranks;

/// The median; the mean of the middle two for an even count. `None` without values or with one that is not a number.
#[must_use]
pub fn median(x: &[f64]) -> Option<f64> {
    let sorted = sorted(x)?;
    let middle = sorted.len() / 2;
    Some(if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    })
}

/// Two values that enclose the true median with at least this confidence (0 to 1): order statistics of the sign test.
///
/// Assumes independent values and nothing else, no symmetry (David and Nagaraja, "Order Statistics", section 7.1).
/// `None` when there are too few values: six are needed for 95 %.
#[must_use]
pub fn median_interval(x: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let sorted = sorted(x)?;
    let (low, high) = ranks(sorted.len() as u64, 0.5, confidence)?;
    Some((sorted[low as usize - 1], sorted[high as usize - 1]))
}

/// The median of the means of all pairs, each value with itself included (Hodges and Lehmann, 1963).
///
/// Better than the median for symmetric values, and as safe against single ones far out. `None` as for [`median`].
#[must_use]
pub fn hodges_lehmann(x: &[f64]) -> Option<f64> {
    let means: Vec<f64> =
        x.iter().enumerate().flat_map(|(i, a)| x[i..].iter().map(move |b| f64::midpoint(*a, *b))).collect();
    median(&means)
}

fn sorted(x: &[f64]) -> Option<Vec<f64>> {
    if x.is_empty() || x.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}
