//! From contests of clients to what comparisons need.

use serde_json::{Value, json};

use crate::{CellKey, ClientsRecord, Environment, Headline, Histogram, Measured, PlanGroup};

fn entry(label: &str, state: &str, cpu_s: f64) -> Value {
    let mut times = Histogram::new();
    (1..=100).for_each(|n| times.record(n * 10_000));
    let times = Headline::from(&times);
    let segment = |block: u32| {
        json!({ "block": block, "position": 0, "ok": 100, "rejected": 0, "wall_ns": 50_000_000u64,
                "cpu_ns": (cpu_s * 1e8) as u64, "lateness_p99_ns": 0 })
    };
    json!({
        "label": label, "name": label, "mode": "sync", "version": "0.27.0", "state": state,
        "segments": [segment(0), segment(1)],
        "figures": {
            "cpu_s_per_1000": { "value": cpu_s, "low": cpu_s * 0.9, "high": cpu_s * 1.1, "samples": 12 },
            "throughput_per_s": { "value": 2_000.0, "samples": 12 },
            "service_time_ns": times, "response_time_ns": times, "rss_peak_bytes": 30_000_000,
            "requests": 200, "errors": 0
        }
    })
}

fn contest(entries: &[Value]) -> ClientsRecord {
    let record = json!({
        "schema": "dyno-clients/1", "id": "01JA", "name": "clients", "at": "2026-01-01T00:00:00Z",
        "version": "0.1.0", "target": "the embedded target",
        "case": { "profile": "matched", "method": "GET", "url": "http://127.0.0.1:4711/plaintext",
                  "body_bytes": 0, "lanes": 8, "timeout_ms": 30_000 },
        "seed": 42, "blocks": 12, "segment_ns": 500_000_000, "reference": "httpx sync", "counted_by": "host",
        "entries": entries, "environment": Environment::default(),
        "validity": { "state": "suspect", "reasons": [] }
    });
    serde_json::from_value(record).unwrap()
}

fn value(measured: &Measured, operation: &str, metric: &str) -> Option<f64> {
    measured.cells.get(&CellKey::of(operation, metric)).map(|estimate| estimate.value)
}

#[test]
fn every_ranked_client_is_an_operation() {
    let record = contest(&[
        entry("httpx sync", "ranked", 0.5),
        entry("requests sync", "ranked", 0.2),
        entry("broken sync", "broken", 0.1),
    ]);
    let measured = Measured::from(&record);
    assert_eq!(measured.operations.keys().collect::<Vec<_>>(), ["httpx sync", "requests sync"]);
    assert_eq!(value(&measured, "httpx sync", "cpu_per_request"), Some(500_000.0));
    assert_eq!(value(&measured, "requests sync", "rate"), Some(2_000.0));
    assert_eq!(value(&measured, "httpx sync", "rss"), Some(30_000_000.0));
    assert_eq!(value(&measured, "httpx sync", "errors"), Some(0.0));
    assert!(value(&measured, "httpx sync", "p99").is_some());
    assert_eq!(measured.replicates[&CellKey::of("httpx sync", "cpu_per_request")], [500_000.0, 500_000.0]);
    assert!(!measured.cells.contains_key(&CellKey::whole("rate")), "two clients have no whole");
}

#[test]
fn the_only_client_is_the_whole() {
    let measured = Measured::from(&contest(&[entry("httpx sync", "ranked", 0.5)]));
    let whole = &measured.cells[&CellKey::whole("cpu_per_request")];
    assert_eq!((whole.value, whole.samples), (500_000.0, 12));
    assert!(measured.histogram.is_some());
}

#[test]
fn versions_are_noted_and_parameters_count() {
    let before = contest(&[entry("httpx sync", "ranked", 0.5)]);
    let mut after = before.clone();
    after.entries[0].version = "0.28.1".to_owned();
    after.case.url = "http://127.0.0.1:9999/plaintext".to_owned();
    let groups = |a: &ClientsRecord, b: &ClientsRecord| -> Vec<(String, PlanGroup)> {
        let (a, b) = (Measured::from(a), Measured::from(b));
        let found = a.plan_differences(&b).into_iter().map(|(what, part, _)| (what.to_owned(), part.group));
        found.collect()
    };
    assert_eq!(groups(&before, &after), [("version of httpx sync".to_owned(), PlanGroup::Note)]);
    assert!(Measured::from(&before).is_session_like(&Measured::from(&after)));
    let mut other = before.clone();
    (other.case.lanes, other.case.profile) = (1, "defaults".to_owned());
    assert_eq!(
        groups(&before, &other),
        [("lanes".to_owned(), PlanGroup::LoadModel), ("profile".to_owned(), PlanGroup::Plan)]
    );
}
