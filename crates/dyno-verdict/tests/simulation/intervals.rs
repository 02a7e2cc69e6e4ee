//! Log ratios of the made-up machine, and how often intervals of them hold the truth.

use dyno_model::CellKey;
use dyno_stats::paired::{QuadOrder, log_ratio, schedule};

use crate::play::seed;
use crate::world::{SETTINGS, Setting, World};

/// Quads of an interval.
const QUADS: usize = 12;

/// The log ratios of so many quads, and their orders.
pub fn effects(setting: Setting, seed: u64, quads: usize, effect: f64) -> (Vec<f64>, Vec<QuadOrder>) {
    let mut world = World::new(setting, seed, &[CellKey::whole("p50")], effect);
    let ratio = |order: &QuadOrder| {
        let [a, b] = world.levels(*order).map(|arm| arm.map(|round| round[0].exp()));
        log_ratio(a, b).expect("invariant: values are positive")
    };
    let orders = schedule(seed, quads);
    (orders.iter().map(ratio).collect(), orders)
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
    trials: u64,
    interval: impl Fn(&[f64], &[QuadOrder], u64) -> Option<(f64, f64)>,
) -> f64 {
    let covered = (0..trials).filter(|trial| {
        let (effects, orders) = effects(setting, seed(*trial, setting.name) ^ 2, QUADS, effect);
        interval(&effects, &orders, *trial).is_some_and(|(low, high)| low <= truth && truth <= high)
    });
    covered.count() as f64 / trials as f64
}
