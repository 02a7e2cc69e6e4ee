//! How evenly requests were really sent.
//!
//! Even spacing has a coefficient of variation near 0 and a dispersion near 0; a Poisson process has 1 and 1;
//! bursts have more. The engine reports both of what it sent, so that a report can say which it was.

/// Standard deviation over mean of the gaps between neighbouring starts; `None` with fewer than two gaps.
///
/// `starts_ns` must ascend. `None` too when all starts fall on the same nanosecond.
#[must_use]
pub fn coefficient_of_variation(starts_ns: &[u64]) -> Option<f64> {
    let gaps: Vec<f64> = starts_ns.windows(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64).collect();
    let (mean, variance) = mean_and_variance(&gaps)?;
    (mean > 0.0).then(|| variance.sqrt() / mean)
}

/// Variance over mean of counts in equal bins of time; `None` with fewer than two bins or no events.
#[must_use]
pub fn dispersion(counts: &[u64]) -> Option<f64> {
    let counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    let (mean, variance) = mean_and_variance(&counts)?;
    (mean > 0.0).then(|| variance / mean)
}

/// Mean and unbiased variance in one pass (Welford), which does not lose digits of large values.
fn mean_and_variance(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let (mut mean, mut squares) = (0.0, 0.0);
    for (before, value) in values.iter().enumerate() {
        let distance = value - mean;
        mean += distance / (before + 1) as f64;
        squares += distance * (value - mean);
    }
    Some((mean, squares / (values.len() - 1) as f64))
}

#[cfg(test)]
mod tests;
