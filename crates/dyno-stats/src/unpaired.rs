//! Comparison of results that were not measured in turns: sessions, one session against many, one against one.
//!
//! Values are logarithms unless said otherwise, so differences are log ratios. A request is never a replicate: what
//! counts is the session, or within one run the block of neighbouring seconds. Not here: what a change means
//! (`dyno-verdict::stored`). Called by comparisons of stored results.

mod block;
mod bootstrap;
mod moderated;
mod permutation;
mod welch;

pub use block::{BLOCK_LEAST, autocorrelation_time, block_length, effective_samples};
pub use bootstrap::{Bootstrap, INTERVALS_LEAST};
pub use moderated::{Prediction, Prior, SESSIONS_LEAST, SESSIONS_LEAST_WITH_PRIOR, predict, prior};
pub use permutation::{permutation_least, session_permutation};
pub use welch::{Difference, satterthwaite, welch};

/// Arithmetic mean and unbiased variance; `None` with fewer than two values.
fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, squares / (values.len() - 1) as f64))
}

#[cfg(test)]
mod tests;
