//! A benchmark of one HTTP client library against one URL: its configuration, its result, its settings.
//!
//! Names and meanings are those of http-client-benchmarker, so that its databases and programs can be read. Inside, times
//! are nanoseconds; who writes for others converts. Unlike a contest of clients, a benchmark compares nothing.

mod redacted;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use redacted::{SECRET_HEADERS, is_secret_name, redactor_of};
pub use settings::{BenchmarkSettings, SettingError};

/// The methods that a benchmark can use; `STREAM` is a GET whose body is read in chunks of 8,192 bytes.
pub const BENCHMARK_METHODS: [&str; 8] =
    ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "STREAM"];

/// What to play. Its `Debug` shows neither header fields nor body, which may hold secrets.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkConfiguration {
    /// A UUID.
    pub id: String,
    /// What people call it, and what its results are found by.
    pub name: String,
    /// An http or https URL.
    pub target_url: String,
    /// One of [`BENCHMARK_METHODS`].
    pub http_method: String,
    /// Header fields of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body of every request; empty for none.
    #[serde(default)]
    pub body: String,
    /// Requests in flight.
    pub concurrency: u32,
    /// How long it is played, in seconds, unless `total_requests` says when it ends.
    pub duration_seconds: f64,
    /// How many requests end it; `None` for a time.
    #[serde(default)]
    pub total_requests: Option<u64>,
    /// The library.
    pub client_library: String,
    /// Whether its asynchronous interface is used.
    #[serde(default)]
    pub is_async: bool,
    /// Time limit of a request.
    #[serde(rename = "timeout")]
    pub timeout_s: f64,
    /// Whether certificates are verified.
    pub verify_ssl: bool,
    /// Tries after failures without an answer.
    pub retry_attempts: u32,
    /// Pause of each lane after a request.
    #[serde(rename = "delay_between_requests")]
    pub delay_s: f64,
    /// Whether it may be played.
    #[serde(default)]
    pub status: ConfigurationStatus,
    /// When it was stored, RFC 3339 in UTC.
    pub created_at: String,
}

impl BenchmarkConfiguration {
    /// `sync` or `async`.
    #[must_use]
    pub fn client_type(&self) -> &'static str {
        if self.is_async { "async" } else { "sync" }
    }
}

impl std::fmt::Debug for BenchmarkConfiguration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "BenchmarkConfiguration({} {}, {} fields)",
            self.id,
            self.client_library,
            self.headers.len()
        )
    }
}

/// Whether a configuration may be played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConfigurationStatus {
    /// Not yet.
    Draft,
    /// Yes.
    #[default]
    Active,
    /// No longer.
    Archived,
}

impl ConfigurationStatus {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// How far a benchmark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BenchmarkStatus {
    /// It waits for its turn, or is played.
    Running,
    /// It was played to its end and had answers.
    Completed,
    /// It could not be played, was stopped, or had no answer at all.
    Failed,
}

impl BenchmarkStatus {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// What came of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkResult {
    /// A UUID.
    pub id: String,
    /// What was played; `None` for results of other programs.
    #[serde(default)]
    pub configuration_id: Option<String>,
    /// The name of the configuration.
    pub name: String,
    /// The library.
    pub client_library: String,
    /// `sync` or `async`.
    pub client_type: String,
    /// The method.
    pub http_method: String,
    /// The URL, without credentials.
    pub url: String,
    /// How far it is.
    pub status: BenchmarkStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it began, or was asked for while it waits: RFC 3339.
    pub start_time: String,
    /// When it ended, RFC 3339.
    #[serde(default)]
    pub end_time: Option<String>,
    /// Requests in flight.
    pub concurrency_level: u32,
    /// What was measured; `None` when nothing was.
    #[serde(default)]
    pub figures: Option<BenchmarkFigures>,
    /// The configuration without secrets.
    #[serde(default)]
    pub config_snapshot: serde_json::Value,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkFigures {
    /// From the first start to the last end.
    pub duration_ns: u64,
    /// Requests, failures included.
    pub requests_count: u64,
    /// Answers per second of wall time.
    pub requests_per_second: f64,
    /// Times of answers, whatever their status; `None` without any.
    #[serde(default)]
    pub response_time: Option<BenchmarkTimes>,
    /// CPU of the client's process in percent of one core; `None` when it is not known.
    #[serde(default)]
    pub cpu_usage_percent: Option<f64>,
    /// Mean memory of the client's process; `None` when it is not known.
    #[serde(default)]
    pub memory_usage: Option<f64>,
    /// What `memory_usage` counts.
    #[serde(default)]
    pub memory_unit: MemoryUnit,
    /// Bytes of bodies sent.
    pub bytes_sent: u64,
    /// Bytes of bodies received.
    pub bytes_received: u64,
    /// Requests without an answer.
    pub error_count: u64,
    /// Of these, how many of each kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Answers by their status.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub status_codes: BTreeMap<String, u64>,
    /// Chunks of streamed bodies; `None` when bodies were read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_count: Option<u64>,
}

impl BenchmarkFigures {
    /// Requests without an answer, in percent; 0 without a request.
    #[must_use]
    pub fn error_rate_percent(&self) -> f64 {
        if self.requests_count == 0 {
            return 0.0;
        }
        100.0 * self.error_count as f64 / self.requests_count as f64
    }
}

/// Times of answers, from the call to the whole body. Quantiles are interpolated linearly at p · (n − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkTimes {
    /// The mean.
    pub avg_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// The 95th percentile.
    pub p95_ns: u64,
    /// The 99th percentile.
    pub p99_ns: u64,
}

/// What a memory figure counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryUnit {
    /// Millions of bytes.
    #[default]
    #[serde(rename = "MB")]
    Megabytes,
    /// Not known: http-client-benchmarker documents MB and writes percent of the machine.
    #[serde(rename = "unknown")]
    Unknown,
}

impl MemoryUnit {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Megabytes => "MB",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests;
