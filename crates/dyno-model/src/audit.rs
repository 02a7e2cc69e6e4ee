//! The target's own account of a run, and what a comparison with ours came to.
//!
//! The words of the ledger are those of the reference target's `/__truth/{run}`. Judged by `dyno-verdict`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a target counted of the requests that were tagged with a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// The run.
    pub run: String,
    /// Requests that arrived.
    pub requests: u64,
    /// Requests whose answer has ended.
    pub answered: u64,
    /// Answers that broke off before their end.
    pub cut: u64,
    /// Bytes of the requests, with heads, without framing of chunks.
    pub bytes_received: u64,
    /// Bytes of the answers, with heads, without framing of chunks.
    pub bytes_sent: u64,
    /// Connections that brought at least one request.
    pub connections: u64,
    /// What the heads of the first requests looked like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<LedgerHead>,
    /// What its connections over TLS were like; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<LedgerTls>,
    /// Answers by status code.
    pub status_codes: BTreeMap<String, u64>,
    /// When the first request arrived, on the target's own clock.
    pub first_arrival_ns: u64,
    /// When the last request arrived.
    pub last_arrival_ns: u64,
    /// Times between arrivals.
    pub gaps_ns: LedgerTimes,
    /// Times from arrivals to the ends of the answers.
    pub service_time_ns: LedgerTimes,
}

/// One shape of request heads, and how many had it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LedgerHead {
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// Names of the header fields in order, in lower case.
    pub fields: Vec<String>,
    /// Requests that had it.
    pub requests: u64,
}

/// Connections over TLS that brought at least one request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LedgerTls {
    /// Connections.
    pub handshakes: u64,
    /// Of these, the ones that resumed an earlier session.
    pub resumed: u64,
    /// Connections by version of TLS.
    #[serde(default)]
    pub versions: BTreeMap<String, u64>,
    /// Connections by what ALPN agreed on; `none` is nothing.
    #[serde(default)]
    pub alpn: BTreeMap<String, u64>,
}

/// A distribution of times, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LedgerTimes {
    /// How many values.
    pub count: u64,
    /// Smallest value.
    pub min: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p99_9: u64,
    /// Largest value.
    pub max: u64,
}

/// Our record of a run beside the target's ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRecord {
    /// Whether both tell the same.
    pub state: AuditState,
    /// What the target says.
    pub ledger: Ledger,
    /// One entry per comparison.
    pub checks: Vec<AuditCheck>,
}

/// Whether record and ledger tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditState {
    /// Every comparison holds.
    Agrees,
    /// At least one does not.
    Differs,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditCheck {
    /// What was compared: a stable word, such as `requests`.
    pub what: String,
    /// Whether both tell the same, as far as they can.
    pub agrees: bool,
    /// Both figures in words, with how much they may differ.
    pub detail: String,
}
