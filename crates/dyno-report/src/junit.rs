//! JUnit XML for build servers: one case per threshold and one for the validity.
//!
//! Values and limits are properties of their case. Called for `.xml` files.

use std::time::Duration;

use dyno_model::{CheckRecord, RunRecord, ValidityState};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{escape, words};

/// The whole report.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    let mut suite = TestSuite::new(escape::line(&record.name));
    let figures = [
        ("run", record.id.clone()),
        ("started_at", record.started_at.clone()),
        ("target", record.target.clone()),
        ("verdict", words::verdict(record.verdict.state).to_lowercase()),
        ("validity", words::validity(record.validity.state).to_owned()),
        ("requests", record.totals.requests.to_string()),
        ("ok", record.totals.ok.to_string()),
        ("rejected", record.totals.rejected.to_string()),
        ("failed", record.totals.failed.to_string()),
        ("achieved_rate_per_s", format!("{:.3}", record.load.achieved_rate_per_s)),
        ("response_time_p99_ns", record.times.response_time_ns.p99.to_string()),
    ];
    for (name, value) in figures {
        suite.add_property(property(name, &value));
    }
    for check in &record.verdict.checks {
        suite.add_test_case(check_case(check));
    }
    suite.add_test_case(validity_case(record));
    suite.set_time(Duration::from_nanos(record.totals.elapsed_ns));
    let mut report = Report::new("dyno");
    report.set_time(Duration::from_nanos(record.totals.elapsed_ns));
    report.add_test_suite(suite);
    report.to_string().expect("invariant: writing XML to memory does not fail")
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, escape::line(value))
}

fn check_case(check: &CheckRecord) -> TestCase {
    let mut status = TestCaseStatus::success();
    if !check.ok {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("threshold").set_message(escape::line(&check.detail));
    }
    let mut case = TestCase::new(escape::line(&check.threshold), status);
    case.set_classname("threshold");
    let value = check.value_ns.map(|ns| ("value_ns", ns.to_string()));
    let value = value.or_else(|| check.value.map(|value| ("value", value.to_string())));
    if let Some((name, value)) = value {
        case.add_property(property(name, &value));
    }
    let limit = if check.value_ns.is_some() { "limit_ns" } else { "limit" };
    case.add_property(property(limit, &check.limit.to_string()));
    case.add_property(property("samples", &check.samples.to_string()));
    case.add_property(property("detail", &check.detail));
    case
}

/// An invalid run is an error, not a failure: the target was not measured, so nothing is said about it.
fn validity_case(record: &RunRecord) -> TestCase {
    let reasons: Vec<String> = record
        .validity
        .reasons
        .iter()
        .map(|reason| format!("{}: {}", escape::line(&reason.code), escape::line(&reason.detail)))
        .collect();
    let mut status = TestCaseStatus::success();
    if record.validity.state == ValidityState::Invalid {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("validity").set_message(words::validity_meaning(record.validity.state));
        status.set_description(reasons.join("\n"));
    }
    let mut case = TestCase::new("validity", status);
    case.set_classname("validity");
    case.add_property(property("state", words::validity(record.validity.state)));
    for (reason, text) in record.validity.reasons.iter().zip(&reasons) {
        case.add_property(property(&format!("reason.{}", words::validity(reason.state)), text));
    }
    case
}
