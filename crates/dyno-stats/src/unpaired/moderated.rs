//! One new session against a few stored ones, with a variance that borrows from other cells.
//!
//! The method is the moderated t of Smyth, "Linear models and empirical Bayes methods for assessing differential
//! expression", Statistical Applications in Genetics and Molecular Biology 3 (2004), sections 3 and 4, for a
//! prediction: the variance of a cell is drawn towards that of all cells of its kind, as far as these agree.

use super::moments;
use super::welch::Difference;

/// Stored sessions that are needed when nothing is known of other cells.
pub const SESSIONS_LEAST: usize = 8;
/// Stored sessions that are enough with a [`Prior`].
pub const SESSIONS_LEAST_WITH_PRIOR: usize = 4;
/// Cells that a prior needs: with fewer, their agreement is chance.
const CELLS_LEAST: usize = 3;
/// More degrees of freedom are as good as infinitely many.
const DF_MOST: f64 = 1e6;

/// What the variances of a family of cells have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// How much it weighs, in degrees of freedom: many when all cells scatter alike.
    pub df: f64,
    /// The common variance.
    pub variance: f64,
}

/// A new session held against stored ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Mean of the stored sessions.
    pub mean: f64,
    /// New minus mean, with the error of a difference between a new session and that mean.
    pub difference: Difference,
    /// The standard deviation between sessions, moderated.
    pub sigma: f64,
    /// How many sessions are stored.
    pub sessions: usize,
}

/// Fits the prior to sample variances with their degrees of freedom, by moments of their logarithms.
///
/// `None` with fewer than three cells whose variance is positive.
#[must_use]
pub fn prior(variances: &[(f64, f64)]) -> Option<Prior> {
    let known: Vec<(f64, f64)> =
        variances.iter().copied().filter(|(variance, df)| *variance > 0.0 && *df >= 1.0).collect();
    if known.len() < CELLS_LEAST {
        return None;
    }
    let e: Vec<f64> =
        known.iter().map(|(variance, df)| variance.ln() - digamma(df / 2.0) + (df / 2.0).ln()).collect();
    let (mean, scatter) = moments(&e)?;
    let expected = known.iter().map(|(_, df)| trigamma(df / 2.0)).sum::<f64>() / known.len() as f64;
    // What the variances scatter beyond what their own few sessions explain.
    let beyond = scatter - expected;
    let df = if beyond > 0.0 { (2.0 * trigamma_inverse(beyond)).min(DF_MOST) } else { DF_MOST };
    let variance = (mean + digamma(df / 2.0) - (df / 2.0).ln()).exp();
    Some(Prior { df, variance })
}

/// Holds a new session against stored ones. `None` with too few of them.
#[must_use]
pub fn predict(stored: &[f64], new: f64, prior: Option<Prior>) -> Option<Prediction> {
    let least = if prior.is_some() { SESSIONS_LEAST_WITH_PRIOR } else { SESSIONS_LEAST };
    if stored.len() < least {
        return None;
    }
    let (mean, variance) = moments(stored)?;
    let (k, own) = (stored.len() as f64, (stored.len() - 1) as f64);
    let (squares, df) = match prior {
        Some(prior) => (prior.df * prior.variance + own * variance, prior.df + own),
        None => (own * variance, own),
    };
    let sigma = (squares / df).sqrt();
    let difference = Difference { point: new - mean, error: sigma * (1.0 + 1.0 / k).sqrt(), df };
    Some(Prediction { mean, difference, sigma, sessions: stored.len() })
}

/// The derivative of the logarithm of the gamma function, for positive `x`: recurrence up to 6, then the asymptotic
/// series (Abramowitz and Stegun 6.3.5 and 6.3.18), to 1e-10.
fn digamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 6.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r / 132.0))));
    x.ln() - 0.5 / x - series - below
}

/// The derivative of [`digamma`] (Abramowitz and Stegun 6.4.6 and 6.4.12), to 1e-9.
fn trigamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 6.0 {
        below += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = 1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r * (1.0 / 30.0 - r * 5.0 / 66.0)));
    below + 1.0 / x + r / 2.0 + r / x * series
}

/// The positive `x` with `trigamma(x) = y`, by halving: it falls from infinity to zero.
fn trigamma_inverse(y: f64) -> f64 {
    let (mut low, mut high) = (1e-8, 1.0);
    while trigamma(high) > y && high < DF_MOST {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if trigamma(middle) > y { low = middle } else { high = middle }
    }
    low + (high - low) / 2.0
}

#[cfg(test)]
mod tests;
