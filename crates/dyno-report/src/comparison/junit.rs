//! JUnit XML of a comparison for build servers: one case per judged row, one for comparability and one for validity.
//!
//! A regression is a failure. What could not be decided is skipped, or a failure where the gate says so.
//! Called for `.xml` files.

use dyno_model::{
    ComparisonRecord, ComparisonRow, GateState, MismatchEffect, OnInconclusive, RowVerdict, ValidityState,
};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::words;
use crate::escape;

/// The whole report.
#[must_use]
pub fn report(record: &ComparisonRecord) -> String {
    let mut suite = TestSuite::new(escape::line(&record.name));
    let mut figures = vec![
        ("comparison", record.id.clone()),
        ("at", record.at.clone()),
        ("gate", words::gate(record.gate.state).to_lowercase()),
        ("validity", crate::words::validity(record.validity.state).to_owned()),
        ("evidence", format!("{:?}", record.gate.evidence)),
        ("false_alarms", words::bound(record)),
    ];
    figures.extend(record.overrides.iter().map(|entry| ("override", words::overridden(entry))));
    for (name, value) in figures {
        suite.add_property(property(name, &value));
    }
    for arm in &record.arms {
        let value = [arm.label.as_str(), arm.build.as_deref().unwrap_or_default()].join(" ");
        suite.add_property(property(&format!("arm.{}", escape::line(&arm.letter)), value.trim_end()));
    }
    for row in record.rows.iter().filter(|row| row.is_gated) {
        suite.add_test_case(row_case(record, row));
    }
    suite.add_test_case(comparability_case(record));
    suite.add_test_case(validity_case(record));
    let mut report = Report::new("dyno");
    report.add_test_suite(suite);
    report.to_string().expect("invariant: writing XML to memory does not fail")
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, escape::line(value))
}

fn row_case(record: &ComparisonRecord, row: &ComparisonRow) -> TestCase {
    let message = escape::line(&row.detail);
    let mut status = match row.verdict {
        RowVerdict::Regressed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        RowVerdict::Inconclusive | RowVerdict::Incomparable => undecided(record),
        RowVerdict::Pass | RowVerdict::RegressedSmall | RowVerdict::Improved | RowVerdict::Info => {
            TestCaseStatus::success()
        }
    };
    if !matches!(status, TestCaseStatus::Success { .. }) {
        status.set_type(words::word(&row.verdict)).set_message(message);
    }
    let many = record.arms.len() > 2;
    let letter = if many { format!("{} ", words::candidate(record, row.candidate)) } else { String::new() };
    let name = format!("{letter}{} {}", words::operation(row), row.metric);
    let mut case = TestCase::new(escape::line(&name), status);
    case.set_classname("comparison");
    let (a, b, unit) = words::pair(row);
    let mut figures = vec![
        ("baseline", format!("{a} {unit}")),
        ("candidate", format!("{b} {unit}")),
        ("change", words::change(row.change.as_ref())),
        ("interval95", words::interval(row.change.as_ref())),
        ("verdict", words::word(&row.verdict)),
        ("evidence", format!("{:?}", row.evidence)),
    ];
    figures.extend(row.tolerance.map(|tolerance| ("tolerance", words::worse(row, tolerance))));
    figures.extend(row.p_adjusted.or(row.p).map(|p| ("p", p.to_string())));
    figures.extend(row.detectable.map(|size| ("would_find", words::worse(row, size))));
    figures.extend(row.rule.clone().map(|rule| ("rule", rule)));
    for (name, value) in figures {
        case.add_property(property(name, &value));
    }
    case
}

/// Of a row without enough evidence: what the gate makes of it.
fn undecided(record: &ComparisonRecord) -> TestCaseStatus {
    if record.gate.on_inconclusive == OnInconclusive::Fail {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    } else {
        TestCaseStatus::skipped()
    }
}

/// Arms that cannot be compared are an error, not a failure: nothing is said about the candidate.
fn comparability_case(record: &ComparisonRecord) -> TestCase {
    let mut status = TestCaseStatus::success();
    if record.gate.state == GateState::Incomparable {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let grave = record.mismatches.iter().filter(|m| m.effect == MismatchEffect::Incomparable);
        let reasons: Vec<String> = grave
            .map(|m| escape::line(&format!("{}: A has {}, B has {}. {}", m.what, m.a, m.b, m.advice)))
            .collect();
        status.set_type("comparability").set_message("the arms cannot be compared");
        status.set_description(reasons.join("\n"));
    }
    let mut case = TestCase::new("comparability", status);
    case.set_classname("comparability");
    for mismatch in &record.mismatches {
        let text = format!("{}: A has {}, B has {}", mismatch.what, mismatch.a, mismatch.b);
        case.add_property(property(words::effect(mismatch.effect), &text));
    }
    case
}

/// An invalid comparison is an error: it was not the builds that were measured.
fn validity_case(record: &ComparisonRecord) -> TestCase {
    let reasons: Vec<String> = record
        .validity
        .reasons
        .iter()
        .map(|reason| escape::line(&format!("{}: {}", reason.code, reason.detail)))
        .collect();
    let mut status = TestCaseStatus::success();
    if record.validity.state == ValidityState::Invalid {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("validity").set_message(crate::words::validity_meaning(record.validity.state));
        status.set_description(reasons.join("\n"));
    }
    let mut case = TestCase::new("validity", status);
    case.set_classname("validity");
    for (reason, text) in record.validity.reasons.iter().zip(&reasons) {
        case.add_property(property(&format!("reason.{}", crate::words::validity(reason.state)), text));
    }
    case
}
