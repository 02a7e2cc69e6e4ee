//! Quantiles, shifts and shapes of small distributions that can be computed by hand.

use dyno_model::Histogram;
use proptest::prelude::*;

use super::{SHIFT_QUANTILES, harrell_davis, ks_distance, modes, shift};
use crate::random::SplitMix64;

fn of(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    values.iter().for_each(|value| histogram.record(*value));
    histogram
}

/// Log-normal values around `centre`, in nanoseconds.
fn log_normal(count: usize, centre: f64, sigma: f64, random: &mut SplitMix64) -> Histogram {
    let mut histogram = Histogram::new();
    (0..count).for_each(|_| histogram.record((centre.ln() + sigma * random.normal()).exp() as u64));
    histogram
}

#[test]
fn harrell_davis_weighs_order_statistics() {
    let close =
        |found: Option<f64>, known: f64| assert!((found.unwrap() - known).abs() < 1e-9, "{found:?} {known}");
    // Beta(1, 3) gives 19, 7 and 1 of 27 to three values at q = 1/4; Beta(1.5, 1.5) halves two.
    close(harrell_davis(&of(&[10, 20, 40]), 0.25), (190.0 + 140.0 + 40.0) / 27.0);
    close(harrell_davis(&of(&[10, 30]), 0.5), 20.0);
    close(harrell_davis(&of(&[7]), 0.9), 7.0);
    close(harrell_davis(&of(&(1..=99).collect::<Vec<_>>()), 0.5), 50.0);
    assert_eq!(harrell_davis(&Histogram::new(), 0.5), None);
    assert_eq!(harrell_davis(&of(&[1]), 1.0), None);
}

#[test]
fn harrell_davis_is_near_the_quantile_for_many_samples() {
    let histogram = log_normal(200_000, 1e6, 0.5, &mut SplitMix64::new(1));
    for q in SHIFT_QUANTILES {
        let (smooth, plain) = (harrell_davis(&histogram, q).unwrap(), histogram.quantile(q) as f64);
        assert!((smooth / plain - 1.0).abs() < 0.015, "{q}: {smooth} {plain}");
    }
}

#[test]
fn a_shift_shows_where_it_lies() {
    let mut random = SplitMix64::new(2);
    let (a, mut b) = (log_normal(40_000, 1e6, 0.3, &mut random), log_normal(38_000, 1e6, 0.3, &mut random));
    b.merge(&log_normal(2_000, 8e6, 0.2, &mut random));
    for point in shift(&a, &b, 0.95) {
        let (change, band) = (point.b / point.a - 1.0, point.band.unwrap());
        assert!(band.0 <= change && change <= band.1, "{point:?}");
        // Five in a hundred got slow: the tail moved far, the middle only by their ranks.
        assert!(point.q > 0.8 || change.abs() < 0.06, "{point:?}");
        assert!(point.q < 0.99 || band.0 > 1.0, "{point:?}");
    }
    assert!(shift(&a, &Histogram::new(), 0.95).is_empty());
}

#[test]
fn the_band_holds_everywhere_at_once() {
    let mut random = SplitMix64::new(3);
    let mut wrong = 0;
    for _ in 0..200 {
        let mut side = || log_normal(3_000, 1e6, 0.5, &mut random);
        let points = shift(&side(), &side(), 0.95);
        // Two buckets of 0.8 % are no difference.
        wrong +=
            usize::from(points.iter().any(|p| p.band.is_some_and(|band| band.0 > 0.016 || band.1 < -0.016)));
    }
    assert!(wrong <= 10, "{wrong} of 200 bands exclude the truth");
    assert_eq!(shift(&of(&[1, 2, 3]), &of(&[1, 2, 3]), 0.95)[11].band, None, "three samples have no p99.9");
}

#[test]
fn distance_is_the_largest_difference_of_shares() {
    assert!((ks_distance(&of(&[1, 2, 3]), &of(&[3, 4, 5])).unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(ks_distance(&of(&[1, 2]), &of(&[1, 2, 1, 2])), Some(0.0));
    assert_eq!(ks_distance(&of(&[1]), &of(&[100])), Some(1.0));
    assert_eq!(ks_distance(&of(&[1]), &Histogram::new()), None);
}

#[test]
fn two_humps_are_two() {
    let mut random = SplitMix64::new(4);
    let one = log_normal(20_000, 1e6, 0.4, &mut random);
    assert_eq!(modes(&one).len(), 1);
    let mut two = one.clone();
    two.merge(&log_normal(5_000, 2e7, 0.3, &mut random));
    let humps = modes(&two);
    assert_eq!(humps.len(), 2, "{humps:?}");
    assert!((humps[0] / 1e6 - 1.0).abs() < 0.3 && (humps[1] / 2e7 - 1.0).abs() < 0.3, "{humps:?}");
    let mut tail = one;
    tail.merge(&log_normal(200, 2e7, 0.3, &mut random));
    assert_eq!(modes(&tail).len(), 1, "one in a hundred is a tail and no hump");
    assert!(modes(&of(&[1, 2, 3])).is_empty());
}

proptest! {
    #[test]
    fn quantiles_grow_with_q_within_the_values(values in prop::collection::vec(1u64..120, 1..200)) {
        let histogram = of(&values);
        let found: Vec<f64> = SHIFT_QUANTILES.iter().map(|q| harrell_davis(&histogram, *q).unwrap()).collect();
        prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6), "{found:?}");
        let (least, most) = (*values.iter().min().unwrap() as f64, *values.iter().max().unwrap() as f64);
        prop_assert!(found.iter().all(|value| (least - 1e-6..=most + 1e-6).contains(value)));
        prop_assert_eq!(ks_distance(&histogram, &histogram), Some(0.0));
    }
}
