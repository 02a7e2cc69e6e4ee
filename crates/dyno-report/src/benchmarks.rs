//! Results of benchmarks of client libraries as comma-separated values: one row per result.
//!
//! Columns have the names of the results API with their unit, so times are milliseconds. Called by the results API and
//! `dyno runs export`.

use std::collections::BTreeMap;

use dyno_model::{BenchmarkFigures, BenchmarkResult, BenchmarkTimes};

use crate::csv::write;

/// The columns, in their order.
const HEADER: [&str; 30] = [
    "id",
    "name",
    "client_library",
    "client_type",
    "http_method",
    "url",
    "status",
    "error",
    "start_time",
    "end_time",
    "concurrency_level",
    "duration_ms",
    "requests_count",
    "requests_per_second",
    "avg_response_time_ms",
    "min_response_time_ms",
    "max_response_time_ms",
    "p95_response_time_ms",
    "p99_response_time_ms",
    "cpu_usage_avg_percent",
    "memory_usage_avg",
    "memory_usage_unit",
    "bytes_sent",
    "bytes_received",
    "error_count",
    "error_rate_percent",
    "errors",
    "status_codes",
    "chunk_count",
    "configuration_id",
];

/// A header and one row per result, in their order. What was not measured is an empty field.
#[must_use]
pub fn rows(results: &[BenchmarkResult]) -> String {
    write(&HEADER.map(str::to_owned), results.iter().map(row))
}

fn row(result: &BenchmarkResult) -> Vec<String> {
    let figures = result.figures.as_ref();
    let value = |of: fn(&BenchmarkFigures) -> String| figures.map(of).unwrap_or_default();
    let time = |of: fn(&BenchmarkTimes) -> u64| {
        let times = figures.and_then(|figures| figures.response_time.as_ref());
        times.map(|times| ms(of(times))).unwrap_or_default()
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        result.id.clone(),
        result.name.clone(),
        result.client_library.clone(),
        result.client_type.clone(),
        result.http_method.clone(),
        result.url.clone(),
        result.status.name().to_owned(),
        text(&result.error),
        result.start_time.clone(),
        text(&result.end_time),
        result.concurrency_level.to_string(),
        value(|figures| ms(figures.duration_ns)),
        value(|figures| figures.requests_count.to_string()),
        value(|figures| figures.requests_per_second.to_string()),
        time(|times| times.avg_ns),
        time(|times| times.min_ns),
        time(|times| times.max_ns),
        time(|times| times.p95_ns),
        time(|times| times.p99_ns),
        value(|figures| known(figures.cpu_usage_percent)),
        value(|figures| known(figures.memory_usage)),
        value(|figures| figures.memory_unit.name().to_owned()),
        value(|figures| figures.bytes_sent.to_string()),
        value(|figures| figures.bytes_received.to_string()),
        value(|figures| figures.error_count.to_string()),
        value(|figures| figures.error_rate_percent().to_string()),
        value(|figures| counts(&figures.errors)),
        value(|figures| counts(&figures.status_codes)),
        value(|figures| known(figures.chunk_count)),
        text(&result.configuration_id),
    ]
}

/// Milliseconds, with their fraction.
fn ms(ns: u64) -> String {
    (ns as f64 / 1e6).to_string()
}

fn known(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Such as `200: 3; 500: 1`.
fn counts(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
