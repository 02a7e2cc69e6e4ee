//! Intervals: how often they hold the truth.

use dyno_model::{CellKey, Stage};
use dyno_stats::paired::{log_ratio, median, median_interval, order_interval};
use dyno_stats::random::SplitMix64;
use dyno_verdict::CellRule;
use dyno_verdict::gate::{Gate, GatePolicy};

use crate::intervals::{effects, share_covered, skewed};
use crate::world::{SETTINGS, World};

const TRIALS: u64 = 2_000;

#[test]
fn intervals_of_the_median_hold_the_truth() {
    for setting in SETTINGS {
        let share = share_covered(setting, 0.03, 0.03, TRIALS, |x, _, _| median_interval(x, 0.95));
        assert!(share >= 0.94, "{}: {share}", setting.name);
    }
}

#[test]
fn intervals_of_the_median_hold_the_truth_of_skewed_pairs() {
    for skew in [0.02, 0.05, 0.2] {
        let setting = skewed(skew);
        // What the median of a quad really is, from a sample so large that its own error is nothing beside the interval.
        let truth = median(&effects(setting, 99, 200_000, 0.0).0).unwrap();
        let share = share_covered(setting, 0.0, truth, TRIALS, |x, _, _| median_interval(x, 0.95));
        assert!(share >= 0.94, "{skew}: {share}");
    }
}

#[test]
fn intervals_of_the_test_hold_the_truth() {
    for setting in SETTINGS {
        let share = share_covered(setting, 0.03, 0.03, TRIALS, |x, orders, seed| {
            order_interval(x, orders, 0.95, seed)
        });
        assert!(share >= 0.94, "{}: {share}", setting.name);
    }
}

/// The intervals of the rows are those of the sign test, as changes of the value.
#[test]
fn rows_show_these_intervals() {
    let key = [CellKey::whole("p50")];
    let rule = CellRule::of(&key[0]).unwrap();
    let mut random = SplitMix64::new(1);
    for _ in 0..50 {
        let (seed, effect) = (random.bits(), 0.05 * random.normal());
        let policy = GatePolicy { screen_quads: 12, ..Default::default() };
        let mut gate = Gate::new(policy, vec![rule.clone()]);
        let quads = World::new(SETTINGS[0], seed, &key, effect).quads(Stage::Screen, 12);
        let ratios: Vec<f64> = quads
            .iter()
            .map(|quad| {
                log_ratio(quad.a.each_ref().map(|v| v["p50"]), quad.b.each_ref().map(|v| v["p50"])).unwrap()
            })
            .collect();
        quads.into_iter().for_each(|quad| gate.add(quad));
        let (low, high) = median_interval(&ratios, 0.95).unwrap();
        let shown = &gate.progress()[0];
        let near = |a: f64, b: f64| (a - b.exp_m1()).abs() < 1e-12;
        assert!(near(shown.low.unwrap(), low) && near(shown.high.unwrap(), high), "{shown:?} {low} {high}");
    }
}
