//! Builds that differ: whether the gate finds what it promises, and lets nothing pass that matters.

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
            World::new(setting, seed(gate, setting.name) ^ 3, std::slice::from_ref(&rule.key), effect);
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
                World::new(setting, seed(&gate, setting.name) ^ 4, std::slice::from_ref(&rule.key), 0.0);
            play(&mut world, GatePolicy::default(), vec![rule.clone()]).rows[0].detectable
        })
        .collect();
    median(&promises).expect("invariant: every gate promises something").ln_1p()
}

/// A cell of p50 with this relative tolerance and no floor.
pub fn tolerating(tolerance: f64) -> CellRule {
    CellRule { tolerance: Tolerance::relative(tolerance), ..shipped(&CellKey::whole("p50")) }
}

#[test]
fn what_is_promised_is_found() {
    for (round, tolerance) in
        [(0.01, 0.05), (0.03, 0.05), (0.03, 0.02), (0.08, 0.05), (0.08, 0.10), (0.15, 0.05)]
    {
        let (setting, rule) = (noisy(round), tolerating(tolerance));
        let promise = promised(setting, &rule, 300);
        let found = share_of(setting, &rule, 500, promise, RowVerdict::Regressed);
        assert!(
            (0.84..=0.97).contains(&found),
            "noise {round}, tolerance {tolerance}: {promise} found in {found}"
        );
    }
}

#[test]
fn what_is_as_large_as_the_tolerance_rarely_passes() {
    for setting in SETTINGS {
        let rule = tolerating(0.05);
        let effect = 0.05f64.ln_1p();
        let passed = share_of(setting, &rule, 500, effect, RowVerdict::Pass);
        // 5 % may pass by the level of the screen; three standard deviations more would be chance.
        assert!(passed <= 0.08, "{}: {passed} passed", setting.name);
        let twice = share_of(setting, &rule, 500, 2.0 * effect, RowVerdict::Pass);
        assert!(twice <= 0.02, "{}: {twice} of twice the tolerance passed", setting.name);
    }
}

#[test]
fn larger_regressions_are_found_more_often() {
    let (setting, rule) = (noisy(0.04), tolerating(0.05));
    let found: Vec<f64> = [0.0, 0.03, 0.06, 0.09, 0.12]
        .map(|effect| share_of(setting, &rule, 300, effect, RowVerdict::Regressed))
        .into();
    assert!(found.is_sorted() && found[0] == 0.0 && found[4] > 0.97, "{found:?}");
}
