//! Configurations and results in the words of the API: times of results are milliseconds there.

use dyno_model::{
    BenchmarkConfiguration, BenchmarkFigures, BenchmarkResult, BenchmarkStatus, BenchmarkTimes,
};
use serde_json::{Map, Value, json};

use crate::queue::Place;

/// A configuration, without its secrets.
pub(crate) fn configuration(configuration: &BenchmarkConfiguration) -> Value {
    json!(configuration.redacted())
}

/// What `POST /api/benchmarks/run` answers.
pub(crate) fn accepted(result: &BenchmarkResult) -> Value {
    let figures = result.figures.as_ref();
    json!({
        "id": result.id,
        "configuration_id": result.configuration_id,
        "status": result.status.name(),
        "start_time": result.start_time,
        "end_time": result.end_time,
        "result_summary": figures.map(|figures| json!({
            "requests_count": figures.requests_count,
            "requests_per_second": figures.requests_per_second,
            "avg_response_time": of_times(figures, |times| times.avg_ns),
            "error_rate": figures.error_rate_percent(),
        })),
    })
}

/// The full result; `place` is where it is while it is not done.
pub(crate) fn full(result: &BenchmarkResult, place: Option<Place>) -> Value {
    let mut answer = json!({
        "id": result.id,
        "configuration_id": result.configuration_id,
        "name": result.name,
        "status": result.status.name(),
        "error": result.error,
        "client_library": result.client_library,
        "client_type": result.client_type,
        "http_method": result.http_method,
        "url": result.url,
        "start_time": result.start_time,
        "end_time": result.end_time,
        "concurrency_level": result.concurrency_level,
        "progress": place.filter(|_| result.status == BenchmarkStatus::Running).map(progress),
        "config_snapshot": result.config_snapshot,
    });
    if let Value::Object(answer) = &mut answer {
        answer.append(&mut figures(result.figures.as_ref()));
    }
    answer
}

/// One of `GET /api/results`.
pub(crate) fn row(result: &BenchmarkResult) -> Value {
    let figures = result.figures.as_ref();
    json!({
        "id": result.id,
        "name": result.name,
        "client_library": result.client_library,
        "http_method": result.http_method,
        "url": result.url,
        "status": result.status.name(),
        "start_time": result.start_time,
        "duration": figures.map(|figures| ms(figures.duration_ns)),
        "requests_per_second": figures.map(|figures| figures.requests_per_second),
        "avg_response_time": figures.and_then(|figures| of_times(figures, |times| times.avg_ns)),
        "error_rate": figures.map(BenchmarkFigures::error_rate_percent),
    })
}

/// What `POST /api/results/compare` answers for completed results: plain figures, and whose are best.
pub(crate) fn comparison(results: &[BenchmarkResult]) -> Value {
    let rows: Vec<Value> = results
        .iter()
        .map(|result| {
            let figures = result.figures.as_ref();
            json!({
                "id": result.id,
                "name": result.name,
                "client_library": result.client_library,
                "requests_per_second": figures.map(|figures| figures.requests_per_second),
                "avg_response_time": figures.and_then(|figures| of_times(figures, |times| times.avg_ns)),
                "error_rate": figures.map(BenchmarkFigures::error_rate_percent),
                "cpu_usage_avg": figures.and_then(|figures| figures.cpu_usage_percent),
                "memory_usage_avg": figures.and_then(|figures| figures.memory_usage),
            })
        })
        .collect();
    json!({
        "comparison": rows,
        "summary": {
            "fastest_avg_response_time": least(results, |figures| of_times(figures, |times| times.avg_ns)),
            "highest_throughput": least(results, |figures| Some(-figures.requests_per_second)),
            "lowest_error_rate": least(results, |figures| Some(figures.error_rate_percent())),
        },
    })
}

/// The id of the result with the least figure; the first of equals.
fn least(results: &[BenchmarkResult], figure: impl Fn(&BenchmarkFigures) -> Option<f64>) -> Option<&str> {
    let figure = |result: &BenchmarkResult| result.figures.as_ref().and_then(&figure);
    let known = results.iter().filter_map(|result| Some((result, figure(result)?)));
    known.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(result, _)| result.id.as_str())
}

/// The figures of the full result; all of them null while nothing is measured.
fn figures(figures: Option<&BenchmarkFigures>) -> Map<String, Value> {
    let time = |of: fn(&BenchmarkTimes) -> u64| json!(figures.and_then(|figures| of_times(figures, of)));
    let value = |of: fn(&BenchmarkFigures) -> Value| figures.map_or(Value::Null, of);
    let pairs = [
        ("duration", value(|figures| json!(ms(figures.duration_ns)))),
        ("requests_count", value(|figures| json!(figures.requests_count))),
        ("requests_per_second", value(|figures| json!(figures.requests_per_second))),
        ("avg_response_time", time(|times| times.avg_ns)),
        ("min_response_time", time(|times| times.min_ns)),
        ("max_response_time", time(|times| times.max_ns)),
        ("p95_response_time", time(|times| times.p95_ns)),
        ("p99_response_time", time(|times| times.p99_ns)),
        ("cpu_usage_avg", value(|figures| json!(figures.cpu_usage_percent))),
        ("memory_usage_avg", value(|figures| json!(figures.memory_usage))),
        ("memory_usage_unit", value(|figures| json!(figures.memory_unit.name()))),
        (
            "network_io",
            value(
                |figures| json!({ "bytes_sent": figures.bytes_sent, "bytes_received": figures.bytes_received }),
            ),
        ),
        ("error_count", value(|figures| json!(figures.error_count))),
        ("error_rate", value(|figures| json!(figures.error_rate_percent()))),
        ("errors", value(|figures| json!(figures.errors))),
        ("status_codes", value(|figures| json!(figures.status_codes))),
        ("streamed", value(|figures| json!(figures.chunk_count.is_some()))),
        ("chunk_count", value(|figures| json!(figures.chunk_count))),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn progress(place: Place) -> Value {
    match place {
        Place::Waiting(before) => json!({ "state": "waiting", "before": before }),
        Place::Playing(so_far) => {
            json!({ "state": "playing", "requests": so_far.requests, "failed": so_far.failed })
        }
    }
}

fn of_times(figures: &BenchmarkFigures, of: impl Fn(&BenchmarkTimes) -> u64) -> Option<f64> {
    figures.response_time.as_ref().map(|times| ms(of(times)))
}

/// Milliseconds, with their fraction.
fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}
