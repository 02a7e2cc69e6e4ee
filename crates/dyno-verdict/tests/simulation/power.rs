//! Builds that differ: whether the gate finds what it promises, and lets nothing pass that matters.

use dyno_model::RowVerdict;

use crate::promises::{noisy, promised, share_of, tolerating};
use crate::world::{SETTINGS, Setting};

fn setting(name: &str) -> Setting {
    SETTINGS.into_iter().find(|setting| setting.name == name).expect("invariant: the name is of a setting")
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
fn places_hide_nothing() {
    // The places of this machine differ by four times the change and by as much as twice the noise of a quad.
    let (rule, effect) = (tolerating(0.01), 0.03);
    let found = |name: &str| share_of(setting(name), &rule, 300, effect, RowVerdict::Regressed);
    let (even, curved) = (found("independent"), found("slot curvature"));
    assert!(curved >= 0.8 && (even - curved).abs() <= 0.08, "{even} on even places, {curved} on others");
}

#[test]
fn missing_rounds_hide_no_regression() {
    let (rule, effect) = (tolerating(0.05), 0.10f64.ln_1p());
    let lossy = Setting { missing: 0.10, ..noisy(0.01) };
    let found = share_of(lossy, &rule, 400, effect, RowVerdict::Regressed);
    let passed = share_of(lossy, &rule, 400, effect, RowVerdict::Pass);
    assert!(found >= 0.8 && passed <= 0.01, "{found} found, {passed} passed");
}

/// The hardest case of missing values: whatever is slow is lost, and what is left looks as if nothing had happened.
#[test]
fn a_regression_that_loses_its_slow_rounds_does_not_pass() {
    let rule = tolerating(0.05);
    for (limit, effect) in [(0.03, 0.05), (0.05, 0.05), (0.05, 0.08), (0.08, 0.08)] {
        let setting = Setting { lost_above: limit, ..SETTINGS[0] };
        let passed = share_of(setting, &rule, 300, effect, RowVerdict::Pass);
        // 5 % by the level, and three standard deviations.
        assert!(passed <= 0.088, "{passed} passed; slower by {effect}, lost beyond {limit}");
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
