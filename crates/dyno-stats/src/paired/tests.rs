//! Exact values counted by hand or with rational numbers, laws as properties, the published table of power.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

mod orders;
mod planning;

fn near(found: f64, expected: f64, most: f64, of: &str) {
    assert!((found - expected).abs() <= most, "{of}: {found} instead of {expected}");
}

#[test]
fn a_quad_is_a_mean_log_ratio() {
    near(log_ratio([100.0, 100.0], [110.0, 110.0]).unwrap(), 1.1f64.ln(), 1e-12, "ten per cent");
    near(log_ratio([100.0, 200.0], [200.0, 100.0]).unwrap(), 0.0, 1e-12, "drift cancels");
    for broken in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(log_ratio([100.0, broken], [1.0, 1.0]), None, "{broken}");
        assert_eq!(log_ratio([1.0, 1.0], [broken, 1.0]), None, "{broken}");
    }
    near(difference([0.0, 0.0], [0.01, 0.03]).unwrap(), 0.02, 1e-12, "shares");
    assert_eq!(difference([0.0, f64::NAN], [0.0, 0.0]), None);
}

#[test]
fn schedules_are_balanced_and_replay() {
    for quads in 0..40 {
        let orders = schedule(5, quads);
        let abba = orders.iter().filter(|order| **order == QuadOrder::Abba).count();
        assert_eq!(orders.len(), quads);
        assert!(abba.abs_diff(quads - abba) <= 1, "{quads} quads: {abba} ABBA");
        assert_eq!(orders, schedule(5, quads));
    }
    let starts = (0..400).filter(|seed| schedule(*seed, 9)[0] == QuadOrder::Abba).count();
    assert!((150..250).contains(&starts), "{starts} of 400 start with ABBA");
}

#[test]
fn few_quads_are_counted_exactly() {
    let p = |x: &[f64]| sign_flip(x, 0.0, 1);
    assert_eq!(p(&[1.0; 8]), 1.0 / 256.0);
    assert_eq!(p(&[-1.0; 8]), 1.0);
    // As large as 1+2+3+4-5 when at most 5 is negative: none, each alone, and 1+2, 1+3, 1+4, 2+3.
    assert_eq!(p(&[1.0, 2.0, 3.0, 4.0, -5.0]), 10.0 / 32.0);
    // Without a scale nothing is pulled in: of 3 values that are not zero all must stay positive.
    assert_eq!(p(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), 1.0 / 8.0);
    assert_eq!(sign_flip(&[0.5, 0.5, 0.5], 0.5, 1), 1.0);
}

#[test]
fn what_is_no_number_is_no_evidence() {
    assert_eq!(sign_flip(&[], 0.0, 1), 1.0);
    assert_eq!(sign_flip(&[1.0, f64::NAN, 2.0], 0.0, 1), 1.0);
    assert_eq!(sign_flip(&[1.0, f64::INFINITY], 0.0, 1), 1.0);
    assert_eq!((median(&[]), median(&[1.0, f64::NAN])), (None, None));
    assert_eq!(flip_interval(&[1.0, f64::NAN, 1.0, 1.0, 1.0, 1.0, 1.0], 0.95, 1), None);
}

/// Every sign vector one by one: what the fast count must equal.
fn counted_one_by_one(x: &[f64]) -> f64 {
    let scale = median(&x.iter().map(|v| v.abs()).collect::<Vec<_>>()).unwrap();
    let most = if scale > 0.0 { 3.0 * 1.4826 * scale } else { f64::INFINITY };
    let g: Vec<f64> = x.iter().map(|v| v.clamp(-most, most)).collect();
    let seen: f64 = g.iter().sum();
    let slack = 1e-9 * g.iter().map(|v| v.abs()).sum::<f64>();
    let hits = (0..1u32 << g.len())
        .filter(|signs| {
            let sum: f64 =
                g.iter().enumerate().map(|(i, v)| if signs >> i & 1 == 1 { v.abs() } else { -v.abs() }).sum();
            sum >= seen - slack
        })
        .count();
    hits as f64 / f64::from(1u32 << g.len())
}

proptest! {
    #[test]
    fn the_fast_count_is_the_slow_one(x in prop::collection::vec(-10i32..11, 1..12)) {
        let x: Vec<f64> = x.into_iter().map(f64::from).collect();
        prop_assert_eq!(sign_flip(&x, 0.0, 1), counted_one_by_one(&x));
    }

    #[test]
    fn the_order_of_quads_does_not_matter(x in prop::collection::vec(-1.0..1.0f64, 1..16), seed in any::<u64>()) {
        let mut other = x.clone();
        SplitMix64::new(seed).shuffle(&mut other);
        prop_assert_eq!(sign_flip(&x, 0.1, 1), sign_flip(&other, 0.1, 1));
    }

    #[test]
    fn each_interval_holds_its_point(x in prop::collection::vec(-1.0..1.0f64, 6..24)) {
        let (low, high) = median_interval(&x, 0.95).unwrap();
        let middle = median(&x).unwrap();
        prop_assert!(low <= middle && middle <= high);
        let (low, high) = flip_interval(&x, 0.95, 1).unwrap();
        let middle = hodges_lehmann(&x).unwrap();
        prop_assert!(low <= middle && middle <= high, "{low} {middle} {high}");
    }

    #[test]
    fn adjusted_probabilities_keep_their_order(p in prop::collection::vec(0.0..1.0f64, 1..30)) {
        let (holm, benjamini) = (holm(&p), benjamini_hochberg(&p));
        for i in 0..p.len() {
            prop_assert!(p[i] <= benjamini[i] && benjamini[i] <= holm[i] + 1e-12 && holm[i] <= 1.0);
            for j in 0..p.len() {
                prop_assert!(p[i] > p[j] || (holm[i] <= holm[j] && benjamini[i] <= benjamini[j]));
            }
        }
    }
}

#[test]
fn many_quads_are_drawn_close_to_the_count() {
    let mut random = SplitMix64::new(11);
    let x: Vec<f64> = (0..EXACT_MOST).map(|_| random.normal() + 0.25).collect();
    let exact = sign_flip(&x, 0.0, 1);
    // One value of no weight makes it one too many for counting and changes nothing else.
    let drawn = sign_flip(&[x, vec![1e-12]].concat(), 0.0, 1);
    assert!(exact > 0.001 && exact < 0.5, "{exact}");
    near(drawn, exact, 0.1 * exact + 0.002, "drawn");
}

#[test]
fn probabilities_without_an_effect_are_uniform() {
    let mut random = SplitMix64::new(2);
    let mut hits = [0u32; 3];
    for _ in 0..4_000 {
        let x: Vec<f64> = (0..12).map(|_| random.normal().powi(3)).collect();
        let p = sign_flip(&x, 0.0, 1);
        for (hit, level) in hits.iter_mut().zip([0.01, 0.05, 0.5]) {
            *hit += u32::from(p <= level);
        }
    }
    // Expected 40, 200, 2000; the limits are five standard deviations off.
    assert!((10..=72).contains(&hits[0]) && (131..=269).contains(&hits[1]), "{hits:?}");
    assert!((1842..=2158).contains(&hits[2]), "{hits:?}");
}

#[test]
fn intervals_of_the_median_are_order_statistics() {
    let x: Vec<f64> = (1..=12).map(f64::from).collect();
    assert_eq!(median_interval(&x, 0.95), Some((3.0, 10.0)));
    assert_eq!(median_interval(&x[..8], 0.95), Some((1.0, 8.0)));
    assert_eq!(median_interval(&x[..5], 0.95), None);
    assert_eq!(flip_interval(&x[..5], 0.95, 1), None);
    let (low, high) = flip_interval(&x, 0.95, 1).unwrap();
    assert!(low > 3.0 && high < 10.0 && (low + high - 13.0).abs() < 1e-6, "{low} {high}");
}

#[test]
fn adjustments_are_the_published_ones() {
    let p = [0.01, 0.04, 0.03, 0.005];
    // R: p.adjust(c(.01, .04, .03, .005), "holm") and "BH".
    for (found, expected) in
        [(holm(&p), [0.03, 0.06, 0.06, 0.02]), (benjamini_hochberg(&p), [0.02, 0.04, 0.04, 0.02])]
    {
        for (found, expected) in found.iter().zip(expected) {
            near(*found, expected, 1e-12, "adjusted");
        }
    }
    assert!(holm(&[]).is_empty());
}
