//! A machine's and a team's profile `dyno-profile/1`: limits, tolerances, and what calibration measured.
//!
//! A profile file may leave out anything; `dyno-verdict` merges several, leaf by leaf, and keeps where each came from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema of profiles written by this version.
pub const PROFILE_SCHEMA: &str = "dyno-profile/1";

/// What A/A gates of this machine showed: two copies of one program, compared as if they were two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Gates played.
    pub gates: u64,
    /// Of these, gates that called the same program slower.
    pub false_alarms: u64,
    /// Upper 95 % bound of the share of false alarms (Clopper–Pearson), 0 to 1.
    pub upper95: f64,
    /// Per metric the upper 95 % bound of the difference between copies of one program, as a log ratio.
    #[serde(default)]
    pub bias_upper: BTreeMap<String, f64>,
}

/// How much a value scatters, as standard deviations of its logarithm; for shares such as errors of the share itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// Between rounds of one process.
    pub sigma_round: f64,
    /// Between processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma_process: Option<f64>,
    /// Between sessions, which is what two stored runs differ by when nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma_session: Option<f64>,
    /// Correlation of neighbouring rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rho1: Option<f64>,
}

/// Whether and how a metric is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// Neither shown nor judged.
    Off,
    /// Shown.
    Info,
    /// Judged by its limit.
    Limit,
    /// Judged against the baseline.
    Regression,
    /// Judged by both.
    Both,
}
