//! What a run record says.

use serde_json::Value;

use crate::schema::violations;
use crate::support::{CALM, CALM_PATH, Dyno, Target};

fn record_of(flags: &[&str], path: &str) -> Value {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &[&["--json"], flags].concat(), path);
    serde_json::from_str(&done.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", done.stdout, done.stderr))
}

#[test]
fn json_is_the_record_and_fits_its_schema() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let done = dyno.http(&target, &[&CALM[..], &["--json", "--threshold", "p99 < 5s"]].concat(), CALM_PATH);
    let record: Value = serde_json::from_str(&done.stdout).unwrap();
    let schema: Value = serde_json::from_str(&dyno.run(&["schema", "run"]).stdout).unwrap();
    assert_eq!(violations(&schema, &record), Vec::<String>::new());
    assert_eq!(record["schema"], "dyno-run/1");
    assert_eq!(record["state"], "finished");
    assert_eq!(record["totals"]["requests"], 50);
    assert_eq!(record["totals"]["status_codes"]["200"], 50);
    assert_eq!(record["verdict"]["state"], "pass");
    assert_eq!(record["load"]["model"], "open");
    assert!(record["reproduce"].as_str().unwrap().starts_with("dyno http -q 50"), "{record}");
    assert_eq!(record, dyno.latest(), "the store keeps the same record");
}

#[test]
fn without_a_store_the_record_is_as_complete() {
    let record = record_of(&[&CALM[..], &["--no-store"]].concat(), CALM_PATH);
    let counted: u64 = record["intervals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|second| second["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 50);
}

#[test]
fn a_count_ends_the_run() {
    let record = record_of(&["-n", "200", "-c", "2", "-w", "0"], "/plaintext");
    assert_eq!(record["totals"]["requests"], 200);
    assert_eq!(record["load"]["model"], "closed");
}

#[test]
fn requests_start_on_time_and_not_in_ticks() {
    // With steps of 10 ms at 1,000/s requests would be 5 ms late in the middle, and come in tens.
    let record = record_of(&["-q", "1000", "-z", "2s", "-w", "200ms"], "/plaintext");
    let late_ns = record["lateness_ns"]["p50"].as_u64().unwrap();
    assert!(late_ns < 2_000_000, "half of the requests were more than {late_ns} ns late");
    let variation = record["load"]["gap_cv"].as_f64().unwrap();
    assert!(variation < 2.0, "gaps vary by {variation}");
}

#[test]
fn the_targets_process_is_followed() {
    let (dyno, target) = (Dyno::new(), Target::start());
    let pid = target.pid().to_string();
    let flags = [&CALM[..], &["--json", "--target-pid", &pid]].concat();
    let record: Value = serde_json::from_str(&dyno.http(&target, &flags, CALM_PATH).stdout).unwrap();
    assert_eq!(record["target_resources"]["pid"], target.pid());
}

#[test]
fn a_plan_on_the_embedded_target_is_played() {
    let dyno = Dyno::new();
    let plan = "name: small\ntarget: { embedded: {} }\nload: { open: { rate: 50/s } }\n\
                phases: { warmup: 0s, measure: 1s }\n\
                scenarios: [ { name: wait, steps: [ { get: \"/delay/200ms\", check: { status: 200 } } ] } ]\n\
                thresholds: [ \"wait.p99 < 5s\" ]\n";
    std::fs::write(dyno.path("small.yaml"), plan).unwrap();
    let done = dyno.run(&["run", "small.yaml", "--json"]);
    assert!(done.is_played(), "{}", done.stderr);
    let record: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(record["target_kind"], "builtin");
    assert!(record["target_resources"]["pid"].as_u64().is_some());
    assert_eq!(record["totals"]["ok"], 50);
}
