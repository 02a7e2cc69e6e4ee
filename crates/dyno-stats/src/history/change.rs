//! Points from which a series is another one.
//!
//! E-divisive (Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate data",
//! Journal of the American Statistical Association 2014): the split that makes both parts most unlike by the energy
//! distance, accepted when few permutations of the series find such a split; then the same within the parts. The
//! maximum over all splits is inside the test, so looking everywhere costs nothing.

use crate::random::SplitMix64;

/// Sessions on each side of a change: one far-out session is no change.
pub const POINTS_LEAST: usize = 3;
/// The level of the test. A simulation in the tests shows that a history watched after every session then gives less
/// than one false point in a thousand sessions.
pub const CHANGE_LEVEL: f64 = 0.001;

/// Permutations at most; enough for p below the level.
const DRAWS_MOST: u32 = 4_999;
/// With so many permutations as good as the series itself, nothing can be found any more.
const HITS_MOST: u32 = 10;

/// A session from which on the series is another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Zero-based index of the first session after the change.
    pub at: usize,
    /// The share of permutations with such a split.
    pub p: f64,
    /// Median of the part before it.
    pub before: f64,
    /// Median of the part after it.
    pub after: f64,
}

/// All change points of a series, ascending, at this level. The seed draws the permutations.
#[must_use]
pub fn change_points(series: &[f64], level: f64, seed: u64) -> Vec<ChangePoint> {
    let mut random = SplitMix64::new(seed);
    let mut found: Vec<(usize, f64)> = Vec::new();
    let mut parts = vec![(0, series.len())];
    while let Some((start, end)) = parts.pop() {
        if let Some((split, p)) = divide(&series[start..end], level, &mut random) {
            found.push((start + split, p));
            parts.extend([(start, start + split), (start + split, end)]);
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let borders: Vec<usize> =
        std::iter::once(0).chain(found.iter().map(|(at, _)| *at)).chain([series.len()]).collect();
    let median = |from: usize, to: usize| crate::paired::median(&series[from..to]).unwrap_or(f64::NAN);
    found
        .iter()
        .enumerate()
        .map(|(index, (at, p))| ChangePoint {
            at: *at,
            p: *p,
            before: median(borders[index], *at),
            after: median(*at, borders[index + 2]),
        })
        .collect()
}

/// The index from which the series has not changed any more: 0 without a change.
#[must_use]
pub fn last_change(series: &[f64], level: f64, seed: u64) -> usize {
    change_points(series, level, seed).last().map_or(0, |point| point.at)
}

/// The best split of a part, when it is better than chance.
fn divide(part: &[f64], level: f64, random: &mut SplitMix64) -> Option<(usize, f64)> {
    if part.len() < 2 * POINTS_LEAST || part.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let (split, observed) = best_split(part);
    if observed <= 0.0 {
        return None;
    }
    let bar = observed * (1.0 - 1e-9);
    let mut shuffled = part.to_vec();
    let (mut hits, mut draws) = (0_u32, 0_u32);
    while draws < DRAWS_MOST {
        random.shuffle(&mut shuffled);
        draws += 1;
        hits += u32::from(best_split(&shuffled).1 >= bar);
        if hits == HITS_MOST {
            // Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 1991.
            let p = f64::from(hits) / f64::from(draws);
            return (p <= level).then_some((split, p));
        }
    }
    let p = f64::from(1 + hits) / f64::from(1 + draws);
    (p <= level).then_some((split, p))
}

/// The split with the largest scaled energy distance between both sides, and that distance.
fn best_split(part: &[f64]) -> (usize, f64) {
    let n = part.len();
    let distance_to = |at: usize, others: std::ops::Range<usize>| -> f64 {
        part[others].iter().map(|other| (part[at] - other).abs()).sum()
    };
    let total: f64 = (0..n).map(|at| distance_to(at, at + 1..n)).sum();
    // Sums of distances of pairs within the left, within the right; what remains is between them.
    let (mut left, mut right, mut best) = (0.0, total, (POINTS_LEAST, 0.0));
    for split in 1..=n - POINTS_LEAST {
        let moved = split - 1;
        left += distance_to(moved, 0..moved);
        right -= distance_to(moved, split..n);
        if split < POINTS_LEAST {
            continue;
        }
        let (a, b) = (split as f64, (n - split) as f64);
        let between = total - left - right;
        let energy = 2.0 * between / (a * b) - 2.0 * left / (a * (a - 1.0)) - 2.0 * right / (b * (b - 1.0));
        let scaled = energy * a * b / (a + b);
        if scaled > best.1 {
            best = (split, scaled);
        }
    }
    best
}
