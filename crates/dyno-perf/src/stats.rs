//! What was counted, for whoever asks: nanoseconds in `Stats`, the words of the older framework in `LastResult`.

use std::collections::BTreeMap;

use dyno_model::Histogram;
use dyno_model::units::{format_count, format_ns};

use crate::calls::Counted;

/// Counts and times of an operation at one moment.
#[derive(Clone, PartialEq)]
pub struct Stats {
    /// The operation.
    pub name: String,
    /// Calls that have ended.
    pub calls: u64,
    /// Calls among them that failed.
    pub failed: u64,
    /// Failures by the name of the error's type, `panic`, or `cancelled`.
    pub errors: BTreeMap<String, u64>,
    /// Times of calls that returned, in nanoseconds.
    pub times: Histogram,
    /// Times of calls that failed, in nanoseconds.
    pub failure_times: Histogram,
    /// From the begin of the first call to the end of the last, in nanoseconds.
    pub elapsed_ns: u64,
}

impl Stats {
    pub(crate) fn of(name: &str, counted: Counted) -> Self {
        Self {
            name: name.to_owned(),
            calls: counted.calls(),
            failed: counted.failure_times.count(),
            errors: counted.errors.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            elapsed_ns: counted.elapsed_ns(),
            times: counted.times,
            failure_times: counted.failure_times,
        }
    }

    /// The time that a share of the calls that returned did not exceed, in nanoseconds; 0 without any.
    #[must_use]
    pub fn quantile(&self, share: f64) -> u64 {
        self.times.quantile(share)
    }

    /// Calls that returned, per second between the begin of the first and the end of the last; 0 without any.
    #[must_use]
    pub fn rate_per_s(&self) -> f64 {
        match self.elapsed_ns {
            0 => 0.0,
            elapsed_ns => self.times.count() as f64 * 1e9 / elapsed_ns as f64,
        }
    }
}

impl std::fmt::Debug for Stats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = |share| format_ns(self.quantile(share));
        let (calls, failed) = (format_count(self.calls), format_count(self.failed));
        write!(f, "<{}: {calls} calls, {failed} failed, p50 {}, p99 {}>", self.name, time(0.5), time(0.99))
    }
}

/// Figures by the names that `BenchmarkResult` of the Python package has for them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastResult {
    /// Calls, failed ones included.
    pub requests_count: u64,
    /// Calls that returned, per second.
    pub requests_per_second: f64,
    /// From the begin of the first call to the end of the last, in seconds.
    pub duration: f64,
    /// Mean time of calls that returned, in seconds.
    pub avg_response_time: f64,
    /// Shortest, in seconds.
    pub min_response_time: f64,
    /// Longest, in seconds.
    pub max_response_time: f64,
    /// 95th percentile, in seconds.
    pub p95_response_time: f64,
    /// 99th percentile, in seconds.
    pub p99_response_time: f64,
    /// Calls that failed.
    pub error_count: u64,
    /// Calls that failed, in percent of all.
    pub error_rate: f64,
}

impl LastResult {
    pub(crate) fn of(stats: &Stats) -> Self {
        let seconds = |ns: u64| ns as f64 / 1e9;
        Self {
            requests_count: stats.calls,
            requests_per_second: stats.rate_per_s(),
            duration: seconds(stats.elapsed_ns),
            avg_response_time: stats.times.mean() / 1e9,
            min_response_time: seconds(stats.times.min()),
            max_response_time: seconds(stats.times.max()),
            p95_response_time: seconds(stats.quantile(0.95)),
            p99_response_time: seconds(stats.quantile(0.99)),
            error_count: stats.failed,
            error_rate: 100.0 * stats.failed as f64 / stats.calls.max(1) as f64,
        }
    }
}
