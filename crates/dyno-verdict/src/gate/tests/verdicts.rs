//! What is said of cells and of the whole.

use dyno_model::{Certificate, Evidence};
use proptest::prelude::*;

use super::*;
use crate::rules::parse_rule;

use RowVerdict::{Improved, Incomparable, Inconclusive, Pass, Regressed, RegressedSmall};

#[test]
fn each_verdict_has_its_evidence() {
    for (sigma, cells, expected, state) in [
        (0.01, [("p50", 1.0), ("rate", 1.0)], [Pass, Pass], GateState::Pass),
        (0.01, [("p50", 1.08), ("rate", 1.0)], [Regressed, Pass], GateState::Fail),
        (0.01, [("p50", 1.0), ("rate", 0.92)], [Pass, Regressed], GateState::Fail),
        (0.01, [("p50", 0.9), ("rate", 1.1)], [Improved, Improved], GateState::Pass),
        (0.005, [("p50", 1.035), ("rate", 1.0)], [RegressedSmall, Pass], GateState::Pass),
        (0.25, [("p50", 1.0), ("rate", 1.0)], [Inconclusive, Inconclusive], GateState::Inconclusive),
        (0.01, [("p50", 1.0), ("errors", 0.02)], [Incomparable, Regressed], GateState::Fail),
        (0.01, [("p50", 1.0), ("errors", 0.004)], [Pass, Regressed], GateState::Fail),
        (0.01, [("p50", 1.0), ("errors", 0.0)], [Pass, Pass], GateState::Pass),
        (0.01, [("bytes_per_request", 1.01), ("p50", 1.0)], [Regressed, Pass], GateState::Fail),
        (0.01, [("bytes_per_request", 1.0005), ("p50", 1.0)], [RegressedSmall, Pass], GateState::Pass),
        (0.01, [("bytes_per_request", 0.9), ("p50", 1.0)], [Improved, Pass], GateState::Pass),
        (0.01, [("bytes_per_request", 1.0), ("p50", 1.0)], [Pass, Pass], GateState::Pass),
    ] {
        check(sigma, &cells, &expected, state);
    }
}

#[test]
fn a_change_below_the_floor_does_not_matter() {
    // A tenth of 20 µs is far above the relative tolerance and far below the floor of 50 µs.
    let mut player = Player::new(3, 0.01, &[("p50", 1.1)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50"]);
    for stage in [Stage::Screen, Stage::Confirm] {
        for _ in 0..12 {
            let mut quad = player.quad(stage);
            for values in quad.a.iter_mut().chain(&mut quad.b) {
                values.entry("p50".to_owned()).and_modify(|ns| *ns /= 500.0);
            }
            gate.add(quad);
        }
    }
    let judged = gate.judge();
    assert_eq!((judged.rows[0].verdict, judged.gate.state), (Pass, GateState::Pass));
    assert!((judged.rows[0].tolerance.unwrap() - 2.5).abs() < 0.1, "{:?}", judged.rows[0].tolerance);
}

#[test]
fn nothing_to_judge_is_no_pass() {
    let judged = Gate::new(GatePolicy::default(), vec![]).judge();
    assert_eq!(
        (judged.gate.state, judged.gate.reasons[0].code.as_str()),
        (GateState::Inconclusive, "no_rows")
    );
}

#[test]
fn a_screen_without_confirmation_is_inconclusive() {
    let mut player = Player::new(5, 0.01, &[("p50", 1.3)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50"]);
    for _ in 0..8 {
        gate.add(player.quad(Stage::Screen));
    }
    let judged = gate.clone().judge();
    assert_eq!((judged.rows[0].verdict, judged.gate.state), (Inconclusive, GateState::Inconclusive));
    assert!(judged.rows[0].detail.contains("not measured again"), "{}", judged.rows[0].detail);

    for _ in 0..6 {
        gate.add(player.quad(Stage::Confirm));
    }
    let judged = gate.clone().judge();
    assert_eq!(judged.rows[0].verdict, Inconclusive);
    assert!(judged.rows[0].detail.contains("6 quads cannot show"), "{}", judged.rows[0].detail);

    for _ in 0..3 {
        gate.add(player.quad(Stage::Confirm));
    }
    assert_eq!(gate.judge().rows[0].verdict, Regressed, "nine quads are enough for one cell");
}

#[test]
fn no_evidence_is_enough_for_an_alpha_of_zero() {
    let policy = GatePolicy { alpha: 0.0, confirm_quads_most: Some(14), ..GatePolicy::default() };
    let judged = Player::new(5, 0.01, &[("p50", 1.3)]).play(gate_of(policy, &["p50"]));
    assert_eq!((judged.rows[0].verdict, judged.gate.state), (Inconclusive, GateState::Inconclusive));
    assert_eq!(judged.rows[0].detectable, None);
}

#[test]
fn a_rule_sets_the_tolerance_and_not_the_evidence() {
    for (sigma, factor, rule, expected) in [
        (0.01, 1.08, "p50:+10%", RegressedSmall),
        (0.01, 1.08, "p50:+2%", Regressed),
        (0.01, 1.0, "p50:+2%", Pass),
        // Half of such gates see more than 2 % by chance, but none can call it a regression.
        (0.2, 1.06, "p50:+2%", Inconclusive),
        (0.01, 1.3, "p50:+5ms", RegressedSmall),
    ] {
        let mut cell = CellRule::of(&CellKey::whole("p50")).unwrap();
        parse_rule(rule).unwrap().apply(&mut cell);
        let judged =
            Player::new(6, sigma, &[("p50", factor)]).play(Gate::new(GatePolicy::default(), vec![cell]));
        let row = &judged.rows[0];
        assert_eq!((row.verdict, row.rule.as_deref()), (expected, Some(rule)), "{}", row.detail);
        let alarms = row.rule_false_alarms.unwrap();
        assert!(
            if sigma > 0.1 { (0.4..0.5).contains(&alarms) } else { alarms < 0.2 },
            "{rule} {factor}: {alarms}"
        );
    }
}

#[test]
fn the_certificate_makes_the_grade() {
    let certificate = |gates: u64, false_alarms: u64| Certificate {
        gates,
        false_alarms,
        upper95: dyno_stats::paired::share_at_most(false_alarms, gates, 0.95),
        bias_upper: BTreeMap::new(),
    };
    for (given, min_evidence, grade, state) in [
        (None, None, Evidence::E3, GateState::Pass),
        (Some(certificate(473, 1)), None, Evidence::E4, GateState::Pass),
        (None, Some(Evidence::E4), Evidence::E3, GateState::Inconclusive),
        (Some(certificate(473, 1)), Some(Evidence::E4), Evidence::E4, GateState::Pass),
        (Some(certificate(100, 9)), Some(Evidence::E4), Evidence::E3, GateState::Inconclusive),
        (Some(certificate(100, 9)), None, Evidence::E3, GateState::Pass),
        (Some(certificate(0, 0)), None, Evidence::E3, GateState::Pass),
    ] {
        let policy = GatePolicy { certificate: given, min_evidence, ..GatePolicy::default() };
        let judged = Player::new(8, 0.01, &[("p50", 1.0)]).play(gate_of(policy, &["p50"]));
        assert_eq!((judged.rows[0].evidence, judged.gate.state), (grade, state), "{:?}", judged.gate.reasons);
    }
}

#[test]
fn a_regression_fails_whatever_cannot_be_compared() {
    let policy = GatePolicy { min_evidence: Some(Evidence::E3), ..GatePolicy::default() };
    let mut player = Player::new(9, 0.01, &[("p50", 1.0), ("errors", 0.05)]);
    let judged = player.play(gate_of(policy, &["p50", "errors"]));
    assert_eq!((judged.rows[0].evidence, judged.gate.state), (Evidence::X, GateState::Fail));
    let mut only = Player::new(9, 0.01, &[("p50", 1.0), ("errors", 0.05)]);
    let judged = only.play(gate_of(GatePolicy::default(), &["p50"]));
    assert_eq!(judged.gate.state, GateState::Incomparable);
}

#[test]
fn equal_errors_of_both_arms_leave_times_comparable() {
    let mut player = Player::new(10, 0.01, &[("p50", 1.0)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50"]);
    for _ in 0..8 {
        gate.add(Quad { attempts: [(10_000, 800), (10_000, 803)], ..player.quad(Stage::Screen) });
    }
    assert_eq!(gate.judge().gate.state, GateState::Pass);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Swapping the arms turns an effect around, so not both directions are regressions.
    #[test]
    fn no_change_is_a_regression_both_ways(seed in any::<u64>(), factor in 0.8..1.25f64, sigma in 0.001..0.1f64) {
        let play = |factor: f64| {
            Player::new(seed, sigma, &[("p50", factor)]).play(gate_of(GatePolicy::default(), &["p50"])).rows[0].verdict
        };
        prop_assert!(play(factor) != Regressed || play(1.0 / factor) != Regressed);
    }

    /// More of the same for the worse never turns a regression into a pass.
    #[test]
    fn worse_is_never_better(seed in any::<u64>(), factor in 1.0..1.3f64, more in 1.0..1.3f64) {
        let play = |factor: f64| {
            let judged = Player::new(seed, 0.02, &[("p50", factor)]).play(gate_of(GatePolicy::default(), &["p50"]));
            judged.rows[0].verdict
        };
        prop_assert!(play(factor) != Regressed || play(factor * more) == Regressed);
    }

    /// Rows say the truth about intervals and signs.
    #[test]
    fn rows_are_consistent(seed in any::<u64>(), factor in 0.8..1.25f64) {
        let judged = Player::new(seed, 0.03, &[("p50", factor), ("rate", 1.0 / factor)])
            .play(gate_of(GatePolicy::default(), &["p50", "rate"]));
        for row in &judged.rows {
            let change = row.change.unwrap();
            prop_assert!(change.low.unwrap() <= change.point && change.point <= change.high.unwrap());
            prop_assert!(row.detectable.unwrap() >= row.tolerance.unwrap());
            prop_assert!(row.p_adjusted.is_none_or(|adjusted| adjusted >= row.p.unwrap()));
        }
    }
}
