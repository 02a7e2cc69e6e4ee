//! Builds that differ: whether the gate finds what it promises, and lets nothing pass that matters.

use dyno_model::RowVerdict;

use crate::promises::{noisy, promised, share_of, tolerating};
use crate::world::SETTINGS;

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
