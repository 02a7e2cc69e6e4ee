use dyno_model::{
    COMPARISON_SCHEMA, ComparisonKind, ComparisonRecord, ComparisonRow, Direction, Environment, Estimate,
    Evidence, GateRecord, GateState, OnInconclusive, RowVerdict, Unit, Validity, ValidityState,
};
use serde_json::{Value, json};

use crate::profile::Layer;
use crate::profile::tests::{resolve, text};

fn estimate(ms: f64) -> Estimate {
    Estimate { value: ms * 1e6, low: Some(ms * 0.98e6), high: Some(ms * 1.02e6), samples: 5_000 }
}

/// A comparison that passes, with one p99 of the whole.
fn passed(b: Option<Estimate>, verdict: RowVerdict) -> ComparisonRecord {
    ComparisonRecord {
        schema: COMPARISON_SCHEMA.to_owned(),
        id: String::new(),
        name: "checkout".to_owned(),
        at: String::new(),
        version: String::new(),
        kind: ComparisonKind::Stored,
        arms: Vec::new(),
        gate: GateRecord {
            state: GateState::Pass,
            reasons: Vec::new(),
            alpha: Some(0.01),
            evidence: Evidence::E3,
            min_evidence: None,
            on_inconclusive: OnInconclusive::Warn,
            rules: Vec::new(),
            cells: 1,
            confirmed_cells: 0,
            certificate: None,
        },
        rows: vec![ComparisonRow {
            candidate: 1,
            operation: None,
            metric: "p99".to_owned(),
            unit: Unit::Ns,
            direction: Direction::Lower,
            a: Some(estimate(15.0)),
            b,
            change: None,
            tolerance: Some(0.1),
            evidence: Evidence::E3,
            verdict,
            is_gated: false,
            p: None,
            p_adjusted: None,
            test_interval: None,
            builds: Vec::new(),
            replicates: None,
            detectable: None,
            rule: None,
            rule_false_alarms: None,
            detail: "as before".to_owned(),
        }],
        mismatches: Vec::new(),
        distributions: std::collections::BTreeMap::new(),
        overrides: Vec::new(),
        contest: None,
        environment: Environment::default(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: String::new(),
    }
}

fn limited(gate: &str) -> Value {
    let metric = json!({ "limit": { "op": "<=", "value": 20_000_000 }, "gate": gate, "tolerance": { "rel": 0.1, "abs": 0 } });
    json!({ "id": "team", "plans": { "checkout": { "metrics": { "p99": metric } } } })
}

#[track_caller]
fn check(
    gate: &str,
    b: Option<Estimate>,
    verdict: RowVerdict,
    expected: (GateState, RowVerdict),
    word: &str,
) {
    let profile = resolve(&[text(Layer::Repo, "team.json", limited(gate))], "");
    let mut record = passed(b, verdict);
    profile.hold_to_limits("checkout", &mut record);
    assert_eq!((record.gate.state, record.rows[0].verdict), expected);
    assert!(record.rows[0].detail.contains(word), "{}", record.rows[0].detail);
    let has_reason = record.gate.reasons.iter().any(|reason| reason.code == "limit");
    assert_eq!(has_reason, record.gate.state != GateState::Pass, "{:?}", record.gate.reasons);
}

#[test]
fn a_broken_limit_fails_whether_or_not_it_got_worse() {
    use RowVerdict::{Improved, Info, Pass, Regressed};
    for verdict in [Pass, Improved, Info] {
        check(
            "both",
            Some(estimate(25.0)),
            verdict,
            (GateState::Fail, Regressed),
            "p99 is 25.0 ms, the limit",
        );
    }
    check("limit", Some(estimate(25.0)), Info, (GateState::Fail, Regressed), "violated");
}

#[test]
fn a_limit_that_is_kept_says_nothing_and_one_that_is_near_is_said() {
    check("both", Some(estimate(15.0)), RowVerdict::Pass, (GateState::Pass, RowVerdict::Pass), "as before");
    check(
        "both",
        Some(estimate(20.5)),
        RowVerdict::Pass,
        (GateState::Pass, RowVerdict::Pass),
        "near; as before",
    );
}

#[test]
fn a_limit_judges_only_where_it_is_asked_to() {
    for gate in ["regression", "info"] {
        check(gate, Some(estimate(25.0)), RowVerdict::Pass, (GateState::Pass, RowVerdict::Pass), "as before");
    }
}

#[test]
fn without_a_value_a_limit_is_no_pass() {
    check(
        "both",
        None,
        RowVerdict::Pass,
        (GateState::Inconclusive, RowVerdict::Pass),
        "not judged without a value",
    );
}

#[test]
fn times_of_failures_are_not_judged() {
    let expected = (GateState::Pass, RowVerdict::Incomparable);
    check("both", Some(estimate(25.0)), RowVerdict::Incomparable, expected, "as before");
}
