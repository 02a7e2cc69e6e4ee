//! The resolved plan: everything about a run except the target's answers.
//!
//! Made by `dyno-plan` from flags, environment and file; nothing in it needs to be interpreted again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{HttpPlan, LoadModel, OperationId, OperationTable, Threshold};

/// Everything that is needed to play a run. Equal plans and seeds give equal arrivals and operations.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPlan {
    /// The name people use for this plan; runs of one name are comparable.
    pub name: String,
    /// Whether the target comes with the tool.
    pub target_kind: TargetKind,
    /// When arrivals start.
    pub load: LoadModel,
    /// Which part of the time counts.
    pub phases: Phases,
    /// What ends the run or an operation.
    pub limits: Limits,
    /// The seed of everything random.
    pub seed: u64,
    /// Which part of the arrivals this process plays.
    pub share: Share,
    /// How many load threads to use.
    pub threads: u32,
    /// The operations that samples refer to.
    pub operations: OperationTable,
    /// What is asked of the target.
    pub workload: Workload,
    /// The objectives that decide the verdict.
    pub thresholds: Vec<Threshold>,
}

impl RunPlan {
    /// For each scenario the operation that counts its arrivals: the journey, or the only step.
    #[must_use]
    pub fn first_operations(&self) -> Vec<OperationId> {
        let Workload::Http(http) = &self.workload;
        http.scenarios.iter().map(|s| s.journey.unwrap_or(s.steps[0].operation)).collect()
    }
}

/// Whose target is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// The reference target that ships with the tool.
    Builtin,
    /// Anything else.
    External,
}

/// What an arrival does. One variant per family of drivers.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// Requests over HTTP.
    Http(Box<HttpPlan>),
}

/// The windows of a run on its one timeline: warm-up, measurement, cool-down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Phases {
    /// What is played but not counted at the start.
    pub warmup: Warmup,
    /// How long is measured; `None` when a count of arrivals ends the run.
    pub measure: Option<Duration>,
    /// How long load goes on after the measurement, uncounted.
    pub cooldown: Duration,
}

/// How the warm-up ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warmup {
    /// There is none.
    None,
    /// After this time.
    Time(Duration),
    /// After this many arrivals.
    Count(u64),
    /// When response time and throughput have stopped drifting, at the latest after `at_most`.
    Automatic {
        /// The longest it may take.
        at_most: Duration,
    },
}

/// What ends a run or a request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Measured arrivals to play, when the run is limited by count.
    pub arrivals: Option<u64>,
    /// A request without a complete answer after this time is a timeout.
    pub timeout: Duration,
    /// How long after the end requests in flight may still complete.
    pub drain: Duration,
}

/// The part of the arrivals that this process plays: all `n` with `n % of == index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Zero-based index of this process.
    pub index: u32,
    /// How many processes share the run.
    pub of: u32,
}

impl Share {
    /// The whole run.
    pub const WHOLE: Share = Share { index: 0, of: 1 };
}
