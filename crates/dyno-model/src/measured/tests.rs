//! From run records to what comparisons need.

use serde_json::json;

use super::{ErrorCount, Measured, PlanGroup};
use crate::{CellKey, Headline, Histogram, RunRecord, Tally, Times, ValidityState};

/// A small run of two operations: 90 `browse` and 10 `buy`, one of which failed.
fn record() -> RunRecord {
    let totals = |requests: u64, failed: u64| {
        json!({ "requests": requests, "ok": requests - failed, "rejected": 0, "failed": failed, "bytes_sent": 0,
                "bytes_received": requests * 200, "elapsed_ns": 1_000_000_000u64,
                "throughput_per_s": requests - failed, "errors_by_kind": {}, "status_codes": {} })
    };
    let times = |values: std::ops::RangeInclusive<u64>| {
        let mut tally = Tally::default();
        values.for_each(|ms| tally.response_time.record(ms * 1_000_000));
        serde_json::to_value(Times::from(&tally)).unwrap()
    };
    let operation = |requests, failed, values| {
        let mut value = json!({ "kind": "request", "totals": totals(requests, failed) });
        value.as_object_mut().unwrap().extend(times(values).as_object().unwrap().clone());
        value
    };
    let plan = json!({
        "name": "shop", "target": { "http": ["http://127.0.0.1:1"] },
        "load": { "open": { "rate": "100/s", "arrivals": "even", "max_in_flight": 64 } },
        "phases": { "warmup": "1s", "measure": "1s", "cooldown": "0s" }, "limits": { "timeout": "10s" },
        "http": { "version": "http1.1", "pipeline": 1, "keep_alive": true, "connect_timeout": "10s" },
        "scenarios": [ { "name": "browse", "weight": 9, "steps": [ { "url": "/" } ] },
                       { "name": "buy", "weight": 1, "steps": [ { "url": "/buy" } ] } ],
        "threads": 1, "seed": 1
    });
    let interval = |measured: bool, at_s: u64| {
        json!({ "at_ns": at_s * 1_000_000_000, "length_ns": 1_000_000_000u64, "measured": measured, "requests": 100,
                "ok": 99, "rejected": 0, "failed": 1, "in_flight": 0, "asked": 100, "bytes_sent": 0,
                "bytes_received": 0, "lateness_p99_ns": 0, "histogram": Histogram::new() })
    };
    let mut value = json!({
        "schema": "dyno-run/1", "id": "01JA", "name": "shop", "started_at": "2026-01-01T00:00:00Z",
        "state": "finished", "tool": { "version": "0.1.0", "commit": "c", "engine": "lean HTTP/1.1" },
        "target_kind": "external", "target": "http://127.0.0.1:1 (HTTP/1.1)", "plan": plan,
        "environment": { "fingerprint": "fp1:0", "identity": {}, "config": {}, "volatile": {} },
        "validity": { "state": "valid", "reasons": [] },
        "verdict": { "state": "pass", "checks": [
            { "threshold": "errors < 2%", "ok": true, "value": 0.01, "limit": 0.02, "samples": 100, "detail": "" } ] },
        "load": { "model": "open", "asked_rate_per_s": 100.0, "achieved_rate_per_s": 100.0, "not_started": 0,
                  "in_flight_at_end": 0, "in_flight_max": 1, "in_flight_limit": 64, "gap_cv": null,
                  "dispersion_10ms": null, "measure_start_ns": 1_000_000_000u64, "warmup_requests": 100 },
        "totals": totals(100, 1),
        "operations": { "browse": operation(90, 0, 1..=90), "buy": operation(10, 1, 101..=109) },
        "intervals": [interval(false, 1), interval(true, 2)],
        "generator": { "cpu_user_s": 0.0, "cpu_system_s": 0.0, "cpu_share": 0.1, "rss_peak_bytes": 0,
                       "requests_per_cpu_s": 0.0, "threads": 1 },
        "target_resources": { "pid": 1, "requests_per_cpu_s": 10_000.0,
            "summary": { "cpu_user_s": 0.0, "cpu_system_s": 0.0, "rss_peak_bytes": 1_000_000, "steal_share": 0.0,
                         "involuntary_switches": 0, "run_queue_wait_s": 0.0, "cgroup_throttled": 0 } },
    });
    value.as_object_mut().unwrap().extend(times(1..=99).as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_run_gives_its_cells_operations_and_seconds() {
    let measured = Measured::from(&record());
    let value = |key: CellKey| measured.cells.get(&key).map(|cell| cell.value);
    assert_eq!(value(CellKey::whole("rate")), Some(99.0));
    assert_eq!(value(CellKey::whole("errors")), Some(0.01));
    assert_eq!(value(CellKey::of("buy", "errors")), Some(0.1));
    assert_eq!(value(CellKey::whole("cpu_per_request")), Some(100_000.0));
    assert_eq!(value(CellKey::whole("bytes_per_request")), Some(200.0));
    assert_eq!(value(CellKey::whole("rss")), Some(1e6));
    let p50 = value(CellKey::of("browse", "p50")).unwrap();
    assert!((p50 / 45e6 - 1.0).abs() < 0.01, "{p50}");
    assert_eq!(value(CellKey::whole("service.p50")), None, "nothing was recorded");
    assert_eq!(measured.operations["buy"].errors, Some(ErrorCount { attempts: 10, errors: 1 }));
    assert_eq!(measured.errors_limit, Some(0.02));
    assert_eq!(measured.intervals.len(), 1, "the warm-up does not count");
    assert_eq!(measured.intervals[0].at_ns, 1_000_000_000);
}

#[test]
fn what_was_asked_tells_apart_load_protocol_and_mix() {
    let first = Measured::from(&record());
    let differences = |change: &dyn Fn(&mut RunRecord)| {
        let mut other = record();
        change(&mut other);
        let other = Measured::from(&other);
        let found = first.plan_differences(&other);
        found.iter().map(|(name, part, _)| ((*name).to_owned(), part.group)).collect::<Vec<_>>()
    };
    assert_eq!(differences(&|_| ()), []);
    assert_eq!(differences(&|r| r.plan["seed"] = json!(2)), [], "the seed is no part of what is asked");
    assert_eq!(differences(&|r| r.target = "http://10.0.0.1:99 (HTTP/1.1)".to_owned()), []);
    let check = |change: &dyn Fn(&mut RunRecord), name: &str, group| {
        assert_eq!(differences(change), [(name.to_owned(), group)]);
    };
    check(&|r| r.plan["load"]["open"]["rate"] = json!("200/s"), "rate", PlanGroup::LoadModel);
    check(&|r| r.load.model = "closed".to_owned(), "load model", PlanGroup::LoadModel);
    check(&|r| r.target = "https://h/".to_owned(), "scheme", PlanGroup::Protocol);
    check(&|r| r.plan["http"]["keep_alive"] = json!(false), "keep alive", PlanGroup::Protocol);
    check(&|r| r.plan["scenarios"][0]["weight"] = json!(5), "weight of browse", PlanGroup::Plan);
    check(&|r| r.plan["scenarios"][1]["steps"] = json!([]), "steps of buy", PlanGroup::Plan);
    check(&|r| r.plan["threads"] = json!(4), "threads", PlanGroup::Setting);
    check(&|r| r.plan["phases"]["measure"] = json!("1h"), "measured time", PlanGroup::Note);
}

#[test]
fn sessions_are_of_one_plan_tool_and_machine() {
    let first = Measured::from(&record());
    let is_session = |change: &dyn Fn(&mut Measured)| {
        let mut other = first.clone();
        change(&mut other);
        first.is_session_like(&other) && other.is_session_like(&first)
    };
    assert!(is_session(&|_| ()));
    assert!(is_session(&|other| other.ask(PlanGroup::Note, "measured time", "1h")));
    assert!(!is_session(&|other| other.ask(PlanGroup::LoadModel, "rate", "1/s")));
    assert!(!is_session(&|other| other.plan_name = "other".to_owned()));
    assert!(!is_session(&|other| other.tool = "wrk".to_owned()));
    assert!(!is_session(&|other| other.environment.as_mut().unwrap().fingerprint = "fp1:1".to_owned()));
    let unknown = Measured::of_tool("wrk", "a.txt");
    assert!(!unknown.is_session_like(&unknown), "a machine that is not known is not the same");
}

#[test]
fn a_run_that_did_not_end_says_so() {
    let with = |state: &str| {
        let mut record = record();
        record.state = serde_json::from_value(json!(state)).unwrap();
        Measured::from(&record).validity
    };
    assert_eq!(with("finished").reasons, []);
    assert_eq!(with("interrupted").state, ValidityState::Suspect);
    assert_eq!(with("running").state, ValidityState::Invalid);
}

#[test]
fn numbers_that_are_none_are_not_known() {
    let mut measured = Measured::of_tool("wrk", "a.txt");
    measured.cell(CellKey::whole("p50"), f64::NAN, 1);
    measured.cell(CellKey::whole("rate"), f64::INFINITY, 1);
    assert!(measured.cells.is_empty());
    let mut nothing = record();
    nothing.totals.requests = 0;
    nothing.times.response_time_ns = Headline::from(&Histogram::new());
    let nothing = Measured::from(&nothing);
    assert!(
        !nothing.cells.contains_key(&CellKey::whole("p50"))
            && !nothing.cells.contains_key(&CellKey::whole("rate"))
    );
}
