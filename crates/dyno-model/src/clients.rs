//! The record `dyno-clients/1`: HTTP client libraries side by side against one target, block by block.
//!
//! Made by `dyno-clients`; every report of a contest of clients is made from it alone. Fields are added, never changed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Environment, Estimate, Headline, Validity};

pub use cases::{ClientMethod, ClientPlayed, OperationLeftOut};

mod cases;

/// The schema of contests of clients written by this version.
pub const CLIENTS_SCHEMA: &str = "dyno-clients/1";

/// A contest of client libraries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsRecord {
    /// Always [`CLIENTS_SCHEMA`].
    pub schema: String,
    /// A ULID.
    pub id: String,
    /// What people call it; contests of one name are sessions of one thing.
    #[serde(default = "usual_name")]
    pub name: String,
    /// Tags that people gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it began, RFC 3339 in UTC.
    pub at: String,
    /// Version of `dyno`.
    pub version: String,
    /// The target in words, without credentials.
    pub target: String,
    /// What was asked; in a sweep, of its first case.
    pub case: ClientCase,
    /// The seed of the order.
    pub seed: u64,
    /// Blocks; in each every client plays one segment.
    pub blocks: u32,
    /// Length of a segment, in nanoseconds.
    pub segment_ns: u64,
    /// The label of the client that others are compared with.
    pub reference: String,
    /// The label of the floor: the cheapest way of asking in any language that was played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// The reference against itself, played as if it were another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ClientVerdict>,
    /// Every client that was asked for; empty in a sweep, whose results are in `cases`.
    pub entries: Vec<ClientEntry>,
    /// The cases of a sweep, each with its results; empty for a contest of one case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<ClientPlayed>,
    /// What a sweep over the operations of an API description came to, by method and client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<ClientMethod>,
    /// Operations of an API description that were not played, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<OperationLeftOut>,
    /// Who counted the CPU, memory and context switches of the clients.
    #[serde(default)]
    pub counted_by: CountedBy,
    /// The machine.
    pub environment: Environment,
    /// Whether the numbers can be ranked, with the reasons; of a sweep, the gravest state of its cases.
    pub validity: Validity,
    /// A command that makes the same contest again, secrets left out.
    #[serde(default)]
    pub reproduce: String,
}

/// The name of a contest that was given none.
fn usual_name() -> String {
    "clients".to_owned()
}

/// Who counted what a client used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// The host, over all processes of the client.
    Host,
    /// The client itself, for its own process: the host cannot on this system.
    #[default]
    Worker,
}

/// What every client was asked to do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ClientCase {
    /// `defaults` or `matched`.
    pub profile: String,
    /// The method; `STREAM` is a GET whose body is read in chunks.
    pub method: String,
    /// The URL, without credentials.
    pub url: String,
    /// Names of the header fields that were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Bytes of each request's body.
    pub body_bytes: u64,
    /// Requests in flight.
    pub lanes: u32,
    /// Requests per second of an open loop; `None` is a closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s: Option<f64>,
    /// The version of HTTP that was asked for; `None` is the library's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Time limit of a request, in milliseconds.
    pub timeout_ms: u64,
    /// Tries after failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// Whether connections are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<bool>,
    /// Bytes of each answer's body, where the embedded target was asked for so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_bytes: Option<u64>,
    /// Whether it went over TLS.
    #[serde(default)]
    pub tls: bool,
    /// The operation of an API description, such as `GET /bytes/{n}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The status codes that are a success, such as `200` or `2XX`; empty is every one below 400.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// Pause of a lane after each request, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ns: Option<u64>,
    /// How many redirects are followed; `None` is the library's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirects: Option<u32>,
}

/// One client in one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientEntry {
    /// What tables call it, such as `httpx async`.
    pub label: String,
    /// The library.
    pub name: String,
    /// `sync` or `async`.
    pub mode: String,
    /// The version that was imported.
    #[serde(default)]
    pub version: String,
    /// The language.
    #[serde(default)]
    pub lang: String,
    /// The runtime with its version.
    #[serde(default)]
    pub runtime: String,
    /// Versions of what it stands on.
    #[serde(default)]
    pub libs: BTreeMap<String, String>,
    /// What became of it.
    pub state: ClientState,
    /// Why it is not ranked, skipped or broken, in words.
    #[serde(default)]
    pub detail: String,
    /// The end of its stderr, when it broke.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What the target saw of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire: Option<WireAudit>,
    /// Why nothing can be said of its wire.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wire_note: String,
    /// Where its own account of what it used differs from what the host counted, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account: Vec<String>,
    /// How long importing the library took, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_ns: Option<u64>,
    /// How long its very first request took, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_request_ns: Option<u64>,
    /// Its segments, in the order of the blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<ClientSegment>,
    /// Figures over all segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<ClientFigures>,
    /// Compared with the reference; `None` for the reference itself and for who is not ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ClientVerdict>,
}

/// What became of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientState {
    /// Measured and compared.
    Ranked,
    /// Measured, and not compared: it had errors, or its account does not hold.
    Unranked,
    /// It cannot do what was asked.
    Skipped,
    /// It is not installed, or could not be.
    NotInstalled,
    /// It crashed, hung or broke the protocol.
    Broken,
}

/// What the target saw of a client before it was measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct WireAudit {
    /// Requests that were sent for the audit.
    pub requests: u64,
    /// Requests that arrived; retries and redirects make them more.
    pub arrived: u64,
    /// Connections that they came over.
    pub connections: u64,
    /// Mean bytes of a request, with head and body.
    pub request_bytes: f64,
    /// Names of the header fields, in order.
    pub fields: Vec<String>,
    /// Versions of HTTP that were seen.
    pub versions: Vec<String>,
    /// What its connections over TLS were like; `None` without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<WireTls>,
    /// Whether a body with `content-encoding: gzip` came back decoded; `None` when it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decodes: Option<bool>,
    /// Whether a redirect was followed; `None` when it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows_redirects: Option<bool>,
    /// What is not as it was asked, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// What the target saw of a client's connections over TLS, with a connection for each of a few requests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct WireTls {
    /// Connections that were opened, one after the other.
    pub handshakes: u64,
    /// Of these, the ones that resumed an earlier session in place of a full handshake.
    pub resumed: u64,
    /// Versions of TLS, such as `TLSv1.3`.
    #[serde(default)]
    pub versions: Vec<String>,
    /// What ALPN agreed on; `none` for a client that offers nothing.
    #[serde(default)]
    pub alpn: Vec<String>,
}

/// One segment of one client in one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSegment {
    /// The block.
    pub block: u32,
    /// Its place in the block, from zero.
    pub position: u32,
    /// Requests that ended with a status below 400.
    pub ok: u64,
    /// Requests that ended with another status.
    pub rejected: u64,
    /// Requests without an answer, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, u64>,
    /// From its start to its last end, in nanoseconds.
    pub wall_ns: u64,
    /// CPU in user mode and kernel, in nanoseconds: as the host counted it over all processes of the client, or by the
    /// client's own word when the host cannot (`counted_by`).
    pub cpu_ns: u64,
    /// CPU by the client's own word, in nanoseconds, when the host counted as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_cpu_ns: Option<u64>,
    /// 99th percentile of the lateness, in nanoseconds.
    pub lateness_p99_ns: u64,
    /// What speaks against the worker's own account, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// Figures of a client over all its segments. Intervals are of the median over blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientFigures {
    /// CPU-seconds per 1,000 requests.
    pub cpu_s_per_1000: Estimate,
    /// The same above the floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_s_per_1000_above_floor: Option<f64>,
    /// Successes per second of wall time.
    pub throughput_per_s: Estimate,
    /// End − start of successes, in nanoseconds.
    pub service_time_ns: Headline,
    /// End − intended start of successes; in a closed loop the same.
    pub response_time_ns: Headline,
    /// Largest resident memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss_peak_bytes: Option<u64>,
    /// Context switches per 1,000 requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switches_per_1000: Option<f64>,
    /// Allocations per request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations_per_request: Option<f64>,
    /// Mean chunks of a streamed body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks_per_request: Option<f64>,
    /// Requests, failures included.
    pub requests: u64,
    /// Failures and rejections.
    pub errors: u64,
}

/// Compared with the reference, on CPU per request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientVerdict {
    /// CPU per request over that of the reference; below 1 is cheaper.
    pub cpu_ratio: Estimate,
    /// Time per request over that of the reference.
    pub wall_ratio: Estimate,
    /// Two-sided probability of such ratios of CPU without a difference, corrected for the number of clients.
    pub p_adjusted: f64,
    /// What is said.
    pub word: ClientWord,
}

/// What is said of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientWord {
    /// It needs less CPU per request.
    Faster,
    /// It needs more CPU per request.
    Slower,
    /// The evidence does not show a difference.
    NoDifferenceShown,
}

impl ClientWord {
    /// As people read it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::NoDifferenceShown => "no difference shown",
        }
    }
}

#[cfg(test)]
mod tests;
