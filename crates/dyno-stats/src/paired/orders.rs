//! The test of orders: exact for quads whose orders were drawn by [`super::schedule`], whatever disturbs them.
//!
//! Write `L1 … L4` for the logarithms of a quad's rounds by their *places*, and `u = (L2 + L3 − L1 − L4) / 2`. The effect
//! of a quad is `u` in the order ABBA and `−u` in BAAB. When the candidate changes nothing, the order decides nothing
//! about `u`, and the orders were drawn from all arrangements with as many ABBA as there are, each as likely. So the
//! share of arrangements whose sum is as large as the one seen is the probability of seeing it by chance (Fisher, "The
//! Design of Experiments", 1935; Edgington and Onghena, "Randomization Tests", chapter 4).
//!
//! What the places add by themselves, such as a cold first round, is the same in every `u`. All arrangements take as many
//! of them, so it cancels out of the comparison exactly, where a flip of signs would count it as noise. Nothing is assumed
//! of distributions, drift, or what quads have in common. Quads may be left out by any rule that treats both arms
//! alike: it leaves the same ones out whatever the orders were. Called by the gate of played comparisons.

use crate::random::SplitMix64;

use super::flip::{EXACT_MOST, crossing, merged};
use super::location::median;
use super::schedule::QuadOrder;

/// Drawn arrangements beyond [`EXACT_MOST`] quads.
const DRAWS: u32 = 50_000;

/// Values beyond this many robust standard deviations from the middle count as if they lay there.
const WINSOR_SIGMAS: f64 = 3.0;

/// Makes a median of absolute deviations the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// One-sided probability, 0 to 1, of effects so large if the candidate changed nothing beyond `null`.
///
/// `x` are the effects of quads, positive when the candidate's values are larger, and `orders` are theirs. Small means:
/// larger than `null`. What lies far out is pulled in first by a rule that does not know the orders, which costs no
/// exactness. Never below [`order_p_least`]; 1 without quads, or with an effect that is not a number. The seed matters
/// beyond [`EXACT_MOST`] quads only.
///
/// # Panics
/// When there are not as many orders as effects.
#[must_use]
pub fn order_test(x: &[f64], orders: &[QuadOrder], null: f64, seed: u64) -> f64 {
    assert_eq!(x.len(), orders.len(), "each effect has its order");
    if x.is_empty() || x.iter().any(|value| !(value - null).is_finite()) {
        return 1.0;
    }
    let by_place: Vec<f64> = x.iter().zip(orders).map(|(x, order)| order.sign() * (x - null)).collect();
    let values = winsorised(&by_place);
    let is_abba = |order: &QuadOrder| *order == QuadOrder::Abba;
    let count = orders.iter().filter(|order| is_abba(order)).count();
    let seen: f64 =
        values.iter().zip(orders).filter(|(_, order)| is_abba(order)).map(|(value, _)| value).sum();
    let least = seen - 1e-10 * values.iter().map(|value| value.abs()).sum::<f64>();
    if values.len() <= EXACT_MOST {
        // The largest count, of 16 among 32, is exact in an f64.
        subsets_at_least(&values, count, least) as f64 / arrangements(values.len(), count)
    } else {
        let hits = drawn_at_least(&values, count, least, seed);
        f64::from(1 + hits) / f64::from(1 + DRAWS)
    }
}

/// The smallest probability that [`order_test`] can give for these orders: one arrangement of all.
#[must_use]
pub fn order_p_least(orders: &[QuadOrder]) -> f64 {
    let count = orders.iter().filter(|order| **order == QuadOrder::Abba).count();
    if orders.len() <= EXACT_MOST {
        1.0 / arrangements(orders.len(), count)
    } else {
        1.0 / f64::from(1 + DRAWS)
    }
}

/// The effects that the test of orders does not refute on either side: an interval with this confidence (0 to 1).
///
/// Its ends are where [`order_test`], and the same test of the mirrored effects, reach half of what the confidence leaves.
/// `None` when there are too few quads for the confidence, or with an effect that is not a number.
#[must_use]
pub fn order_interval(x: &[f64], orders: &[QuadOrder], confidence: f64, seed: u64) -> Option<(f64, f64)> {
    let tail = (1.0 - confidence) / 2.0;
    if x.iter().any(|value| !value.is_finite()) || order_p_least(orders) > tail {
        return None;
    }
    let (least, most) =
        x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let mirrored: Vec<f64> = x.iter().map(|value| -value).collect();
    let low = crossing(least, most, |effect| order_test(x, orders, effect, seed) <= tail);
    let high = -crossing(-most, -least, |effect| order_test(&mirrored, orders, effect, seed) <= tail);
    Some((low, high))
}

/// The effects of quads without what the places add by themselves: what remains is what a quad says of the candidate.
///
/// The share of the places is half the sum of the medians of both orders, of which one has the effect added and the
/// other one taken away. Where only one order was played it is not known, and nothing is taken out.
#[must_use]
pub fn without_places(x: &[f64], orders: &[QuadOrder]) -> Vec<f64> {
    let middle = |order: QuadOrder| {
        let of_order = x.iter().zip(orders).filter(|(_, one)| **one == order);
        median(&of_order.map(|(x, _)| order.sign() * x).collect::<Vec<_>>())
    };
    let places = middle(QuadOrder::Abba).zip(middle(QuadOrder::Baab));
    let places = places.map_or(0.0, |(abba, baab)| f64::midpoint(abba, baab));
    x.iter().zip(orders).map(|(x, order)| x - order.sign() * places).collect()
}

/// Pulls in what lies far from the middle, and puts the middle at zero.
fn winsorised(values: &[f64]) -> Vec<f64> {
    let middle = median(values).unwrap_or(0.0);
    let centred: Vec<f64> = values.iter().map(|value| value - middle).collect();
    let distances: Vec<f64> = centred.iter().map(|value| value.abs()).collect();
    let scale = median(&distances).unwrap_or(0.0);
    // When more than half agree there is no scale, and nothing to pull in.
    let most = if scale > 0.0 { WINSOR_SIGMAS * MAD_TO_SIGMA * scale } else { f64::INFINITY };
    centred.into_iter().map(|value| value.clamp(-most, most)).collect()
}

/// In how many ways `count` of `of` quads can have the order ABBA.
pub(super) fn arrangements(of: usize, count: usize) -> f64 {
    // Every intermediate result is a binomial coefficient, so each division is exact.
    (1..=count.min(of - count)).fold(1.0, |ways, k| ways * (of - k + 1) as f64 / k as f64)
}

/// How many of the subsets with `count` members have a sum of `least` or more.
///
/// Meets in the middle: the sums of each half in order, by how many members they have, and for each of the one the first
/// that suffices of the other.
fn subsets_at_least(values: &[f64], count: usize, least: f64) -> u64 {
    let (left, right) = values.split_at(values.len() / 2);
    let (left, right) = (subset_sums(left), subset_sums(right));
    let mut hits = 0;
    for (members, sums) in left.iter().enumerate().filter(|(members, _)| *members <= count) {
        let Some(others) = right.get(count - members) else { continue };
        let mut insufficient = others.len();
        for sum in sums {
            while insufficient > 0 && sum + others[insufficient - 1] >= least {
                insufficient -= 1;
            }
            hits += (others.len() - insufficient) as u64;
        }
    }
    hits
}

/// The sums of all subsets, ascending, by the number of their members.
fn subset_sums(values: &[f64]) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![]; values.len() + 1];
    sums[0].push(0.0);
    for (known, value) in values.iter().enumerate() {
        for members in (0..=known).rev() {
            sums[members + 1] = merged(&sums[members + 1], &sums[members], *value);
        }
    }
    sums
}

fn drawn_at_least(values: &[f64], count: usize, least: f64, seed: u64) -> u32 {
    let mut random = SplitMix64::new(seed);
    let mut values = values.to_vec();
    let mut hits = 0;
    for _ in 0..DRAWS {
        // The front of a shuffle; what the last one left is as good a start as any.
        let mut sum = 0.0;
        for place in 0..count {
            let from = place + random.below((values.len() - place) as u64) as usize;
            values.swap(place, from);
            sum += values[place];
        }
        hits += u32::from(sum >= least);
    }
    hits
}
