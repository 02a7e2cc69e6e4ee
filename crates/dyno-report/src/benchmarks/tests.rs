use std::collections::BTreeMap;

use dyno_model::{BenchmarkFigures, BenchmarkResult, BenchmarkStatus, BenchmarkTimes, MemoryUnit};

use super::{HEADER, rows};

fn result() -> BenchmarkResult {
    BenchmarkResult {
        id: "a".to_owned(),
        configuration_id: None,
        name: "=cmd(), \"quoted\"\nsecond line".to_owned(),
        client_library: "httpx".to_owned(),
        client_type: "async".to_owned(),
        http_method: "GET".to_owned(),
        url: "http://127.0.0.1/".to_owned(),
        status: BenchmarkStatus::Completed,
        error: None,
        start_time: "2026-01-01T00:00:00Z".to_owned(),
        end_time: Some("2026-01-01T00:00:02Z".to_owned()),
        concurrency_level: 3,
        figures: Some(BenchmarkFigures {
            duration_ns: 1_500_000_000,
            requests_count: 4,
            requests_per_second: 2.5,
            response_time: Some(BenchmarkTimes {
                avg_ns: 20_500_000,
                min_ns: 1,
                max_ns: 90_000_000,
                p95_ns: 80_000_000,
                p99_ns: 88_000_000,
            }),
            cpu_usage_percent: Some(12.5),
            memory_usage: None,
            memory_unit: MemoryUnit::Megabytes,
            bytes_sent: 7,
            bytes_received: 900,
            error_count: 1,
            errors: BTreeMap::from([("timeout".to_owned(), 1)]),
            status_codes: BTreeMap::from([("200".to_owned(), 2), ("500".to_owned(), 1)]),
            chunk_count: None,
        }),
        config_snapshot: serde_json::Value::Null,
    }
}

/// The fields of the only row, by the names of the columns.
fn fields(result: &BenchmarkResult) -> BTreeMap<String, String> {
    let text = rows(std::slice::from_ref(result));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    header.iter().zip(row.iter()).map(|(name, field)| (name.to_owned(), field.to_owned())).collect()
}

#[test]
fn figures_stand_under_their_unit() {
    let fields = fields(&result());
    for (name, expected) in [
        ("duration_ms", "1500"),
        ("avg_response_time_ms", "20.5"),
        ("min_response_time_ms", "0.000001"),
        ("cpu_usage_avg_percent", "12.5"),
        ("memory_usage_avg", ""),
        ("memory_usage_unit", "MB"),
        ("error_rate_percent", "25"),
        ("errors", "timeout: 1"),
        ("status_codes", "200: 2; 500: 1"),
        ("end_time", "2026-01-01T00:00:02Z"),
        ("error", ""),
    ] {
        assert_eq!(fields[name], expected, "{name}");
    }
}

#[test]
fn foreign_text_is_one_field_and_no_formula() {
    assert_eq!(fields(&result())["name"], "'=cmd(), \"quoted\"\nsecond line");
}

#[test]
fn what_was_not_measured_is_empty() {
    let failed = BenchmarkResult {
        figures: None,
        status: BenchmarkStatus::Failed,
        error: Some("refused".to_owned()),
        ..result()
    };
    let fields = fields(&failed);
    assert_eq!((fields["status"].as_str(), fields["error"].as_str()), ("FAILED", "refused"));
    for name in &HEADER[11..29] {
        assert_eq!(fields[*name], "", "{name}");
    }
    assert_eq!(rows(&[]).trim_end(), HEADER.join(","));
}
