use dyno_model::{OperationKind, RunRecord, VerdictState};

use super::Recorder;

#[test]
fn a_record_has_the_calls_their_journeys_and_what_was_expected() {
    let recorder = Recorder::new();
    let parse = recorder.benchmark("parse");
    parse.gate("errors < 30%").expect("an objective").gate("requests >= 100").expect("an objective");
    {
        let _checkout = recorder.span("checkout");
        for _ in 0..3 {
            parse.time(|| ());
        }
        parse.begin().fail("timeout");
    }
    let record = recorder.record("shop");
    assert_eq!((record.totals.requests, record.totals.ok, record.totals.failed), (4, 3, 1));
    assert_eq!(record.totals.errors_by_kind["timeout"], 1);
    assert_eq!(record.operations["parse"].kind, OperationKind::Request);
    assert_eq!(record.operations["checkout"].kind, OperationKind::Journey);
    assert_eq!(record.operations["checkout"].totals.requests, 1);
    assert_eq!(record.intervals.iter().map(|interval| interval.requests).sum::<u64>(), 4);
    assert_eq!(record.times.lateness_ns.count, 4);
    assert_eq!(record.verdict.state, VerdictState::Fail);
    let said: Vec<(&str, bool)> =
        record.verdict.checks.iter().map(|check| (check.threshold.as_str(), check.ok)).collect();
    assert_eq!(said, [("\"parse\".errors < 30%", true), ("\"parse\".requests >= 100", false)]);
    assert_eq!(parse.verdict().checks.iter().map(|check| check.ok).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn without_functions_spans_are_the_requests() {
    let recorder = Recorder::new();
    let unused = recorder.benchmark("looked up and never called");
    assert_eq!(unused.stats().calls, 0);
    drop(recorder.span("login"));
    let record = recorder.record("shop");
    assert_eq!(record.operations.len(), 1);
    assert_eq!(record.operations["login"].kind, OperationKind::Request);
    assert_eq!(record.totals.requests, 1);
    assert_eq!(record.verdict.state, VerdictState::None);
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let recorder = Recorder::new();
    recorder.benchmark("parse").time(|| ());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.json");
    let written = recorder.write(&path).expect("it can be written");
    let read: RunRecord =
        serde_json::from_slice(&std::fs::read(&path).expect("it is there")).expect("it is a record");
    assert_eq!(read.id, written.id);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing unfinished is left");
    let nowhere = folder.path().join("no/such/folder/run.json");
    let error = recorder.write(&nowhere).expect_err("there is no folder");
    assert_eq!(error.to_string(), format!("cannot write the run record to `{}`", nowhere.display()));
}

#[test]
fn objectives_that_cannot_be_judged_are_refused() {
    let recorder = Recorder::new();
    for (text, expected) in [
        ("p99 < 20", "has no unit"),
        ("\"other\".p99 < 20ms", "names an operation"),
        ("lateness.p99 < 1ms", "in a closed loop nothing is ever late"),
    ] {
        let error = recorder.benchmark("parse").gate(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn calls_can_be_forgotten() {
    let recorder = Recorder::new();
    let parse = recorder.benchmark("parse");
    parse.time(|| ());
    recorder.reset();
    assert_eq!(parse.stats().calls, 0);
    assert!(recorder.operations().is_empty());
    parse.time(|| ());
    assert_eq!(parse.stats().calls, 1);
}

#[test]
fn figures_have_the_names_and_units_of_the_older_framework() {
    let recorder = Recorder::new();
    let parse = recorder.benchmark("parse");
    parse.time(|| ());
    parse.begin().fail("timeout");
    let (stats, result) = (parse.stats(), parse.last_result());
    assert_eq!((result.requests_count, result.error_count, result.error_rate), (2, 1, 50.0));
    assert_eq!(result.p99_response_time, stats.quantile(0.99) as f64 / 1e9);
    assert_eq!(result.requests_per_second, stats.rate_per_s());
    assert!(result.min_response_time <= result.avg_response_time * 1.01);
    assert!(format!("{parse:?}").starts_with("<parse: 2 calls, 1 failed, p50 "), "{parse:?}");
}
