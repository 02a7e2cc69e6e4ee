//! Histories with known changes, and sessions that do not belong to them.

use dyno_model::{
    CellKey, Environment, ErrorCount, Estimate, HistoryRecord, Measured, PlanGroup, PlanPart, Reason,
    ValidityState, VerdictState,
};

use super::{Session, history};

/// A session with a p99 in milliseconds, a rate and a share of errors.
fn session(number: usize, p99_ms: f64, rate: f64, errors: f64) -> Session {
    let mut measured = Measured::of_tool("dyno", "checkout");
    measured.run_id = Some(format!("RUN{number:02}"));
    measured.started_at = format!("2026-01-{:02}T00:00:00Z", number + 1);
    measured.environment =
        Some(Environment { fingerprint: "fp1:0123456789abcdef".to_owned(), ..Environment::default() });
    measured.errors = Some(ErrorCount { attempts: 10_000, errors: (errors * 10_000.0) as u64 });
    let estimate = |value: f64| Estimate { value, low: None, high: None, samples: 10_000 };
    for (metric, value) in [("p99", p99_ms * 1e6), ("rate", rate), ("errors", errors), ("max", 1e9)] {
        measured.cells.insert(CellKey::whole(metric), estimate(value));
        measured.cells.insert(CellKey::of("browse", metric), estimate(value));
    }
    Session { measured, verdict: VerdictState::Pass, tags: Vec::new() }
}

/// Scatter of a few per mille that repeats itself: no change by itself.
fn scatter(number: usize) -> f64 {
    1.0 + 0.004 * [0.3, -0.8, 0.5, -0.1, 0.9, -0.6, 0.2][number % 7]
}

fn stepped(steps: &[(usize, f64)]) -> Vec<Session> {
    let mut sessions = Vec::new();
    for (count, level) in steps {
        for _ in 0..*count {
            let number = sessions.len();
            sessions.push(session(number, level * scatter(number), 2_000.0 / level * 12.0, 0.000_1));
        }
    }
    sessions
}

fn of<'a>(record: &'a HistoryRecord, metric: &str) -> &'a dyno_model::HistorySeries {
    record.series.iter().find(|series| series.metric == metric && series.operation.is_none()).unwrap()
}

#[test]
fn a_step_is_found_with_its_blame_window() {
    let record = history("checkout", &stepped(&[(12, 12.0), (12, 12.6)]), &[]);
    let p99 = of(&record, "p99");
    assert_eq!(p99.changes.len(), 1);
    let change = p99.changes[0];
    assert_eq!((change.at, change.is_worse), (12, true));
    assert!((change.change - 0.05).abs() < 0.003, "{change:?}");
    let rate = of(&record, "rate");
    assert!(rate.changes[0].is_worse && rate.changes[0].change < 0.0, "{:?}", rate.changes);
    assert!(of(&record, "errors").changes.is_empty());
}

#[test]
fn small_steps_add_up() {
    let record = history("checkout", &stepped(&[(12, 12.0), (12, 12.5), (12, 13.0), (12, 13.6)]), &[]);
    let p99 = of(&record, "p99");
    let creep = p99.creep.unwrap();
    assert_eq!((p99.changes.len(), creep.steps), (3, 3));
    assert!((creep.sum - 0.133).abs() < 0.01 && creep.is_exceeded, "{creep:?}");
    assert!(p99.changes.iter().all(|change| change.change < p99.tolerance.unwrap()), "each alone is small");
}

#[test]
fn nothing_changes_in_a_quiet_history() {
    let record = history("checkout", &stepped(&[(40, 12.0)]), &[]);
    assert!(record.series.iter().all(|series| series.changes.is_empty() && series.creep.is_none()));
}

#[test]
fn sessions_that_cannot_be_compared_are_left_out() {
    let mut sessions = stepped(&[(8, 12.0)]);
    sessions[1].measured.environment.as_mut().unwrap().fingerprint = "fp1:other".to_owned();
    sessions[2].measured.validity.state = ValidityState::Invalid;
    let (code, detail) = ("generator_late".to_owned(), String::new());
    sessions[2].measured.validity.reasons.push(Reason { code, state: ValidityState::Invalid, detail });
    sessions[3].measured.errors = None;
    let part = |group| PlanPart { group, value: "closed".to_owned() };
    sessions[4].measured.plan.insert("load model".to_owned(), part(PlanGroup::LoadModel));
    sessions[5].measured.plan.insert("timeout".to_owned(), part(PlanGroup::Setting));
    let record = history("checkout", &sessions, &[]);
    let reasons: Vec<_> = record.left_out.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["another machine", "invalid: generator_late", "nothing was measured", "another load model"]
    );
    assert_eq!(record.sessions.len(), 4);
    assert!(record.series.iter().all(|series| series.values.len() == 4));
}

#[test]
fn metrics_can_be_named_and_a_single_operation_is_the_whole_run() {
    let metrics = |record: &HistoryRecord| -> Vec<String> {
        record
            .series
            .iter()
            .map(|series| CellKey { operation: series.operation.clone(), metric: series.metric.clone() })
            .map(|key| key.to_string())
            .collect()
    };
    let mut sessions = stepped(&[(3, 12.0)]);
    assert_eq!(metrics(&history("checkout", &sessions, &[])), ["p99", "rate", "errors"]);
    assert_eq!(metrics(&history("checkout", &sessions, &["max".to_owned()])), ["max"]);
    let estimate = sessions[0].measured.cells[&CellKey::whole("p99")];
    sessions[0].measured.cells.insert(CellKey::of("buy", "p99"), estimate);
    let record = history("checkout", &sessions, &["p99".to_owned()]);
    assert_eq!(metrics(&record), ["p99", "browse/p99", "buy/p99"]);
    assert_eq!(record.series[2].values, [Some(estimate.value), None, None]);
}

#[test]
fn no_sessions_make_an_empty_history() {
    let record = history("checkout", &[], &[]);
    assert!(record.sessions.is_empty() && record.series.is_empty() && record.left_out.is_empty());
}
