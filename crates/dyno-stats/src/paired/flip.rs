//! The sign-flip test: exact for any number of quads, any distribution, any drift.
//!
//! Under "the candidate changes nothing beyond the bias" the coin that chose the order of a quad decides the sign
//! of what is left (Fisher, "The Design of Experiments", 1935, section 21). So the share of sign vectors whose sum is as
//! large as the one seen is the probability of seeing it by chance.

use crate::random::SplitMix64;

use super::location::median;

/// Up to this many quads all sign vectors are counted; beyond, they are drawn.
pub const EXACT_MOST: usize = 32;

/// Drawn sign vectors beyond [`EXACT_MOST`] quads.
const DRAWS: u32 = 200_000;

/// Values beyond this many robust standard deviations count as if they lay there.
const WINSOR_SIGMAS: f64 = 3.0;

/// Makes a median of absolute values the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// One-sided probability, 0 to 1, of so large a sum if the values were as likely above `null` as below.
///
/// Small means: larger than `null`. Values far out are pulled in symmetrically first, which costs no exactness
/// because it looks at distances only. Never below `1 / 2^n`; 1 without values or with one that is not a number.
/// The seed matters beyond [`EXACT_MOST`] values only.
#[must_use]
pub fn sign_flip(x: &[f64], null: f64, seed: u64) -> f64 {
    if x.is_empty() || x.iter().any(|value| !(value - null).is_finite()) {
        return 1.0;
    }
    let distances = winsorised(x, null);
    let all: f64 = distances.iter().map(|g| g.abs()).sum();
    // A sum is as large as the one seen when the distances that were made negative are as small in sum.
    let negative: f64 = distances.iter().filter(|g| **g < 0.0).map(|g| -g).sum();
    let most = negative + all * 1e-10;
    let sizes: Vec<f64> = distances.iter().map(|g| g.abs()).collect();
    if sizes.len() <= EXACT_MOST {
        // 2^32 is exact in an f64.
        subsets_at_most(&sizes, most) as f64 / (1u64 << sizes.len()) as f64
    } else {
        let hits = drawn_at_most(&sizes, most, seed);
        f64::from(1 + hits) / f64::from(1 + DRAWS)
    }
}

fn winsorised(x: &[f64], null: f64) -> Vec<f64> {
    let distances: Vec<f64> = x.iter().map(|value| value - null).collect();
    let sizes: Vec<f64> = distances.iter().map(|distance| distance.abs()).collect();
    let scale = median(&sizes).unwrap_or(0.0);
    // When more than half are zero there is no scale, and nothing to pull in.
    let most = if scale > 0.0 { WINSOR_SIGMAS * MAD_TO_SIGMA * scale } else { f64::INFINITY };
    distances.iter().map(|distance| distance.clamp(-most, most)).collect()
}

/// How many of the `2^n` subsets have a sum of `most` or less.
///
/// Meets in the middle: the sums of each half in order, and for each of the one the last that fits of the other.
/// That is `2^(n/2)` steps where counting one by one (by a Gray code) is `2^n`.
fn subsets_at_most(sizes: &[f64], most: f64) -> u64 {
    let (left, right) = sizes.split_at(sizes.len() / 2);
    let (left, right) = (subset_sums(left), subset_sums(right));
    let mut fitting = right.len();
    let mut count = 0;
    for sum in left {
        while fitting > 0 && sum + right[fitting - 1] > most {
            fitting -= 1;
        }
        count += fitting as u64;
    }
    count
}

/// The sums of all subsets, ascending.
fn subset_sums(sizes: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for size in sizes {
        sums = merged(&sums, &sums, *size);
    }
    sums
}

/// Two ascending lists as one, the second one with something added to each.
pub(super) fn merged(a: &[f64], b: &[f64], added: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] <= b[j] + added {
            out.push(a[i]);
            i += 1;
        } else {
            out.push(b[j] + added);
            j += 1;
        }
    }
    out.extend_from_slice(&a[i..]);
    out.extend(b[j..].iter().map(|value| value + added));
    out
}

fn drawn_at_most(sizes: &[f64], most: f64, seed: u64) -> u32 {
    let mut random = SplitMix64::new(seed);
    let mut hits = 0;
    for _ in 0..DRAWS {
        let mut sum = 0.0;
        for chunk in sizes.chunks(64) {
            let signs = random.bits();
            sum += chunk
                .iter()
                .enumerate()
                .filter(|(i, _)| signs >> i & 1 == 1)
                .map(|(_, size)| size)
                .sum::<f64>();
        }
        hits += u32::from(sum <= most);
    }
    hits
}

/// The shifts that the sign-flip test does not refute on either side: an interval with this confidence (0 to 1).
///
/// Narrower than [`super::median_interval`], and exact where the values are symmetric around the true shift. `None`
/// when there are too few values for the confidence.
#[must_use]
pub fn flip_interval(x: &[f64], confidence: f64, seed: u64) -> Option<(f64, f64)> {
    let tail = (1.0 - confidence) / 2.0;
    if x.iter().any(|value| !value.is_finite()) || 0.5f64.powi(x.len() as i32) > tail {
        return None;
    }
    let (least, most) =
        x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let mirrored: Vec<f64> = x.iter().map(|value| -value).collect();
    let low = crossing(least, most, |shift| sign_flip(x, shift, seed) <= tail);
    let high = -crossing(-most, -least, |shift| sign_flip(&mirrored, shift, seed) <= tail);
    Some((low, high))
}

/// The largest shift that is still refuted, to a billionth of the range; the range itself is always refuted at its start.
pub(super) fn crossing(mut low: f64, mut high: f64, is_refuted: impl Fn(f64) -> bool) -> f64 {
    let exact = (high - low) * 1e-9;
    while high - low > exact {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if is_refuted(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
