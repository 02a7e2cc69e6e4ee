//! The cases of a sweep: several contests of the same clients that differ in one or more parameters.
//!
//! A contest of one case keeps its results in the record itself. Whoever draws cases asks [`ClientsRecord::by_case`],
//! which makes no difference between the two.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClientCase, ClientEntry, ClientVerdict, ClientsRecord, CountedBy};
use crate::Validity;

/// One case of a sweep with its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientPlayed {
    /// What sets it apart from the other cases, such as `8 lanes, answers of 64 kB` or `GET /bytes/{n}`.
    pub name: String,
    /// What was asked.
    pub case: ClientCase,
    /// Length of a segment, in nanoseconds.
    pub segment_ns: u64,
    /// The label of the floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// The reference against itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ClientVerdict>,
    /// Who counted what clients used.
    #[serde(default)]
    pub counted_by: CountedBy,
    /// Every client that was asked for.
    pub entries: Vec<ClientEntry>,
    /// Whether the numbers of this case can be ranked, with the reasons.
    pub validity: Validity,
}

/// One client over all operations of one method. All figures are geometric means over the cases in which both this client
/// and the reference were ranked, so that slow operations do not outweigh quick ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientMethod {
    /// The method, such as `GET`.
    pub method: String,
    /// The client, such as `httpx async`.
    pub label: String,
    /// Cases of this method in which it was asked for.
    pub cases: u64,
    /// Of these, the cases that the figures stand on.
    pub ranked: u64,
    /// CPU-seconds per 1,000 requests; `None` when no case counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_s_per_1000: Option<f64>,
    /// CPU per request over that of the reference; below 1 is cheaper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ratio: Option<f64>,
    /// Successes per second of wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput_per_s: Option<f64>,
    /// Failures, rejections and unexpected answers in all cases.
    pub errors: u64,
}

/// An operation of an API description that was not played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperationLeftOut {
    /// Method and path, such as `GET /brotli`.
    pub operation: String,
    /// Why, in words.
    pub reason: String,
}

impl ClientsRecord {
    /// One record per case, each as if it alone had been played; of a contest of one case, the record itself.
    #[must_use]
    pub fn by_case(&self) -> Vec<Self> {
        if self.cases.is_empty() {
            return vec![self.clone()];
        }
        let alone = |played: &ClientPlayed| Self {
            case: played.case.clone(),
            segment_ns: played.segment_ns,
            floor: played.floor.clone(),
            control: played.control.clone(),
            entries: played.entries.clone(),
            validity: played.validity.clone(),
            cases: Vec::new(),
            methods: Vec::new(),
            left_out: Vec::new(),
            schema: self.schema.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            tags: self.tags.clone(),
            at: self.at.clone(),
            version: self.version.clone(),
            target: self.target.clone(),
            seed: self.seed,
            blocks: self.blocks,
            reference: self.reference.clone(),
            counted_by: played.counted_by,
            environment: self.environment.clone(),
            reproduce: self.reproduce.clone(),
        };
        self.cases.iter().map(alone).collect()
    }
}
