//! The store as its callers use it: life of a run, killed processes, several writers, lists and rules.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use dyno_model::*;

use crate::{Prune, RunFilter, Store, StoreError, new_run_id};

/// Names the store in which a second process, this test binary again, plays a run.
const CHILD_STORE: &str = "DYNO_STORE_TEST_CHILD";

/// A store in a directory of its own.
pub(crate) fn empty() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(Some(&directory.path().join("data/store.db"))).unwrap();
    (directory, store)
}

pub(crate) fn interval(second: u64) -> IntervalRecord {
    let mut histogram = Histogram::new();
    (1..=10).for_each(|n| histogram.record(n * 1_000_000 * second));
    IntervalRecord {
        at_ns: second * 1_000_000_000,
        length_ns: 1_000_000_000,
        measured: second > 1,
        requests: 12,
        ok: 10,
        rejected: 1,
        failed: 1,
        in_flight: second,
        asked: Some(13),
        bytes_sent: 100,
        bytes_received: 1000,
        lateness_p99_ns: 5_000,
        histogram,
        generator: Some(ResourceSample {
            cpu_cores: 0.1 + 0.2,
            rss_bytes: 1 << 20,
            ..ResourceSample::default()
        }),
        target: None,
    }
}

fn totals() -> Totals {
    Totals {
        requests: 24,
        ok: 20,
        rejected: 2,
        failed: 2,
        bytes_sent: 200,
        bytes_received: 2000,
        elapsed_ns: 2_000_000_000,
        throughput_per_s: 10.000000000000002,
        connections: 3,
        errors_by_kind: BTreeMap::from([("timeout".to_owned(), 2)]),
        status_codes: BTreeMap::from([("200".to_owned(), 20), ("503".to_owned(), 2)]),
    }
}

/// A record with something in every field.
pub(crate) fn record(id: &str, name: &str, started_at: &str) -> RunRecord {
    let mut tally = Tally::default();
    (1..=20).for_each(|n| tally.response_time.record(n * 1_234_567));
    let times = Times::from(&tally);
    let specimen = Specimen {
        operation: "GET /ü".to_owned(),
        n: u64::MAX,
        at_ns: 1,
        kind: "timeout".to_owned(),
        response_time_ns: 30_000_000_000,
        message: "no answer \"in time\"\n".to_owned(),
    };
    let operation = OperationRecord { kind: OperationKind::Request, totals: totals(), times: times.clone() };
    RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        tags: Vec::new(),
        started_at: started_at.to_owned(),
        state: RunState::Finished,
        tool: ToolInfo {
            version: "0.1.0".to_owned(),
            commit: "unknown".to_owned(),
            engine: "lean http1.1".to_owned(),
        },
        target_kind: TargetKind::External,
        target: "http://127.0.0.1:8080/".to_owned(),
        plan: serde_json::json!({ "z": 1, "a": [0.1, 1e-7, 123456789.12345679] }),
        environment: Environment { fingerprint: "fp1:0123456789abcdef".to_owned(), ..Environment::default() },
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        verdict: VerdictRecord { state: VerdictState::Pass, checks: Vec::new() },
        load: LoadRecord {
            model: "open".to_owned(),
            asked_rate_per_s: Some(1.0 / 3.0),
            achieved_rate_per_s: 12.0,
            not_started: 0,
            in_flight_at_end: 0,
            in_flight_max: 3,
            in_flight_limit: 64,
            busy_share: 0.0,
            generator_lateness_p99_ns: 4_000,
            gap_cv: Some(0.05),
            dispersion_10ms: None,
            measure_start_ns: 1_000_000_000,
            warmup_requests: 12,
        },
        totals: totals(),
        times: times.clone(),
        connect_ns: Some(times.response_time_ns.clone()),
        tls_ns: None,
        operations: BTreeMap::from([("GET /ü".to_owned(), operation)]),
        intervals: (1..=3).map(interval).collect(),
        specimens: vec![specimen],
        slowest: Vec::new(),
        generator: Generator {
            cpu_user_s: 0.1,
            cpu_system_s: 0.2,
            cpu_share: 0.3,
            rss_peak_bytes: 12_345_678,
            requests_per_cpu_s: 80_000.5,
            threads: 1,
            resources: ResourceSummary::default(),
        },
        target_resources: None,
        audit: None,
        reproduce: "dyno http http://127.0.0.1:8080/".to_owned(),
    }
}

fn ids(runs: &[crate::RunSummary]) -> Vec<&str> {
    runs.iter().map(|run| run.id.as_str()).collect()
}

#[test]
fn a_run_is_stored_as_it_is_played() {
    let (_keep, mut store) = empty();
    let finished = record("01A", "checkout", "2026-01-02T03:04:05Z");
    let mut head = finished.clone();
    head.totals.requests = 0;
    let mut writer = store.begin(&head).unwrap();
    let summary = store.list(&RunFilter::default()).unwrap().remove(0);
    assert_eq!((summary.state.as_str(), summary.requests), ("running", 0));
    for interval in &finished.intervals {
        writer.append(interval).unwrap();
    }
    assert_eq!(store.load("01A").unwrap().intervals.len(), 3);
    assert_eq!(store.load("01A").unwrap().state, RunState::Running);
    assert!(matches!(store.remove(&["01A".to_owned()]), Err(StoreError::StillRunning { .. })));
    assert!(matches!(store.begin(&head), Err(StoreError::Conflict { .. })));
    writer.finish(&finished).unwrap();
    assert_eq!(store.load("01A").unwrap(), reread(&finished));
    let summary = store.list(&RunFilter::default()).unwrap().remove(0);
    assert_eq!(
        (summary.state.as_str(), summary.verdict.as_str(), summary.requests),
        ("finished", "pass", 24)
    );
    assert_eq!(summary.p99_ns, finished.times.response_time_ns.p99);
}

/// A histogram keeps its exact sum only while it records.
fn reread(record: &RunRecord) -> RunRecord {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

/// Plays a run in a second process; does nothing when this process is the first one.
#[test]
fn second_process_plays_a_run() {
    let Some(path) = std::env::var_os(CHILD_STORE) else { return };
    let store = Store::open(Some(path.as_ref())).unwrap();
    let head = record(&new_run_id(SystemTime::now()), "second", "2026-01-02T03:04:05Z");
    let mut writer = store.begin(&head).unwrap();
    for second in 1..=20 {
        writer.append(&interval(second)).unwrap();
    }
    println!("\nready {}", head.id);
    // Until it is killed, or its input is closed.
    std::io::stdin().lock().lines().next();
}

fn second_process(store: &Store) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::second_process_plays_a_run", "--nocapture"])
        .env(CHILD_STORE, store.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn id_when_ready(child: &mut std::process::Child) -> String {
    // Borrowed, not taken: the child must be able to write until it ends.
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    lines.map_while(Result::ok).find_map(|line| line.strip_prefix("ready ").map(str::to_owned)).unwrap()
}

#[test]
fn a_killed_run_is_found_interrupted_with_its_seconds() {
    let (_keep, mut store) = empty();
    let mut child = second_process(&store);
    let id = id_when_ready(&mut child);
    assert_eq!(store.load(&id).unwrap().state, RunState::Running);
    child.kill().unwrap();
    child.wait().unwrap();
    let rebuilt = store.load(&id).unwrap();
    assert_eq!((rebuilt.state, rebuilt.validity.state), (RunState::Interrupted, ValidityState::Suspect));
    assert_eq!(rebuilt.verdict.state, VerdictState::Inconclusive);
    // The first of twenty seconds was warm-up.
    assert_eq!(
        (rebuilt.totals.requests, rebuilt.totals.ok, rebuilt.load.warmup_requests),
        (19 * 12, 190, 12)
    );
    assert_eq!((rebuilt.totals.throughput_per_s, rebuilt.load.asked_rate_per_s), (10.0, Some(13.0)));
    assert_eq!((rebuilt.times.response_time_ns.count, rebuilt.intervals.len()), (190, 20));
    insta::assert_snapshot!(rebuilt.validity.reasons[0].detail, @"the process was killed; this record was rebuilt from 19 measured seconds and holds counts and response times only: service time, lateness, first byte, connections, operations, status codes and kinds of failures are missing");
    assert_eq!(store.list(&RunFilter::default()).unwrap()[0].state, "interrupted");
    assert_eq!(store.load(&id).unwrap(), rebuilt);
}

#[test]
fn a_broken_record_does_not_hide_the_others() {
    let (_keep, mut store) = stored(&RUNS);
    let gone = "UPDATE run SET state = 'running', pid = 1, process_start = -1, machine = 'elsewhere', heartbeat_ms = 0,
         record = '{' WHERE id = '01AAAA1'";
    store.connection.execute(gone, []).unwrap();
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 5);
    let error = store.load("01AAAA1").unwrap_err().to_string();
    assert!(error.contains("is damaged (run 01AAAA1: EOF while parsing"), "{error}");
    assert!(store.load("01AAAA2").is_ok());
}

#[test]
fn two_processes_and_two_threads_write_at_once() {
    let (_keep, mut store) = empty();
    let mut children = [second_process(&store), second_process(&store)];
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let path = store.path();
            scope.spawn(move || {
                let store = Store::open(Some(path)).unwrap();
                let head = record(&format!("01T{thread}"), "threads", "2026-01-02T03:04:05Z");
                let mut writer = store.begin(&head).unwrap();
                (1..=30).for_each(|second| writer.append(&interval(second)).unwrap());
                writer.finish(&head).unwrap();
            });
        }
    });
    for child in &mut children {
        let id = id_when_ready(child);
        assert_eq!(store.load(&id).unwrap().intervals.len(), 20);
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 4);
}

#[test]
fn many_make_the_same_new_store_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(Some(&path)).map(|_| ()))).collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    });
}

fn stored(runs: &[(&str, &str, &str)]) -> (tempfile::TempDir, Store) {
    let (keep, mut store) = empty();
    for (id, name, started_at) in runs {
        store.put(&record(id, name, started_at)).unwrap();
    }
    (keep, store)
}

const RUNS: [(&str, &str, &str); 5] = [
    ("01AAAA1", "checkout", "2026-01-01T00:00:00Z"),
    ("01AAAA2", "checkout", "2026-01-02T00:00:00.5Z"),
    ("01BBBB1", "browse", "2026-01-03T00:00:00Z"),
    ("01BBBB2", "checkout", "2026-01-02T00:00:00Z"),
    ("01CCCC1", "GET http://x/", "2026-01-04T00:00:00Z"),
];

#[test]
fn lists_are_by_time_and_filtered() {
    let (_keep, mut store) = stored(&RUNS);
    let list = |store: &mut Store, filter| ids(&store.list(&filter).unwrap()).join(" ");
    assert_eq!(list(&mut store, RunFilter::default()), "01CCCC1 01BBBB1 01AAAA2 01BBBB2 01AAAA1");
    let named = RunFilter { name: Some("checkout".to_owned()), ..RunFilter::default() };
    assert_eq!(list(&mut store, RunFilter { limit: Some(2), ..named }), "01AAAA2 01BBBB2");
    store.tag("01AAAA1", "golden").unwrap();
    store.tag("01AAAA1", "golden").unwrap();
    let tagged = RunFilter { tag: Some("golden".to_owned()), ..RunFilter::default() };
    assert_eq!(list(&mut store, tagged), "01AAAA1");
    assert_eq!(store.load("01AAAA1").unwrap().tags, ["golden"]);
    assert_eq!(store.load("01AAAA1").unwrap().intervals.len(), 3);
}

#[test]
fn runs_are_found_by_what_people_write() {
    let (_keep, mut store) = stored(&RUNS);
    store.tag("01AAAA1", "golden").unwrap();
    let mut found = |text: &str| store.find(text).unwrap_or_else(|e| e.to_string());
    assert_eq!(found("latest"), "01CCCC1");
    assert_eq!(found("checkout"), "01AAAA2");
    assert_eq!(found("checkout@-1"), "01BBBB2");
    assert_eq!(found("checkout@-2"), "01AAAA1");
    assert_eq!(found("GET http://x/"), "01CCCC1");
    assert_eq!(found("golden"), "01AAAA1");
    assert_eq!(found("01AAAA1"), "01AAAA1");
    assert_eq!(found("01aaaa1"), "01AAAA1");
    assert_eq!(found("01cc"), "01CCCC1");
    let texts = ["checkout@-3", "chekout", "chekout@-1", "01BBBB", "01Z9", "01A", "*", "completely else"];
    insta::assert_snapshot!(texts.map(&mut found).join("\n"), @"
    there is no run `checkout@-3`; `checkout` has 3 runs, the oldest is `checkout@-2`
    there is no run `chekout`; did you mean `checkout`?
    there is no run `chekout@-1`; did you mean `checkout`?
    `01BBBB` is the start of 2 ids; write more of it, such as `01BBBB2`
    there is no run `01Z9`; see `dyno runs list`
    there is no run `01A`; see `dyno runs list`
    there is no run `*`; see `dyno runs list`
    there is no run `completely else`; see `dyno runs list`
    ");
    let (_keep, mut store) = empty();
    insta::assert_snapshot!(store.find("latest").unwrap_err(), @"there is no run `latest`; the store has no runs yet");
}

#[test]
fn pruning_follows_every_rule_and_spares_tagged_runs() {
    let check = |rules: Prune, removed: &str| {
        let (_keep, mut store) = stored(&RUNS);
        store.tag("01AAAA1", "golden").unwrap();
        let ids = store.prune(&rules).unwrap();
        assert_eq!(ids.join(" "), removed, "{rules:?}");
        assert_eq!(store.list(&RunFilter::default()).unwrap().len(), RUNS.len() - ids.len());
    };
    check(Prune::default(), "");
    check(Prune { keep_per_name: Some(1), older_than: None }, "01BBBB2");
    check(Prune { keep_per_name: Some(0), older_than: None }, "01CCCC1 01BBBB1 01AAAA2 01BBBB2");
    check(Prune { keep_per_name: None, older_than: Some(Duration::from_secs(100 * 365 * 86_400)) }, "");
    // All runs of the table are old on any day after they were written down.
    check(Prune { keep_per_name: Some(2), older_than: Some(Duration::ZERO) }, "");
    check(Prune { keep_per_name: Some(1), older_than: Some(Duration::ZERO) }, "01BBBB2");
}

#[test]
fn removal_is_all_or_nothing() {
    let (_keep, mut store) = stored(&RUNS);
    let error = store.remove(&["01AAAA1".to_owned(), "01NONE".to_owned()]).unwrap_err();
    assert!(matches!(error, StoreError::UnknownRun { .. }));
    assert_eq!(store.list(&RunFilter::default()).unwrap().len(), 5);
    store.remove(&["01AAAA1".to_owned(), "01CCCC1".to_owned()]).unwrap();
    assert_eq!(ids(&store.list(&RunFilter::default()).unwrap()), ["01BBBB1", "01AAAA2", "01BBBB2"]);
    assert!(matches!(store.load("01AAAA1"), Err(StoreError::UnknownRun { .. })));
    let seconds: i64 =
        store.connection.query_row("SELECT count(*) FROM run_interval", [], |row| row.get(0)).unwrap();
    assert_eq!(seconds, 9);
}

#[test]
fn ids_are_unique_and_sorted_by_time() {
    let early = new_run_id(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
    let late = new_run_id(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000));
    assert!(early < late && early.len() == 26);
    let now = SystemTime::now();
    assert_ne!(new_run_id(now), new_run_id(now));
}
