//! Which runs may be a baseline.

use dyno_model::{CheckRecord, Reason, RunRecord, RunState, ValidityState};

use super::obstacle;

fn check(expected: Option<&str>, change: impl FnOnce(&mut RunRecord)) {
    let mut record = crate::tests::head("http://127.0.0.1:1/");
    record.state = RunState::Finished;
    (record.totals.requests, record.totals.ok) = (1_000, 1_000);
    change(&mut record);
    assert_eq!(obstacle(&record).as_deref(), expected);
}

fn failing(record: &mut RunRecord, failed: u64) {
    record.totals.ok -= failed;
    record.totals.failed = failed;
}

fn limit(record: &mut RunRecord, limit: f64) {
    record.verdict.checks.push(CheckRecord {
        threshold: format!("errors < {limit}"),
        ok: true,
        value_ns: None,
        value: Some(0.0),
        limit,
        samples: 1_000,
        detail: String::new(),
    });
}

#[test]
fn a_sound_run_may() {
    check(None, |_| {});
    check(None, |record| record.validity.state = ValidityState::Suspect);
}

#[test]
fn a_run_that_did_not_end_may_not() {
    check(Some("it was interrupted"), |record| record.state = RunState::Interrupted);
    check(Some("a threshold ended it early"), |record| record.state = RunState::Aborted);
    check(Some("it is still being played"), |record| record.state = RunState::Running);
}

#[test]
fn an_invalid_run_may_not() {
    check(Some("it is invalid (generator_late: too late)"), |record| {
        record.validity.state = ValidityState::Invalid;
        let (code, detail) = ("generator_late".to_owned(), "too late".to_owned());
        record.validity.reasons.push(Reason { code, state: ValidityState::Invalid, detail });
    });
}

#[test]
fn errors_have_the_limit_of_the_objectives_or_a_hundredth() {
    check(None, |record| failing(record, 10));
    check(Some("its errors are 1.10 %, what a baseline may have is 1.00 %"), |record| failing(record, 11));
    check(None, |record| {
        failing(record, 40);
        limit(record, 0.05);
    });
    check(Some("its errors are 0.20 %, its own objective is 0.10 %"), |record| {
        failing(record, 2);
        limit(record, 0.001);
    });
    check(Some("it measured nothing"), |record| (record.totals.requests, record.totals.ok) = (0, 0));
}
