//! What a contest leaves behind: every round of both arms, with the state of the machine in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Histogram;

/// The rounds of a played comparison and how they were drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContestRecord {
    /// The seed of the order.
    pub seed: u64,
    /// Length of a round, in nanoseconds.
    pub round_ns: u64,
    /// Pause between rounds, in nanoseconds: the shortest and the longest.
    pub gap_ns: (u64, u64),
    /// Time that could be spent, in nanoseconds; `None` without a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_ns: Option<u64>,
    /// How arms were warmed up, per arm in nanoseconds.
    pub warmup_ns: Vec<u64>,
    /// Whether both programs were started anew for each quad.
    pub restarted_each_quad: bool,
    /// Whether both programs were started anew for each quad of the confirmation, be it for the screen or not.
    #[serde(default)]
    pub restarted_to_confirm: bool,
    /// How many times each revision was built; quads take the builds in turns.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub builds: u32,
    /// Every round that was played, in order.
    pub rounds: Vec<RoundRecord>,
    /// How many quads were played and discarded by rules on the machine's state.
    pub discarded_quads: u64,
    /// Quads that count, in the screen and in the confirmation.
    pub quads: (u64, u64),
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_once(builds: &u32) -> bool {
    *builds == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_first(build: &u32) -> bool {
    *build == 0
}

/// Which stage of the gate a round belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// All cells, few quads.
    Screen,
    /// Suspicious cells, fresh quads.
    Confirm,
}

/// Baseline or candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Side {
    /// The baseline.
    A,
    /// The candidate.
    B,
}

/// One slice of measurement of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundRecord {
    /// Its stage.
    pub stage: Stage,
    /// Zero-based number of its quad within the stage, discarded ones included.
    pub quad: u32,
    /// Its place in the quad, 0 to 3.
    pub position: u8,
    /// Who was measured.
    pub side: Side,
    /// Zero-based number of the build of that side's revision.
    #[serde(default, skip_serializing_if = "is_first")]
    pub build: u32,
    /// Its start since the start of the contest, in nanoseconds.
    pub at_ns: u64,
    /// Its measured length, in nanoseconds.
    pub length_ns: u64,
    /// One value per cell, by [`CellKey`] as text; a cell without enough samples is absent.
    pub values: BTreeMap<String, f64>,
    /// Attempts of the whole round.
    pub attempts: u64,
    /// Rejections and failures of the whole round.
    pub errors: u64,
    /// Response times of successes of the whole round.
    pub histogram: Histogram,
    /// The machine meanwhile.
    pub machine: RoundMachine,
    /// Why its quad does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<String>,
}

/// Which number of which operation: one cell of the gate. As text `operation/metric`, or `metric` for the whole run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct CellKey {
    /// The operation; `None` is the whole run.
    pub operation: Option<String>,
    /// As in thresholds, such as `p99`.
    pub metric: String,
}

impl CellKey {
    /// The metric of the whole run.
    #[must_use]
    pub fn whole(metric: impl Into<String>) -> Self {
        Self { operation: None, metric: metric.into() }
    }

    /// The metric of one operation.
    #[must_use]
    pub fn of(operation: impl Into<String>, metric: impl Into<String>) -> Self {
        Self { operation: Some(operation.into()), metric: metric.into() }
    }
}

impl std::fmt::Display for CellKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.operation {
            Some(operation) => write!(f, "{operation}/{}", self.metric),
            None => f.write_str(&self.metric),
        }
    }
}

impl std::str::FromStr for CellKey {
    type Err = std::convert::Infallible;

    /// Operations may hold slashes, metrics never do.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.rsplit_once('/') {
            Some((operation, metric)) => Self::of(operation, metric),
            None => Self::whole(text),
        })
    }
}

/// The state of the machine in a round: what decides whether its quad counts. Never the metric.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RoundMachine {
    /// Share of machine time taken by the hypervisor, 0 to 1.
    pub steal_share: f64,
    /// Share of the round in which the control group was throttled, 0 to 1.
    pub throttled_share: f64,
    /// Share of the round in which some task waited for a core (pressure stall information), 0 to 1; absent when the kernel does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_pressure: Option<f64>,
    /// CPU of the generator as a share of the cores of its load threads, 0 to 1.
    pub generator_cpu_share: f64,
    /// 99th percentile of the generator's own lateness, in nanoseconds.
    pub generator_lateness_p99_ns: u64,
    /// CPU of the measured arm, in cores; `None` when its process is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm_cpu_cores: Option<f64>,
    /// CPU of the arm that should be idle, in cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_arm_cpu_cores: Option<f64>,
    /// Resident memory of the measured arm at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm_rss_bytes: Option<u64>,
    /// Fixed arithmetic before and after the round, in nanoseconds.
    pub anchor_arithmetic_ns: (u64, u64),
    /// Fixed dependent loads before and after the round, in nanoseconds.
    pub anchor_memory_ns: (u64, u64),
    /// CPU of everything on the machine but generator and arms, in cores.
    pub other_cpu_cores: f64,
}
