//! The test of orders against all arrangements one by one, its laws, and what it says of equal builds.

use proptest::prelude::*;

use super::near;
use crate::paired::QuadOrder::{Abba, Baab};
use crate::paired::*;
use crate::random::SplitMix64;

#[test]
fn few_quads_are_counted_exactly() {
    let orders = [Abba, Baab, Abba, Baab];
    // Six arrangements of two ABBA among four. By their places the quads show 3, -1, 2, -4: no sum of two is above 3 + 2.
    assert_eq!(order_test(&[3.0, 1.0, 2.0, 4.0], &orders, 0.0, 1), 1.0 / 6.0);
    // 3, -1, -2, -4: sums of two are 2, 1, -1, -3, -5, -6, and 1 is seen.
    assert_eq!(order_test(&[3.0, 1.0, -2.0, 4.0], &orders, 0.0, 1), 2.0 / 6.0);
    assert_eq!(order_test(&[-3.0, -1.0, -2.0, -4.0], &orders, 0.0, 1), 1.0);
    assert_eq!(order_test(&[0.5; 4], &orders, 0.5, 1), 1.0, "all arrangements are alike");
    assert_eq!(order_p_least(&orders), 1.0 / 6.0);
}

#[test]
fn what_cannot_be_known_is_no_evidence() {
    assert_eq!(order_test(&[], &[], 0.0, 1), 1.0);
    assert_eq!(order_test(&[9.0, 9.0], &[Abba, Abba], 0.0, 1), 1.0, "one order has one arrangement");
    assert_eq!(order_test(&[1.0, f64::NAN], &[Abba, Baab], 0.0, 1), 1.0);
    assert_eq!(order_test(&[1.0, f64::INFINITY], &[Abba, Baab], 0.0, 1), 1.0);
    assert_eq!(order_interval(&[1.0; 6], &schedule(1, 6), 0.95, 1), None, "20 arrangements");
    assert_eq!(order_interval(&[f64::NAN; 12], &schedule(1, 12), 0.95, 1), None);
    assert_eq!(without_places(&[1.0, 2.0], &[Baab, Baab]), [1.0, 2.0], "one order does not tell the places");
}

#[test]
fn what_the_places_add_disappears() {
    // Effects of 2, and places that add 5 in ABBA and take 5 in BAAB.
    let orders = schedule(3, 10);
    let x: Vec<f64> = orders.iter().map(|order| 2.0 + 5.0 * order.sign()).collect();
    assert_eq!(without_places(&x, &orders), [2.0; 10]);
    assert_eq!(order_test(&x, &orders, 0.0, 1), 1.0 / 252.0);
    assert!(sign_flip(&x, 0.0, 1) > 0.1, "the flip of signs takes the places for noise");
}

#[test]
fn signs_are_counted() {
    assert_eq!((hits_at_most(0, 8), hits_at_most(1, 8), hits_at_most(8, 8)), (1.0 / 256.0, 9.0 / 256.0, 1.0));
    assert_eq!((hits_at_most(0, 0), one_sided_by_chance(0, 0), one_sided_by_chance(3, 3)), (1.0, 1.0, 1.0));
    assert_eq!(one_sided_by_chance(6, 0), one_sided_by_chance(0, 6));
    near(one_sided_by_chance(6, 0), 2.0 / 64.0, 1e-12, "six of six");
}

/// Every arrangement one by one: what the fast count must equal.
fn counted_one_by_one(x: &[f64], orders: &[QuadOrder]) -> f64 {
    let u: Vec<f64> = x.iter().zip(orders).map(|(x, order)| order.sign() * x).collect();
    let middle = median(&u).unwrap();
    let scale = median(&u.iter().map(|u| (u - middle).abs()).collect::<Vec<_>>()).unwrap();
    let most = if scale > 0.0 { 3.0 * 1.4826 * scale } else { f64::INFINITY };
    let u: Vec<f64> = u.iter().map(|u| (u - middle).clamp(-most, most)).collect();
    let chosen = orders.iter().enumerate().fold(0u32, |set, (i, order)| set | u32::from(*order == Abba) << i);
    let sum = |set: u32| u.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, u)| u).sum::<f64>();
    let alike = (0..1u32 << x.len()).filter(|set| set.count_ones() == chosen.count_ones());
    let (mut hits, mut all) = (0, 0);
    for set in alike {
        hits += u32::from(sum(set) >= sum(chosen) - 1e-9);
        all += 1;
    }
    f64::from(hits) / f64::from(all)
}

fn quads(most: usize) -> impl Strategy<Value = (Vec<f64>, Vec<QuadOrder>)> {
    (prop::collection::vec(-1.0..1.0f64, 6..most), any::<u64>()).prop_map(|(x, seed)| {
        let orders = schedule(seed, x.len());
        (x, orders)
    })
}

proptest! {
    #[test]
    fn the_fast_count_is_the_slow_one(quads in prop::collection::vec((-10i32..11, any::<bool>()), 1..12)) {
        let orders: Vec<QuadOrder> = quads.iter().map(|(_, is)| if *is { Abba } else { Baab }).collect();
        let x: Vec<f64> = quads.iter().map(|(x, _)| f64::from(*x)).collect();
        prop_assert_eq!(order_test(&x, &orders, 0.0, 1), counted_one_by_one(&x, &orders));
    }

    #[test]
    fn a_penalty_of_places_changes_nothing((x, orders) in quads(16), places in -1.0..1.0f64) {
        let with: Vec<f64> = x.iter().zip(&orders).map(|(x, order)| x + order.sign() * places).collect();
        prop_assert_eq!(order_test(&x, &orders, 0.1, 1), order_test(&with, &orders, 0.1, 1));
        for (with, without) in without_places(&with, &orders).iter().zip(without_places(&x, &orders)) {
            prop_assert!((with - without).abs() < 1e-9);
        }
    }

    #[test]
    fn the_sequence_of_quads_does_not_matter((x, orders) in quads(16), seed in any::<u64>()) {
        let mut both: Vec<(f64, QuadOrder)> = x.iter().copied().zip(orders.iter().copied()).collect();
        SplitMix64::new(seed).shuffle(&mut both);
        let (other, of_other): (Vec<f64>, Vec<QuadOrder>) = both.into_iter().unzip();
        prop_assert_eq!(order_test(&x, &orders, 0.1, 1), order_test(&other, &of_other, 0.1, 1));
    }

    #[test]
    fn nothing_above_all_effects_is_refuted_and_all_below_them_as_far_as_can_be(
        (x, orders) in quads(16), more in 0.01..1.0f64,
    ) {
        let (least, most) = x.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
        prop_assert_eq!(order_test(&x, &orders, most + more, 1), 1.0);
        // With as many of both orders the middle lies between them, so pulling in keeps them apart.
        let abba = orders.iter().filter(|order| **order == QuadOrder::Abba).count();
        if 2 * abba == orders.len() {
            prop_assert_eq!(order_test(&x, &orders, least - more, 1), order_p_least(&orders));
        }
    }

    #[test]
    fn the_interval_ends_where_the_test_does((x, orders) in quads(20)) {
        let tail = 0.05;
        let Some((low, high)) = order_interval(&x, &orders, 1.0 - 2.0 * tail, 1) else {
            prop_assert!(order_p_least(&orders) > tail - 1e-9);
            return Ok(());
        };
        let mirrored: Vec<f64> = x.iter().map(|x| -x).collect();
        // The ends are known to a billionth of the range. What is pulled in depends on the effect that is asked about, so
        // that close to an end single arrangements come and go.
        let (step, almost) = (4e-9, 0.9 * tail);
        prop_assert!(order_test(&x, &orders, low, 1) <= tail + 1e-9, "at the low end");
        prop_assert!(order_test(&x, &orders, low + step, 1) > almost, "above the low end");
        prop_assert!(order_test(&mirrored, &orders, -high, 1) <= tail + 1e-9, "at the high end");
        prop_assert!(order_test(&mirrored, &orders, step - high, 1) > almost, "below the high end");
        prop_assert!(low <= high);
    }
}

#[test]
fn many_quads_are_drawn_close_to_the_count() {
    let mut random = SplitMix64::new(11);
    let mut orders = schedule(5, EXACT_MOST);
    let mut x: Vec<f64> = (0..EXACT_MOST).map(|_| random.normal() + 0.25).collect();
    let exact = order_test(&x, &orders, 0.0, 1);
    // Two more quads that say what the others say in the middle make it too many for counting.
    let by_place: Vec<f64> = x.iter().zip(&orders).map(|(x, order)| order.sign() * x).collect();
    let middle = median(&by_place).unwrap();
    x.extend([middle, -middle]);
    orders.extend([Abba, Baab]);
    let drawn = order_test(&x, &orders, 0.0, 1);
    assert!(exact > 0.001 && exact < 0.5, "{exact}");
    near(drawn, exact, 0.2 * exact + 0.005, "drawn");
    assert!(order_p_least(&orders) < 1e-4);
}

#[test]
fn probabilities_without_an_effect_are_uniform() {
    let mut random = SplitMix64::new(2);
    let mut hits = [0u32; 3];
    for seed in 0..4_000 {
        let orders = schedule(seed, 12);
        // Scatter that grows from quad to quad, and places that add twenty times as much.
        let scatter = |i: usize| (random.normal().powi(3)) * (i + 1) as f64;
        let by_place: Vec<f64> = (0..12).map(scatter).map(|noise| noise + 100.0).collect();
        let x: Vec<f64> = by_place.iter().zip(&orders).map(|(u, order)| order.sign() * u).collect();
        let p = order_test(&x, &orders, 0.0, 1);
        for (hit, level) in hits.iter_mut().zip([0.01, 0.05, 0.5]) {
            *hit += u32::from(p <= level);
        }
    }
    // Expected 39 (9 of 924 arrangements), 199, 2000; the limits are five standard deviations off.
    assert!((8..=72).contains(&hits[0]) && (131..=269).contains(&hits[1]), "{hits:?}");
    assert!((1842..=2158).contains(&hits[2]), "{hits:?}");
}
