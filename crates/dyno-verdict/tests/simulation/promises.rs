//! What gates over one cell find, and what they promise to find.

use dyno_model::{CellKey, RowVerdict};
use dyno_stats::paired::median;
use dyno_verdict::gate::GatePolicy;
use dyno_verdict::{CellRule, Tolerance};

use crate::play::{play, seed, shipped};
use crate::world::{SETTINGS, Setting, World};

/// A machine with this noise and nothing else.
pub fn noisy(round: f64) -> Setting {
    Setting { name: "noisy", round, ..SETTINGS[0] }
}

/// The share of gates over one cell that end in this verdict when the candidate is slower by this log ratio.
pub fn share_of(setting: Setting, rule: &CellRule, gates: u64, effect: f64, verdict: RowVerdict) -> f64 {
    let hits = (0..gates).filter(|gate| {
        let mut world =
            World::new(setting, seed(*gate, setting.name) ^ 3, std::slice::from_ref(&rule.key), effect);
        let judged = play(&mut world, GatePolicy::default(), vec![rule.clone()]);
        judged.rows[0].verdict == verdict
    });
    hits.count() as f64 / gates as f64
}

/// What gates over equal builds promise to find in nine of ten cases, as a log ratio; the middle one of so many.
pub fn promised(setting: Setting, rule: &CellRule, gates: u64) -> f64 {
    let promises: Vec<f64> = (0..gates)
        .filter_map(|gate| {
            let mut world =
                World::new(setting, seed(gate, setting.name) ^ 4, std::slice::from_ref(&rule.key), 0.0);
            play(&mut world, GatePolicy::default(), vec![rule.clone()]).rows[0].detectable
        })
        .collect();
    median(&promises).expect("invariant: every gate promises something").ln_1p()
}

/// A cell of p50 with this relative tolerance and no floor.
pub fn tolerating(tolerance: f64) -> CellRule {
    CellRule { tolerance: Tolerance::relative(tolerance), ..shipped(&CellKey::whole("p50")) }
}
