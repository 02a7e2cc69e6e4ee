//! How long neighbouring seconds of a run resemble each other.

use super::moments;

/// Blocks of a bootstrap are at least this long, whatever the series says.
pub const BLOCK_LEAST: f64 = 3.0;
/// A bootstrap needs at least five blocks.
const BLOCKS_LEAST: f64 = 5.0;

/// The mean block length of the stationary bootstrap for this series (Politis and White, "Automatic block-length
/// selection for the dependent bootstrap", Econometric Reviews 2004, with the correction of Patton, Politis and White,
/// 2009), held between 3 and a fifth of the series.
#[must_use]
pub fn block_length(series: &[f64]) -> f64 {
    let n = series.len() as f64;
    let most = (n / BLOCKS_LEAST).max(1.0);
    let found = covariances(series).map_or(BLOCK_LEAST, |covariances| {
        let lags = significant_lags(&covariances, n);
        let window = |lag: usize| {
            let share = lag as f64 / (2 * lags) as f64;
            if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) }
        };
        let last = (2 * lags).min(covariances.len() - 1);
        let (mut spectrum, mut slope) = (covariances[0], 0.0);
        for (lag, covariance) in covariances.iter().enumerate().take(last + 1).skip(1) {
            spectrum += 2.0 * window(lag) * covariance;
            slope += 2.0 * window(lag) * lag as f64 * covariance;
        }
        if spectrum > 0.0 { (slope.powi(2) / spectrum.powi(2)).cbrt() * n.cbrt() } else { most }
    });
    found.max(BLOCK_LEAST).min(most)
}

/// How many lags of the series still resemble it: the first run of insignificant correlations ends them.
fn significant_lags(covariances: &[f64], n: f64) -> usize {
    let band = 2.0 * (n.log10() / n).sqrt();
    let quiet_least = (n.log10().sqrt().ceil() as usize).max(5);
    let is_quiet = |lag: usize| covariances.get(lag).is_none_or(|c| (c / covariances[0]).abs() < band);
    let last = covariances.len() - 1;
    (0..last).find(|lag| (lag + 1..=lag + quiet_least).all(is_quiet)).unwrap_or(last).max(1)
}

/// Autocovariances from lag 0 up; `None` without spread.
fn covariances(series: &[f64]) -> Option<Vec<f64>> {
    let (mean, variance) = moments(series)?;
    if variance <= 0.0 {
        return None;
    }
    let n = series.len();
    let most = ((n as f64).sqrt().ceil() as usize + 10).min(n - 1);
    let at = |lag: usize| {
        (0..n - lag).map(|i| (series[i] - mean) * (series[i + lag] - mean)).sum::<f64>() / n as f64
    };
    Some((0..=most).map(at).collect())
}

/// How many neighbours say as much as one independent value: 1 for independent values, more when they resemble each
/// other (the integrated autocorrelation time, cut off by Geyer's initial positive sequence, 1992). At least 1.
#[must_use]
pub fn autocorrelation_time(series: &[f64]) -> f64 {
    let Some(covariances) = covariances(series) else { return 1.0 };
    let pairs = covariances.chunks_exact(2).map(|pair| pair[0] + pair[1]);
    let sum: f64 = pairs.take_while(|pair| *pair > 0.0).sum();
    (2.0 * sum / covariances[0] - 1.0).max(1.0)
}

/// How many independent values say as much as this series.
#[must_use]
pub fn effective_samples(series: &[f64]) -> f64 {
    series.len() as f64 / autocorrelation_time(series)
}
