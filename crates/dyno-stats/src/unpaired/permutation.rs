//! Sessions of two builds, compared by exchanging their labels.

use super::moments;
use crate::random::SplitMix64;

/// Labelings up to which all are tried.
const EXACT_MOST: f64 = 50_000.0;
/// Labelings drawn beyond that.
const DRAWS: u32 = 50_000;

/// One-sided p of "the sessions of `b` lie above those of `a` by more than `null`", by the studentised permutation
/// test (Janssen, "Studentized permutation tests for non-i.i.d. hypotheses", 1997; Chung and Romano, 2013).
///
/// Exact when only the labels differ, and right in the limit when the spreads differ too. All labelings are tried up
/// to 50,000, else as many are drawn with the seed. 1 with fewer than two values on a side.
#[must_use]
pub fn session_permutation(a: &[f64], b: &[f64], null: f64, seed: u64) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 1.0;
    }
    let shifted = b.iter().map(|value| value - null);
    let mut pooled: Vec<f64> = a.iter().copied().chain(shifted).collect();
    let observed = studentised(&pooled[..a.len()], &pooled[a.len()..]);
    // Sums in another order differ in the last digits; equal labelings must count as equal.
    let bar = if observed.is_finite() { observed - 1e-9 * observed.abs() } else { observed };
    if labelings(pooled.len(), a.len()) <= EXACT_MOST {
        let (mut hits, mut count) = (0_u64, 0_u64);
        let mut chosen: Vec<usize> = (0..a.len()).collect();
        loop {
            let (left, right) = split(&pooled, &chosen);
            count += 1;
            hits += u64::from(studentised(&left, &right) >= bar);
            if !next_choice(&mut chosen, pooled.len()) {
                return hits as f64 / count as f64;
            }
        }
    }
    let mut random = SplitMix64::new(seed);
    let mut hits = 0_u32;
    for _ in 0..DRAWS {
        random.shuffle(&mut pooled);
        hits += u32::from(studentised(&pooled[..a.len()], &pooled[a.len()..]) >= bar);
    }
    f64::from(1 + hits) / f64::from(1 + DRAWS)
}

/// The smallest p that so many sessions can give.
#[must_use]
pub fn permutation_least(a: usize, b: usize) -> f64 {
    1.0 / labelings(a + b, a).min(f64::from(1 + DRAWS))
}

/// The number of ways to choose `few` of `all`.
fn labelings(all: usize, few: usize) -> f64 {
    (0..few).fold(1.0, |ways, at| ways * (all - at) as f64 / (at + 1) as f64)
}

/// Difference of means over its error. Without any spread a difference is infinite, which keeps the order.
fn studentised(a: &[f64], b: &[f64]) -> f64 {
    let (Some((mean_a, variance_a)), Some((mean_b, variance_b))) = (moments(a), moments(b)) else {
        return 0.0;
    };
    let difference = mean_b - mean_a;
    let error = (variance_a / a.len() as f64 + variance_b / b.len() as f64).sqrt();
    if error > 0.0 {
        difference / error
    } else if difference == 0.0 {
        0.0
    } else {
        f64::INFINITY * difference.signum()
    }
}

fn split(pooled: &[f64], chosen: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let (mut left, mut right) = (Vec::with_capacity(chosen.len()), Vec::with_capacity(pooled.len()));
    let mut next = chosen.iter().peekable();
    for (at, value) in pooled.iter().enumerate() {
        if next.next_if(|chosen| **chosen == at).is_some() { left.push(*value) } else { right.push(*value) }
    }
    (left, right)
}

/// The next choice in lexicographic order; false after the last.
fn next_choice(chosen: &mut [usize], all: usize) -> bool {
    let few = chosen.len();
    let Some(at) = (0..few).rev().find(|at| chosen[*at] < all - few + at) else { return false };
    chosen[at] += 1;
    for later in at + 1..few {
        chosen[later] = chosen[later - 1] + 1;
    }
    true
}
