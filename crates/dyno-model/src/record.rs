//! The run record `dyno-run/1`: everything that is kept of a run, and all that a report needs.
//!
//! Fields are added, never changed. Times are in nanoseconds unless the name says otherwise.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AuditRecord, Environment, Histogram, OperationKind, ResourceSample, ResourceSummary, Tally, TargetKind,
    Validity, VerdictRecord,
};

/// The schema of records written by this version.
pub const RUN_SCHEMA: &str = "dyno-run/1";

/// A run, from its plan to its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Always [`RUN_SCHEMA`].
    pub schema: String,
    /// A ULID: unique, and sorted by the start of the run.
    pub id: String,
    /// The plan's name.
    pub name: String,
    /// Tags set by the user, such as a baseline's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When the run started, RFC 3339 in UTC.
    pub started_at: String,
    /// Whether it ran to its end.
    pub state: RunState,
    /// Which tool measured.
    pub tool: ToolInfo,
    /// Whose target was measured.
    pub target_kind: TargetKind,
    /// The target in words, such as its URL without credentials.
    pub target: String,
    /// The resolved and redacted plan.
    pub plan: serde_json::Value,
    /// The machine that played the load.
    pub environment: Environment,
    /// Whether it was the target that was measured.
    pub validity: Validity,
    /// What the objectives say.
    pub verdict: VerdictRecord,
    /// What was asked and what was reached.
    pub load: LoadRecord,
    /// Counts over the measured time.
    pub totals: Totals,
    /// Latency of all requests.
    #[serde(flatten)]
    pub times: Times,
    /// Name resolution, TCP and TLS of each connection together; `None` without connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ns: Option<Headline>,
    /// The TLS handshake of each connection alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_ns: Option<Headline>,
    /// Per operation.
    pub operations: BTreeMap<String, OperationRecord>,
    /// Per second, warm-up included.
    pub intervals: Vec<IntervalRecord>,
    /// First specimens of each kind of failure and rejection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimens: Vec<Specimen>,
    /// The slowest successes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slowest: Vec<Specimen>,
    /// What the generator used.
    pub generator: Generator,
    /// What the target used, when its process is known.
    pub target_resources: Option<TargetResources>,
    /// What the target's own ledger says, when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditRecord>,
    /// A command that plays the same run again, secrets left out.
    #[serde(default)]
    pub reproduce: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It is being played, or its process was killed and nobody has noticed yet.
    Running,
    /// It ran to its end.
    Finished,
    /// It was stopped early, by the user, by a signal or by a killed process.
    Interrupted,
    /// A threshold with `abort` stopped it.
    Aborted,
}

/// Which tool measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolInfo {
    /// Version of `dyno`.
    pub version: String,
    /// Commit it was built from, `unknown` outside of a checkout.
    pub commit: String,
    /// Who played: `lean` or `general`, and the protocol.
    pub engine: String,
}

/// What was asked and what was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadRecord {
    /// `open` or `closed`.
    pub model: String,
    /// Mean asked rate over the measured time; `None` in a closed loop.
    pub asked_rate_per_s: Option<f64>,
    /// Operations started per second of measured time.
    pub achieved_rate_per_s: f64,
    /// Arrivals whose time had come and that could not be started before the end.
    pub not_started: u64,
    /// Operations in flight when the measurement ended.
    pub in_flight_at_end: u64,
    /// Most operations in flight at the end of any second.
    pub in_flight_max: u64,
    /// Limit of operations in flight, or users of a closed loop.
    pub in_flight_limit: u32,
    /// Share of the response time that arrivals of an open loop spent waiting because every allowed request
    /// was in flight, 0 to 1: a finding about the target or the limit, not about the generator.
    #[serde(default)]
    pub busy_share: f64,
    /// 99th percentile of the generator's own part of the lateness.
    #[serde(default)]
    pub generator_lateness_p99_ns: u64,
    /// Coefficient of variation of the gaps between starts, as really sent; `None` with too few.
    pub gap_cv: Option<f64>,
    /// Variance over mean of the number of starts in 10 ms bins; `None` with too few.
    pub dispersion_10ms: Option<f64>,
    /// When the measurement began, since the start of the run.
    pub measure_start_ns: u64,
    /// Requests played before the measurement began.
    pub warmup_requests: u64,
}

/// Counts over the measured time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Successes, rejections and failures together.
    pub requests: u64,
    /// Successes.
    pub ok: u64,
    /// Answers that refused.
    pub rejected: u64,
    /// Failures.
    pub failed: u64,
    /// Bytes written, with heads, without TLS.
    pub bytes_sent: u64,
    /// Bytes read, with heads, without TLS.
    pub bytes_received: u64,
    /// Length of the measured time.
    pub elapsed_ns: u64,
    /// Successes that ended in the measured time, per second of it, whenever they began. Failures never count.
    pub throughput_per_s: f64,
    /// Connections opened.
    #[serde(default)]
    pub connections: u64,
    /// Failures by kind; kinds that did not occur are absent.
    pub errors_by_kind: BTreeMap<String, u64>,
    /// Answers by status code.
    pub status_codes: BTreeMap<String, u64>,
}

/// The quantiles of a histogram and the histogram itself, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Headline {
    /// How many values.
    pub count: u64,
    /// Smallest value.
    pub min: u64,
    /// Arithmetic mean.
    pub mean: u64,
    /// Median.
    pub p50: u64,
    /// 75th percentile.
    pub p75: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p99_9: u64,
    /// 99.99th percentile.
    pub p99_99: u64,
    /// Largest value.
    pub max: u64,
    /// All values.
    pub histogram: Histogram,
}

impl From<&Histogram> for Headline {
    fn from(histogram: &Histogram) -> Self {
        let q = |share| histogram.quantile(share);
        Self {
            count: histogram.count(),
            min: histogram.min(),
            mean: histogram.mean().round() as u64,
            p50: q(0.5),
            p75: q(0.75),
            p90: q(0.9),
            p95: q(0.95),
            p99: q(0.99),
            p99_9: q(0.999),
            p99_99: q(0.9999),
            max: histogram.max(),
            histogram: histogram.clone(),
        }
    }
}

/// The times of one operation or of the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    /// End − intended start of successes.
    pub response_time_ns: Headline,
    /// End − actual start of successes.
    pub service_time_ns: Headline,
    /// Actual − intended start of everything that started.
    pub lateness_ns: Headline,
    /// First byte − actual start of successes.
    pub first_byte_ns: Headline,
    /// End − intended start of what was rejected or failed.
    pub failure_time_ns: Headline,
}

impl From<&Tally> for Times {
    fn from(tally: &Tally) -> Self {
        Self {
            response_time_ns: (&tally.response_time).into(),
            service_time_ns: (&tally.service_time).into(),
            lateness_ns: (&tally.lateness).into(),
            first_byte_ns: (&tally.first_byte).into(),
            failure_time_ns: (&tally.failure_time).into(),
        }
    }
}

/// One operation of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationRecord {
    /// A request, or a journey of several.
    pub kind: OperationKind,
    /// Its counts.
    pub totals: Totals,
    /// Its times.
    #[serde(flatten)]
    pub times: Times,
}

/// One second of the run, or the shorter rest of one at the border of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntervalRecord {
    /// Its end since the start of the run.
    pub at_ns: u64,
    /// How long it lasted.
    pub length_ns: u64,
    /// Whether it belongs to the measured time.
    pub measured: bool,
    /// Successes, rejections and failures.
    pub requests: u64,
    /// Successes.
    pub ok: u64,
    /// Rejections.
    pub rejected: u64,
    /// Failures.
    pub failed: u64,
    /// Operations in flight at its end.
    pub in_flight: u64,
    /// Arrivals that the schedule asked for in it; `None` in a closed loop.
    pub asked: Option<u64>,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// 99th percentile of the lateness, in nanoseconds.
    pub lateness_p99_ns: u64,
    /// Response times of successes.
    pub histogram: Histogram,
    /// What the generator used in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<ResourceSample>,
    /// What the target used in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ResourceSample>,
}

/// A single operation worth showing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Specimen {
    /// The operation.
    pub operation: String,
    /// The arrival.
    pub n: u64,
    /// Its intended start since the start of the run.
    pub at_ns: u64,
    /// `slow`, `rejected` or the name of a failure kind.
    pub kind: String,
    /// End − intended start.
    pub response_time_ns: u64,
    /// What happened, in words, redacted.
    pub message: String,
}

/// What the generator used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// CPU time in user mode, in seconds, over the whole run.
    pub cpu_user_s: f64,
    /// CPU time in the kernel, in seconds.
    pub cpu_system_s: f64,
    /// CPU as a share of the cores that its load threads could use, 0 to 1.
    pub cpu_share: f64,
    /// Largest resident memory.
    pub rss_peak_bytes: u64,
    /// Requests, warm-up included, per second of CPU time.
    pub requests_per_cpu_s: f64,
    /// Load threads.
    pub threads: u32,
    /// The rest of what was seen.
    #[serde(default)]
    pub resources: ResourceSummary,
}

/// What the target used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetResources {
    /// Process number at the time.
    pub pid: u32,
    /// Over the whole run.
    pub summary: ResourceSummary,
    /// Requests, warm-up included, per second of its CPU time.
    pub requests_per_cpu_s: f64,
}
