//! Configurations and results in the store, and databases of http-client-benchmarker.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use dyno_model::{
    BenchmarkConfiguration, BenchmarkFigures, BenchmarkResult, BenchmarkStatus, BenchmarkTimes,
    ConfigurationStatus, MemoryUnit,
};
use rusqlite::Connection;

use crate::tests::empty;
use crate::{BenchmarkFilter, Prune, StoreError, is_sqlite, new_benchmark_id, read_foreign_results};

fn result(id: &str, library: &str, method: &str, start_time: &str) -> BenchmarkResult {
    BenchmarkResult {
        id: id.to_owned(),
        configuration_id: Some("c".to_owned()),
        name: format!("{library} test"),
        client_library: library.to_owned(),
        client_type: "sync".to_owned(),
        http_method: method.to_owned(),
        url: "http://127.0.0.1/".to_owned(),
        status: BenchmarkStatus::Completed,
        error: None,
        start_time: start_time.to_owned(),
        end_time: None,
        concurrency_level: 4,
        figures: Some(BenchmarkFigures {
            duration_ns: 1_234_567_891,
            requests_count: 10,
            requests_per_second: 0.1 + 0.2,
            response_time: Some(BenchmarkTimes { avg_ns: 3, min_ns: 1, max_ns: 5, p95_ns: 4, p99_ns: 5 }),
            cpu_usage_percent: Some(12.5),
            memory_usage: Some(33.0),
            memory_unit: MemoryUnit::Megabytes,
            bytes_sent: 1,
            bytes_received: 2,
            error_count: 0,
            errors: BTreeMap::new(),
            status_codes: BTreeMap::from([("200".to_owned(), 10)]),
            chunk_count: None,
        }),
        config_snapshot: serde_json::json!({ "body": "" }),
    }
}

fn ids(store: &mut crate::Store, filter: &BenchmarkFilter) -> (Vec<String>, u64) {
    let page = store.benchmarks(filter).unwrap();
    (page.results.into_iter().map(|result| result.id).collect(), page.total)
}

#[test]
fn results_come_back_as_they_were_and_are_found_by_what_lists_ask_for() {
    let (_keep, mut store) = empty();
    let all = [
        result("a", "requests", "GET", "2026-01-01T00:00:00Z"),
        result("b", "httpx", "GET", "2026-01-02T00:00:00Z"),
        result("c", "httpx", "POST", "2026-01-03T00:00:00Z"),
    ];
    for result in &all {
        store.keep_benchmark(result).unwrap();
        assert_eq!(store.benchmark(&result.id).unwrap().as_ref(), Some(result));
    }
    assert_eq!(store.benchmark("x").unwrap(), None);
    let filter = BenchmarkFilter::default;
    let text = |text: &str| Some(text.to_owned());
    for (filter, expected, total) in [
        (filter(), vec!["c", "b", "a"], 3),
        (BenchmarkFilter { client_library: text("httpx"), ..filter() }, vec!["c", "b"], 2),
        (BenchmarkFilter { http_method: text("GET"), ..filter() }, vec!["b", "a"], 2),
        (BenchmarkFilter { name: text("requests test"), ..filter() }, vec!["a"], 1),
        (BenchmarkFilter { status: Some(BenchmarkStatus::Failed), ..filter() }, vec![], 0),
        (BenchmarkFilter { limit: Some(1), offset: 1, ..filter() }, vec!["b"], 3),
        (BenchmarkFilter { offset: u64::MAX, ..filter() }, vec![], 3),
    ] {
        assert_eq!(ids(&mut store, &filter), (expected.into_iter().map(str::to_owned).collect(), total));
    }
}

#[test]
fn a_benchmark_whose_process_is_gone_has_failed_and_one_of_this_process_runs_on() {
    let (_keep, mut store) = empty();
    let mut running = result("r", "httpx", "GET", "2026-01-01T00:00:00Z");
    (running.status, running.figures) = (BenchmarkStatus::Running, None);
    store.keep_benchmark(&running).unwrap();
    store.beat_benchmark("r").unwrap();
    assert_eq!(store.benchmark("r").unwrap().unwrap(), running);
    assert!(matches!(store.remove(&["r".to_owned()]), Err(StoreError::StillRunning { .. })));
    // No process has started before the boot, so this one is another.
    store.connection.execute("UPDATE benchmark_result SET process_start = -1", []).unwrap();
    let failed = store.benchmark("r").unwrap().unwrap();
    assert_eq!(failed.status, BenchmarkStatus::Failed);
    assert_eq!(failed.error.as_deref(), Some("the process that played it ended before the benchmark did"));
    assert!(failed.end_time.is_some());
    store.remove(&["r".to_owned()]).unwrap();
    assert_eq!(store.benchmark("r").unwrap(), None);
}

#[test]
fn old_results_are_pruned_by_name_and_age() {
    let (_keep, mut store) = empty();
    for (id, at) in
        [("a", "2020-01-01T00:00:00Z"), ("b", "2020-01-02T00:00:00Z"), ("c", "2999-01-01T00:00:00Z")]
    {
        store.keep_benchmark(&result(id, "httpx", "GET", at)).unwrap();
    }
    let old = Prune { keep_per_name: None, older_than: Some(Duration::from_secs(3600)) };
    assert_eq!(store.prune(&Prune { keep_per_name: Some(2), ..old }).unwrap(), ["a"]);
    assert_eq!(store.prune(&old).unwrap(), ["b"]);
    assert_eq!(ids(&mut store, &BenchmarkFilter::default()).0, ["c"]);
}

#[test]
fn a_configuration_is_stored_without_its_secrets() {
    let (_keep, mut store) = empty();
    let mut configuration = BenchmarkConfiguration {
        id: new_benchmark_id(SystemTime::now()),
        name: "x".to_owned(),
        target_url: "http://ada:lovelace-1815@h/".to_owned(),
        http_method: "GET".to_owned(),
        headers: BTreeMap::from([("Authorization".to_owned(), "Bearer t0ps3cret".to_owned())]),
        body: String::new(),
        concurrency: 1,
        duration_seconds: 0.5,
        total_requests: Some(3),
        client_library: "httpx".to_owned(),
        is_async: false,
        timeout_s: 1.5,
        verify_ssl: false,
        retry_attempts: 0,
        delay_s: 0.0,
        status: ConfigurationStatus::Draft,
        created_at: "2026-01-01T00:00:00Z".to_owned(),
    };
    store.keep_configuration(&configuration).unwrap();
    assert_eq!(store.configuration(&configuration.id).unwrap(), Some(configuration.redacted()));
    configuration.status = ConfigurationStatus::Archived;
    store.keep_configuration(&configuration).unwrap();
    assert_eq!(
        store.configuration(&configuration.id).unwrap().unwrap().status,
        ConfigurationStatus::Archived
    );
    assert_eq!(store.configuration("nobody").unwrap(), None);
    let path = store.path().to_owned();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["t0ps3cret", "lovelace-1815"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
    }
}

#[test]
fn ids_are_uuids_of_version_7_in_the_order_of_time() {
    let at = |ms| new_benchmark_id(SystemTime::UNIX_EPOCH + Duration::from_millis(ms));
    let id = at(1_700_000_000_000);
    assert_eq!((id.len(), &id[14..15], &id[8..9]), (36, "7", "-"));
    assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
    assert!(at(1_700_000_000_001) > id);
}

/// The table as http-client-benchmarker makes it.
const TABLE: &str = "CREATE TABLE benchmark_results (id TEXT PRIMARY KEY, name TEXT, client_library TEXT, client_type TEXT,
    http_method TEXT, url TEXT, start_time TEXT, end_time TEXT, duration REAL, requests_count INTEGER,
    requests_per_second REAL, avg_response_time REAL, min_response_time REAL, max_response_time REAL,
    p95_response_time REAL, p99_response_time REAL, cpu_usage_avg REAL, memory_usage_avg REAL, network_io TEXT,
    error_count INTEGER, error_rate REAL, concurrency_level INTEGER, config_snapshot TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP)";

const ROW: &str = r#"INSERT INTO benchmark_results VALUES ('6f1c', 'old', 'requests', 'sync', 'GET', 'http://u:pass-word@h/x',
    '2025-11-20T10:00:00.250000', '2025-11-20T10:00:02.250000', 2.0, 100, 50.0, 0.02, 0.01, 0.25, 0.05, 0.1, 12.5, 41.5,
    '{"bytes_sent": 10, "bytes_recv": 20, "packets_sent": 1, "packets_recv": 2}', 1, 1.0, 10,
    '{"target_url": "http://u:pass-word@h/x", "headers": {"Authorization": "Basic YWRhOng="}}', '2025-11-20 10:00:03')"#;

fn database(statements: &[&str]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("benchmark_results.db");
    let connection = Connection::open(&path).unwrap();
    statements.iter().for_each(|statement| connection.execute_batch(statement).unwrap());
    (folder, path)
}

fn said(path: &Path) -> String {
    let error = read_foreign_results(path).unwrap_err();
    error.to_string().replace(path.to_str().unwrap(), "PATH")
}

#[test]
fn an_old_database_is_read_with_its_units_and_without_its_secrets() {
    let (_keep, path) = database(&[TABLE, ROW]);
    assert!(is_sqlite(&path));
    let found = read_foreign_results(&path).unwrap();
    assert_eq!(found.problems, []);
    let [result] = found.results.as_slice() else { panic!("{:?}", found.results) };
    assert_eq!((result.id.as_str(), result.status), ("6f1c", BenchmarkStatus::Completed));
    assert_eq!(result.start_time, "2025-11-20T10:00:00.25Z");
    let figures = result.figures.as_ref().unwrap();
    assert_eq!((figures.duration_ns, figures.bytes_sent, figures.bytes_received), (2_000_000_000, 10, 20));
    let times = figures.response_time.unwrap();
    assert_eq!((times.avg_ns, times.max_ns, times.p99_ns), (20_000_000, 250_000_000, 100_000_000));
    assert_eq!((figures.memory_usage, figures.memory_unit), (Some(41.5), MemoryUnit::Unknown));
    let kept = serde_json::to_string(result).unwrap();
    assert!(!kept.contains("pass-word") && !kept.contains("YWRhOng"), "{kept}");
    let (_store, mut store) = empty();
    let first = store.import_benchmarks(&found.results).unwrap();
    let again = store.import_benchmarks(&found.results).unwrap();
    assert_eq!((first.added, again.skipped), (vec!["6f1c".to_owned()], vec!["6f1c".to_owned()]));
    let mut other = found.results.clone();
    other[0].name = "another".to_owned();
    assert_eq!(store.import_benchmarks(&other).unwrap().conflicts, ["6f1c"]);
    assert_eq!(store.benchmark("6f1c").unwrap().unwrap(), *result);
}

#[test]
fn bad_rows_are_named_and_the_others_are_kept() {
    let changes = [
        ("a", "duration", "'soon'", "`duration` is `soon`, a number is expected"),
        ("b", "requests_count", "NULL", "`requests_count` is empty"),
        ("c", "start_time", "'yesterday'", "`start_time` is `yesterday`, a time such as"),
        ("d", "network_io", "'{'", "`network_io` is not JSON"),
        ("e", "error_count", "101", "`error_count` is 101, more than `requests_count`, which is 100"),
        ("f", "avg_response_time", "-1.0", "`avg_response_time` is -1, a number that is not negative"),
        ("g", "url", "x'00ff'", "`url` holds bytes, a text is expected"),
        ("h", "concurrency_level", "1e12", "`concurrency_level` is too large"),
    ];
    let (_keep, path) = database(&[TABLE, ROW]);
    let connection = Connection::open(&path).unwrap();
    for (id, column, value, _) in changes {
        connection.execute_batch(&ROW.replace("'6f1c'", &format!("'{id}'"))).unwrap();
        let change = format!("UPDATE benchmark_results SET {column} = {value} WHERE id = '{id}'");
        connection.execute_batch(&change).unwrap();
    }
    drop(connection);
    let found = read_foreign_results(&path).unwrap();
    assert_eq!(found.results.len(), 1);
    assert_eq!(found.problems.len(), changes.len());
    for (problem, (id, _, _, expected)) in found.problems.iter().zip(changes) {
        assert!(problem.id == id && problem.problem.starts_with(expected), "{problem:?}");
    }
}

#[test]
fn columns_are_read_by_name_and_most_may_be_missing() {
    let (_keep, path) = database(&[
        "CREATE TABLE benchmark_results (requests_count INTEGER, url TEXT, id TEXT, duration REAL, start_time TEXT, client_library TEXT)",
        "INSERT INTO benchmark_results VALUES (7, 'http://h/', 'z', 0.5, '2026-01-01T00:00:00+01:00', 'httpx')",
    ]);
    let found = read_foreign_results(&path).unwrap();
    let figures = found.results[0].figures.as_ref().unwrap();
    assert_eq!((figures.requests_count, figures.memory_usage, figures.duration_ns), (7, None, 500_000_000));
    assert_eq!(found.results[0].start_time, "2025-12-31T23:00:00Z");
}

#[test]
fn what_is_no_database_of_results_is_refused_and_left_alone() {
    let (_keep, path) = database(&["CREATE TABLE songs (title TEXT)"]);
    insta::assert_snapshot!(said(&path), @"`PATH` is not a database of http-client-benchmarker: it has no table `benchmark_results`; it was left as it is");
    let (_keep, path) = database(&["CREATE TABLE benchmark_results (id TEXT, url TEXT)"]);
    insta::assert_snapshot!(said(&path), @"`PATH` is not a database of http-client-benchmarker: its table `benchmark_results` has no column client_library, start_time, duration, requests_count; it was left as it is");
    let (_keep, path) = database(&[TABLE, ROW]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(said(&path).contains("the file is cut off or damaged"), "{}", said(&path));
    assert_eq!(std::fs::read(&path).unwrap().len(), whole.len() / 2);
    let text = path.with_extension("txt");
    std::fs::write(&text, "SQLite").unwrap();
    assert!(!is_sqlite(&text) && !is_sqlite(Path::new("/nowhere")));
}
