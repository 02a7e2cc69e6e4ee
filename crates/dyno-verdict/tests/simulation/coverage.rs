//! Intervals: how often they hold the truth.

use dyno_model::{CellKey, Stage};
use dyno_stats::paired::{QuadOrder, flip_interval, log_ratio, median, median_interval, schedule};
use dyno_stats::random::SplitMix64;

use crate::play::seed;
use crate::world::{SETTINGS, Setting, World};

const TRIALS: u64 = 2_000;
const QUADS: usize = 12;

/// The log ratios of so many quads.
pub fn effects(setting: Setting, seed: u64, quads: usize, effect: f64) -> Vec<f64> {
    let mut world = World::new(setting, seed, &[CellKey::whole("p50")], effect);
    let ratio = |order: QuadOrder| {
        let [a, b] = world.levels(order).map(|arm| arm.map(|round| round[0].exp()));
        log_ratio(a, b).expect("invariant: values are positive")
    };
    schedule(seed, quads).into_iter().map(ratio).collect()
}

/// Pairs of which the candidate has the heavier tail, so that its log ratios are skewed.
pub fn skewed(skew: f64) -> Setting {
    Setting { name: "skewed", skew, ..SETTINGS[0] }
}

/// The share of trials whose interval holds the truth.
pub fn share_covered(
    setting: Setting,
    effect: f64,
    truth: f64,
    interval: impl Fn(&[f64], u64) -> Option<(f64, f64)>,
) -> f64 {
    let covered = (0..TRIALS).filter(|trial| {
        let effects = effects(setting, seed(trial, setting.name) ^ 2, QUADS, effect);
        interval(&effects, *trial).is_some_and(|(low, high)| low <= truth && truth <= high)
    });
    covered.count() as f64 / TRIALS as f64
}

#[test]
fn intervals_of_the_median_hold_the_truth() {
    for setting in SETTINGS {
        let share = share_covered(setting, 0.03, 0.03, |x, _| median_interval(x, 0.95));
        assert!(share >= 0.94, "{}: {share}", setting.name);
    }
}

#[test]
fn intervals_of_the_median_hold_the_truth_of_skewed_pairs() {
    for skew in [0.02, 0.05, 0.2] {
        let setting = skewed(skew);
        // What the median of a quad really is, from a sample so large that its own error is nothing beside the interval.
        let truth = median(&effects(setting, 99, 200_000, 0.0)).unwrap();
        let share = share_covered(setting, 0.0, truth, |x, _| median_interval(x, 0.95));
        assert!(share >= 0.94, "{skew}: {share}");
    }
}

#[test]
fn intervals_of_the_sign_flip_hold_the_truth() {
    for setting in SETTINGS {
        let share = share_covered(setting, 0.03, 0.03, |x, seed| flip_interval(x, 0.95, seed));
        assert!(share >= 0.94, "{}: {share}", setting.name);
    }
}

/// The intervals of the rows are those of the sign test, as changes of the value.
#[test]
fn rows_show_these_intervals() {
    let key = [CellKey::whole("p50")];
    let rule = dyno_verdict::CellRule::of(&key[0]).unwrap();
    let mut random = SplitMix64::new(1);
    for _ in 0..50 {
        let (seed, effect) = (random.bits(), 0.05 * random.normal());
        let policy = dyno_verdict::gate::GatePolicy { screen_quads: 12, ..Default::default() };
        let mut gate = dyno_verdict::gate::Gate::new(policy, vec![rule.clone()]);
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
