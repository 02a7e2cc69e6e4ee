//! Every code and every rule of precedence.

use dyno_model::{
    ComparisonKind, ComparisonRecord, Evidence, GateRecord, GateState, OnInconclusive, Reason, RunRecord,
    RunState, ValidityState, VerdictState,
};

use super::Exit;

/// A finished, valid run with a successful request and no verdict.
fn record() -> RunRecord {
    let mut record = crate::tests::head("http://127.0.0.1:1/");
    record.state = RunState::Finished;
    (record.totals.requests, record.totals.ok) = (10, 10);
    record
}

fn doubt(record: &mut RunRecord, code: &str) {
    record.validity.state = ValidityState::Invalid;
    let detail = String::new();
    record.validity.reasons.push(Reason { code: code.to_owned(), state: ValidityState::Invalid, detail });
}

fn check(expected: Exit, change: impl FnOnce(&mut RunRecord)) {
    let mut record = record();
    change(&mut record);
    assert_eq!(Exit::of(&record), expected);
}

#[test]
fn codes_are_those_of_the_documentation() {
    let codes: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| exit.code()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 70, 130]);
}

#[test]
fn a_run_without_objectives_passes() {
    check(Exit::Passed, |_| {});
}

#[test]
fn a_violated_objective_fails() {
    check(Exit::Failed, |record| record.verdict.state = VerdictState::Fail);
}

#[test]
fn a_doubtful_generator_excuses_a_violated_objective() {
    check(Exit::Invalid, |record| {
        record.verdict.state = VerdictState::Fail;
        doubt(record, "generator_saturated");
    });
}

#[test]
fn errors_of_the_target_excuse_nothing() {
    check(Exit::Failed, |record| {
        record.verdict.state = VerdictState::Fail;
        (record.totals.ok, record.totals.rejected) = (0, 10);
        doubt(record, "all_failed");
        doubt(record, "generator_late");
    });
    check(Exit::Failed, |record| {
        record.verdict.state = VerdictState::Fail;
        doubt(record, "rate_limited");
    });
}

#[test]
fn no_answer_at_all_is_unreachable() {
    check(Exit::Unreachable, |record| {
        record.totals.ok = 0;
        record.totals.failed = 10;
        doubt(record, "all_failed");
    });
}

#[test]
fn no_samples_is_never_a_pass() {
    check(Exit::Unreachable, |record| {
        record.verdict.state = VerdictState::Pass;
        (record.totals.requests, record.totals.ok) = (0, 0);
    });
}

#[test]
fn invalid_and_inconclusive_are_three() {
    check(Exit::Invalid, |record| doubt(record, "generator_late"));
    check(Exit::Invalid, |record| record.verdict.state = VerdictState::Inconclusive);
    check(Exit::Incomparable, |record| record.verdict.state = VerdictState::Incomparable);
}

#[test]
fn the_users_interruption_comes_first() {
    check(Exit::Interrupted, |record| {
        record.state = RunState::Interrupted;
        record.totals.requests = 0;
        record.verdict.state = VerdictState::Fail;
    });
}

#[test]
fn a_lost_report_turns_only_a_pass() {
    assert_eq!(Exit::Passed.after_failed_output(), Exit::Internal);
    assert_eq!(Exit::Failed.after_failed_output(), Exit::Failed);
}

/// A comparison of nothing, in which the gate says what the case needs.
fn comparison(state: GateState, on_inconclusive: OnInconclusive, reasons: &[&str]) -> ComparisonRecord {
    let reason =
        |code: &&str| Reason { code: (*code).to_owned(), state: ValidityState::Valid, detail: String::new() };
    ComparisonRecord {
        schema: dyno_model::COMPARISON_SCHEMA.to_owned(),
        id: String::new(),
        name: String::new(),
        at: String::new(),
        version: String::new(),
        kind: ComparisonKind::Stored,
        arms: Vec::new(),
        gate: GateRecord {
            state,
            reasons: reasons.iter().map(reason).collect(),
            alpha: None,
            evidence: Evidence::E0,
            min_evidence: None,
            on_inconclusive,
            rules: Vec::new(),
            cells: 0,
            confirmed_cells: 0,
            certificate: None,
        },
        rows: Vec::new(),
        mismatches: Vec::new(),
        distributions: std::collections::BTreeMap::new(),
        overrides: Vec::new(),
        contest: None,
        environment: dyno_model::Environment::default(),
        validity: dyno_model::Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: String::new(),
    }
}

#[test]
fn comparisons_have_their_codes() {
    use GateState::{Fail, Incomparable, Inconclusive, Pass};
    let (pass, warn, fail) = (OnInconclusive::Pass, OnInconclusive::Warn, OnInconclusive::Fail);
    let cases = [
        (Pass, warn, &[][..], false, Exit::Passed),
        (Fail, warn, &["regressed"][..], false, Exit::Failed),
        (Fail, warn, &["regressed"][..], true, Exit::Failed),
        (Inconclusive, pass, &[][..], false, Exit::Passed),
        (Inconclusive, warn, &[][..], false, Exit::Passed),
        (Inconclusive, fail, &["min_evidence"][..], false, Exit::Invalid),
        (Incomparable, fail, &[][..], false, Exit::Incomparable),
        (Incomparable, fail, &[][..], true, Exit::Passed),
        (Inconclusive, warn, &["interrupted"][..], false, Exit::Interrupted),
        (Inconclusive, warn, &["unfit"][..], true, Exit::Unreachable),
        (Fail, fail, &["regressed", "interrupted"][..], false, Exit::Interrupted),
    ];
    for (state, on_inconclusive, reasons, allows, expected) in cases {
        let record = comparison(state, on_inconclusive, reasons);
        let found = Exit::of_comparison(&record, allows);
        assert_eq!(found, expected, "{state:?} {on_inconclusive:?} {reasons:?} {allows}");
    }
}

#[test]
fn a_comparison_of_invalid_runs_is_no_pass() {
    use GateState::{Fail, Incomparable, Inconclusive, Pass};
    let cases = [
        (Inconclusive, false, Exit::Invalid),
        (Pass, false, Exit::Invalid),
        (Fail, false, Exit::Failed),
        (Incomparable, false, Exit::Incomparable),
        (Incomparable, true, Exit::Passed),
    ];
    for (state, allows, expected) in cases {
        for on_inconclusive in [OnInconclusive::Pass, OnInconclusive::Warn, OnInconclusive::Fail] {
            let mut record = comparison(state, on_inconclusive, &[]);
            record.validity.state = ValidityState::Invalid;
            let found = Exit::of_comparison(&record, allows);
            assert_eq!(found, expected, "{state:?} {on_inconclusive:?} {allows}");
        }
    }
    let mut suspect = comparison(Inconclusive, OnInconclusive::Warn, &[]);
    suspect.validity.state = ValidityState::Suspect;
    assert_eq!(Exit::of_comparison(&suspect, false), Exit::Passed, "a doubt is no verdict");
}

#[test]
fn the_graver_code_of_a_run_and_its_comparison_counts() {
    let order = [
        Exit::Passed,
        Exit::Incomparable,
        Exit::Invalid,
        Exit::Failed,
        Exit::Unreachable,
        Exit::Usage,
        Exit::Internal,
        Exit::Interrupted,
    ];
    for (place, lighter) in order.iter().enumerate() {
        for graver in &order[place..] {
            assert_eq!((lighter.graver(*graver), graver.graver(*lighter)), (*graver, *graver));
        }
    }
}
