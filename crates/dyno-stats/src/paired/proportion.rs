//! Shares of errors: their limits, and whether the candidate has more.

use crate::special::{beta_cdf, beta_quantile};

/// The exact interval of a share after Clopper and Pearson (1934), both ends 0 to 1, with this confidence (0 to 1).
///
/// Nothing seen in nothing is everything: 0 to 1.
#[must_use]
pub fn clopper_pearson(hits: u64, count: u64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    (
        1.0 - share_at_most(count.saturating_sub(hits), count, 1.0 - tail),
        share_at_most(hits, count, 1.0 - tail),
    )
}

/// The one-sided upper bound of a share with this confidence: no hit in `n` gives about `3 / n` at 95 %.
#[must_use]
pub fn share_at_most(hits: u64, count: u64, confidence: f64) -> f64 {
    if hits >= count {
        return 1.0;
    }
    beta_quantile(hits as f64 + 1.0, (count - hits) as f64, confidence)
}

/// One-sided probability, 0 to 1, of so many errors of the candidate if both arms had the same share.
///
/// Each entry is (attempts, errors) of an arm in one quad. Conditional on all errors, those of the candidate are
/// binomial (Przyborowski and Wilenski, 1940). Errors come in bursts, so counts are divided by their dispersion first:
/// Pearson's chi-square over its degrees of freedom within arms, at least 1. `null` is the excess of the
/// candidate's share that counts as nothing. 1 without attempts or errors.
#[must_use]
pub fn excess_errors(a: &[(u64, u64)], b: &[(u64, u64)], null: f64) -> f64 {
    let total = |arm: &[(u64, u64)]| {
        arm.iter().fold((0.0, 0.0), |sum: (f64, f64), (n, x)| (sum.0 + *n as f64, sum.1 + *x as f64))
    };
    let ((attempts_a, errors_a), (attempts_b, errors_b)) = (total(a), total(b));
    let excess = (errors_b - null * attempts_b).max(0.0);
    if attempts_a <= 0.0 || attempts_b <= 0.0 || excess <= 0.0 {
        return 1.0;
    }
    let (chi_a, df_a) = chi_square(a);
    let (chi_b, df_b) = chi_square(b);
    let dispersion = if df_a + df_b > 0.0 { ((chi_a + chi_b) / (df_a + df_b)).max(1.0) } else { 1.0 };
    let (errors, rest) = (excess / dispersion, errors_a / dispersion);
    // P(X ≥ errors) of errors + rest trials, through the beta function, which takes fractions as well.
    beta_cdf(errors, rest + 1.0, attempts_b / (attempts_a + attempts_b))
}

/// Pearson's chi-square of the arm's quads around its own share, with its degrees of freedom.
fn chi_square(arm: &[(u64, u64)]) -> (f64, f64) {
    let (attempts, errors) = arm.iter().fold((0, 0), |sum, (n, x)| (sum.0 + n, sum.1 + x));
    let share = errors as f64 / attempts.max(1) as f64;
    if share <= 0.0 || share >= 1.0 {
        return (0.0, 0.0);
    }
    let played = arm.iter().filter(|(n, _)| *n > 0);
    let chi = played
        .clone()
        .map(|(n, x)| (*x as f64 - *n as f64 * share).powi(2) / (*n as f64 * share * (1.0 - share)))
        .sum();
    (chi, (played.count() as f64 - 1.0).max(0.0))
}
