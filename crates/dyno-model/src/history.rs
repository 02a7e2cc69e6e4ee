//! The history of a plan `dyno-history/1`: its sessions in order, every metric over them, and where it changed.
//!
//! Made by `dyno-verdict` from stored runs; never stored itself. Fields are added, never changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Direction, Unit, ValidityState, VerdictState};

/// The schema of histories written by this version.
pub const HISTORY_SCHEMA: &str = "dyno-history/1";

/// The sessions of one plan on one machine, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRecord {
    /// Always [`HISTORY_SCHEMA`].
    pub schema: String,
    /// The plan's name.
    pub name: String,
    /// The machine of all sessions.
    pub fingerprint: String,
    /// The sessions that can be compared with the newest one, oldest first.
    pub sessions: Vec<HistorySession>,
    /// Sessions that are not in the series, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// One entry per operation and metric, the whole run first.
    pub series: Vec<HistorySeries>,
}

/// One run of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistorySession {
    /// The id of the run.
    pub run_id: String,
    /// When it started, RFC 3339 in UTC.
    pub started_at: String,
    /// What its own objectives said.
    pub verdict: VerdictState,
    /// Whether it was the target that was measured.
    pub validity: ValidityState,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// A run that is not in the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The id of the run.
    pub run_id: String,
    /// Why, in words.
    pub reason: String,
}

/// One metric over the sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistorySeries {
    /// The operation; `None` is the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// As in thresholds: `p99`, `rate`, `errors`.
    pub metric: String,
    /// Of the values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// Whether changes are plain differences (errors) and not shares of what was before.
    #[serde(default)]
    pub is_difference: bool,
    /// One per session; `None` where the session has none.
    pub values: Vec<Option<f64>>,
    /// Where the series became another one for good, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<HistoryChange>,
    /// The change for the worse that matters, as in [`HistoryChange::change`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// What the changes add up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creep: Option<Creep>,
}

/// A session from which on a series is another one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryChange {
    /// Index of the first session after the change; what caused it lies between the session before and this one.
    pub at: usize,
    /// Median of the sessions before it, back to the change before.
    pub before: f64,
    /// Median of the sessions after it, up to the next change.
    pub after: f64,
    /// From before to after, as a share of before; for shares the plain difference.
    pub change: f64,
    /// Whether that is a change for the worse.
    pub is_worse: bool,
    /// The share of random orders of the sessions with such a change.
    pub p: f64,
}

/// The changes of a series added up, improvements paying for regressions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Creep {
    /// Their sum for the worse, as in [`HistoryChange::change`]; never below 0.
    pub sum: f64,
    /// How many there were.
    pub steps: u64,
    /// Whether the sum is beyond the tolerance.
    pub is_exceeded: bool,
}
