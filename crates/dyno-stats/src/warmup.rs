//! When has a warm-up ended? Finds the moment from which a series no longer drifts.
//!
//! The method is MSER-5 (White, Cobb and Spratt, "A comparison of five steady-state truncation heuristics for
//! simulation", Winter Simulation Conference 2000): average the series in batches of five, and cut off the
//! start that makes the standard error of the mean of the rest smallest. The series has converged when the cut
//! lies inside its first half and not at the edge of it. A slope test on the rest is added, because MSER accepts a slow steady drift.

/// How many slices make one batch. With slices of 100 to 200 ms a batch is half a second to a second.
pub const BATCH: usize = 5;

/// With fewer batches the cut is chance.
pub const BATCHES_LEAST: usize = 6;

/// A cut in the last tenth of the first half, which is all that is searched, may only be the edge of the search.
const CUT_SHARE_MOST: f64 = 0.45;

/// When both halves of what follows a cut agree within this share, the edge of the search is a fine place to cut.
const HALVES_AGREE: f64 = 0.025;

/// A drift over the steady part below this share of its mean is not felt in a result.
const DRIFT_FELT: f64 = 0.05;

/// A slope this many standard errors from zero is a drift and not noise.
const SLOPE_ERRORS: f64 = 3.0;

/// Whether both series, taken from equal slices of time since the start of load, have stopped drifting.
///
/// `means` are mean response times and `rates` completions per second; the unit does not matter. Ask after every
/// slice: `false` while there are too few slices (30), later when either series still rises or falls.
#[must_use]
pub fn is_steady(means: &[f64], rates: &[f64]) -> bool {
    series_is_steady(means) && series_is_steady(rates)
}

/// How many slices at the start of a series belong to its warm-up, by MSER-5; `None` with too few slices.
#[must_use]
pub fn warmup_length(series: &[f64]) -> Option<usize> {
    Some(cut(&batches(series)?) * BATCH)
}

fn series_is_steady(series: &[f64]) -> bool {
    let Some(batches) = batches(series) else { return false };
    let cut = cut(&batches);
    let is_inside = cut as f64 <= batches.len() as f64 * CUT_SHARE_MOST;
    (is_inside || halves_agree(&batches[cut..])) && !drifts(&batches[cut..])
}

fn halves_agree(batches: &[f64]) -> bool {
    let (first, second) = batches.split_at(batches.len() / 2);
    (mean(first) - mean(second)).abs() <= HALVES_AGREE * mean(second).abs()
}

/// Means of five neighbours each. The newest slices fill whole batches; the rest is left out at the start.
fn batches(series: &[f64]) -> Option<Vec<f64>> {
    let finite: Vec<f64> = series.iter().copied().filter(|value| value.is_finite()).collect();
    let skip = finite.len() % BATCH;
    let means: Vec<f64> = finite[skip..].chunks_exact(BATCH).map(mean).collect();
    (means.len() >= BATCHES_LEAST).then_some(means)
}

/// The cut in the first half that makes the squared standard error of the rest smallest.
fn cut(batches: &[f64]) -> usize {
    let error = |cut: usize| {
        let rest = &batches[cut..];
        sum_of_squares(rest) / (rest.len() as f64).powi(2)
    };
    (0..=batches.len() / 2).min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap_or(0)
}

/// Whether a line through the values has a slope that is both certain and large enough to matter.
fn drifts(values: &[f64]) -> bool {
    let count = values.len() as f64;
    let (middle, level) = ((count - 1.0) / 2.0, mean(values));
    let spread: f64 = (0..values.len()).map(|at| (at as f64 - middle).powi(2)).sum();
    if spread == 0.0 || count < 3.0 {
        return false;
    }
    let slope =
        values.iter().enumerate().map(|(at, value)| (at as f64 - middle) * (value - level)).sum::<f64>()
            / spread;
    let fitted = |at: usize| level + slope * (at as f64 - middle);
    let residual: f64 = values.iter().enumerate().map(|(at, value)| (value - fitted(at)).powi(2)).sum();
    let error = (residual / (count - 2.0) / spread).sqrt();
    let is_certain = slope.abs() > SLOPE_ERRORS * error;
    is_certain && (slope * (count - 1.0)).abs() > DRIFT_FELT * level.abs()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sum_of_squares(values: &[f64]) -> f64 {
    let level = mean(values);
    values.iter().map(|value| (value - level).powi(2)).sum()
}

#[cfg(test)]
mod tests;
