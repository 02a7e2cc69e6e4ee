//! Results that cannot be compared, or only in part.

use dyno_model::{CellKey, GateState, Measured, MismatchEffect, PlanGroup, RowVerdict, ValidityState};

use super::{Known, compared, row, session, set_errors};

/// Compares with a candidate that was changed, and gives the codes of all mismatches with their effect.
fn with(
    change: impl Fn(&mut Measured),
    known: Known,
) -> (dyno_model::ComparisonRecord, Vec<(String, MismatchEffect)>) {
    let (a, mut b) = (session(1, 1.0), session(2, 1.0));
    change(&mut b);
    let record = compared(&a, &b, known);
    let codes = record.mismatches.iter().map(|one| (one.code.clone(), one.effect)).collect();
    (record, codes)
}

#[track_caller]
fn check_incomparable(change: impl Fn(&mut Measured), code: &str) {
    let (record, codes) = with(&change, Known { noise: true, ..Known::default() });
    assert_eq!(codes, [(code.to_owned(), MismatchEffect::Incomparable)]);
    assert_eq!(record.gate.state, GateState::Incomparable);
    assert_eq!(row(&record, "p50").verdict, RowVerdict::Incomparable);
    assert!(row(&record, "p50").change.is_some(), "the figures are shown");
    let reason = &record.gate.reasons[0];
    assert!(reason.code == "incomparable" && reason.detail.contains("; "), "{reason:?}");
    let (read, _) = with(&change, Known { noise: true, allow_incomparable: true, ..Known::default() });
    assert!(read.rows.iter().all(|row| row.verdict == RowVerdict::Info && !row.is_gated), "for reading only");
}

#[test]
fn what_was_measured_otherwise_cannot_be_compared() {
    check_incomparable(|b| b.environment.as_mut().unwrap().fingerprint = "fp1:1".to_owned(), "machine");
    check_incomparable(
        |b| {
            let environment = b.environment.as_mut().unwrap();
            environment.identity.insert("cpu_model".to_owned(), "97".to_owned());
        },
        "machine",
    );
    check_incomparable(|b| b.tool = "wrk".to_owned(), "tool");
}

#[test]
fn what_was_asked_otherwise_cannot_be_compared() {
    for group in [PlanGroup::Plan, PlanGroup::LoadModel, PlanGroup::Protocol] {
        let (mut a, mut b) = (session(1, 1.0), session(2, 1.0));
        a.ask(group, "what", "this");
        b.ask(group, "what", "that");
        let record = compared(&a, &b, Known::default());
        assert_eq!(record.mismatches[0].code, group.code());
        assert_eq!(record.gate.state, GateState::Incomparable);
    }
}

#[test]
fn versions_count_by_their_major_number() {
    let (mut a, mut b) = (session(1, 1.0), session(2, 1.0));
    a.tool_version = Some("1.2.0".to_owned());
    b.tool_version = Some("1.3.0".to_owned());
    assert_eq!(compared(&a, &b, Known::default()).mismatches[0].effect, MismatchEffect::Note);
    b.tool_version = Some("2.0.0".to_owned());
    assert_eq!(compared(&a, &b, Known::default()).gate.state, GateState::Incomparable);
}

#[test]
fn settings_that_differ_make_the_evidence_weaker() {
    use dyno_model::Evidence;
    let kernel = |b: &mut Measured| {
        let environment = b.environment.as_mut().unwrap();
        environment.config.insert("kernel".to_owned(), "7.0".to_owned());
    };
    let (record, codes) = with(kernel, Known { noise: true, ..Known::default() });
    assert_eq!(codes, [("setting".to_owned(), MismatchEffect::Weaker)]);
    assert_eq!((row(&record, "p50").evidence, record.gate.state), (Evidence::E0, GateState::Inconclusive));
    let history = (10..20).map(|seed| session(seed, 1.0)).collect();
    let (record, _) = with(kernel, Known { history, ..Known::default() });
    assert_eq!(row(&record, "p50").evidence, Evidence::E1);
    // A machine that is not known may be another one.
    let (_, codes) = with(|b| b.environment = None, Known::default());
    assert_eq!(codes, [("machine".to_owned(), MismatchEffect::Weaker)]);
}

#[test]
fn only_common_operations_are_compared() {
    let (record, codes) = with(
        |b| {
            b.operations.remove("buy");
            b.operations.insert("sell".to_owned(), dyno_model::MeasuredOperation::default());
        },
        Known::default(),
    );
    assert_eq!(codes, [("operations".to_owned(), MismatchEffect::Note)]);
    assert!(record.rows.iter().all(|row| row.operation.as_deref() != Some("buy")));
    check_incomparable(
        |b| {
            b.operations.clear();
            b.operations.insert("sell".to_owned(), dyno_model::MeasuredOperation::default());
        },
        "operations",
    );
}

#[test]
fn times_say_nothing_where_other_requests_failed() {
    let (record, codes) = with(|b| set_errors(b, 1800), Known { noise: true, ..Known::default() });
    assert_eq!(codes, [("errors".to_owned(), MismatchEffect::Note)]);
    let p50 = row(&record, "p50");
    assert_eq!(p50.verdict, RowVerdict::Incomparable);
    assert!(p50.detail.contains("50.00 %"), "{}", p50.detail);
    assert_eq!((row(&record, "errors").verdict, record.gate.state), (RowVerdict::Regressed, GateState::Fail));
    let (mut a, mut b) = (session(1, 1.0), session(2, 1.0));
    set_errors(&mut a, 1800);
    set_errors(&mut b, 1801);
    let alike = compared(&a, &b, Known { noise: true, ..Known::default() });
    assert_ne!(row(&alike, "p50").verdict, RowVerdict::Incomparable, "the same requests were timed");
    a.errors_limit = Some(0.6);
    set_errors(&mut a, 0);
    b.errors_limit = Some(0.6);
    let allowed = compared(&a, &b, Known { noise: true, ..Known::default() });
    assert_ne!(row(&allowed, "p50").verdict, RowVerdict::Incomparable, "its own objectives allow it");
}

#[test]
fn an_invalid_run_decides_nothing() {
    let (record, _) = with(
        |b| {
            b.validity.state = ValidityState::Invalid;
            b.cell(CellKey::whole("p50"), 9e9, 3600);
        },
        Known { noise: true, ..Known::default() },
    );
    assert_eq!(
        (record.gate.state, row(&record, "p50").verdict),
        (GateState::Inconclusive, RowVerdict::Inconclusive)
    );
    assert_eq!(record.validity.state, ValidityState::Invalid);
    let reasons: Vec<&str> = record.gate.reasons.iter().map(|reason| reason.detail.as_str()).collect();
    assert_eq!(reasons.len(), 1, "one reason for all rows: {reasons:?}");
    assert!(
        reasons[0].starts_with("rate, errors, p50") && reasons[0].contains("the candidate is invalid"),
        "{reasons:?}"
    );
}

#[test]
fn a_side_without_samples_is_no_pass() {
    let (record, _) = with(
        |b| {
            b.cells.retain(|key, _| key.metric == "errors");
            b.histogram = None;
            b.operations.clear();
        },
        Known { noise: true, ..Known::default() },
    );
    let p50 = row(&record, "p50");
    assert_eq!(
        (p50.verdict, p50.b, record.gate.state),
        (RowVerdict::Inconclusive, None, GateState::Inconclusive)
    );
    assert!(p50.detail.contains("the candidate has no value"), "{}", p50.detail);
    let nothing = compared(&Measured::of_tool("wrk", "a"), &Measured::of_tool("wrk", "b"), Known::default());
    assert_eq!((nothing.rows.len(), nothing.gate.state), (0, GateState::Inconclusive));
}

#[test]
fn thin_tails_are_shown_and_not_judged() {
    let thin = |b: &mut Measured| {
        let value = b.cells[&CellKey::whole("p99")].value;
        b.cell(CellKey::whole("p99"), value, 500);
    };
    let (record, _) = with(thin, Known { noise: true, ..Known::default() });
    let p99 = row(&record, "p99");
    assert_eq!((p99.verdict, p99.is_gated), (RowVerdict::Info, false));
    assert!(p99.detail.contains("2,000 are needed"), "{}", p99.detail);
    let (ruled, _) = with(thin, Known { noise: true, rules: &["p99:+10%"], ..Known::default() });
    assert_eq!(
        row(&ruled, "p99").verdict,
        RowVerdict::Inconclusive,
        "what the user asked for is never dropped"
    );
}

#[test]
fn a_median_of_repeated_runs_is_known_from_a_few() {
    let repeated = |label: &str, slower: f64, runs: usize| {
        let mut measured = Measured::of_tool("criterion", label);
        let values: Vec<f64> = (0..runs).map(|run| slower * (100.0 + run as f64)).collect();
        measured.cell(CellKey::whole("mean"), slower * 103.5, runs as u64);
        measured.cell(CellKey::whole("p50"), slower * 103.5, runs as u64);
        measured.replicates.insert(CellKey::whole("mean"), values);
        measured
    };
    let verdict = |runs: usize| {
        let known = Known { rules: &["p50:+5%"], ..Known::default() };
        row(&compared(&repeated("a", 1.0, runs), &repeated("b", 1.2, runs), known), "p50").verdict
    };
    assert_eq!((verdict(8), verdict(5)), (RowVerdict::Regressed, RowVerdict::Inconclusive));
}
