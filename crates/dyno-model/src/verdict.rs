//! The judgement of a run: is the measurement valid, and were the objectives met.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether it was the target that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValidityState {
    /// Nothing speaks against the numbers.
    Valid,
    /// Something may have disturbed them.
    Suspect,
    /// The numbers say more about the generator or the machine than about the target.
    Invalid,
}

/// A validity with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validity {
    /// The worst that any reason says.
    pub state: ValidityState,
    /// What speaks against the numbers; also notes that do not lower the state.
    pub reasons: Vec<Reason>,
}

/// One thing that was noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// A stable word, such as `generator_saturated`.
    pub code: String,
    /// How much it matters.
    pub state: ValidityState,
    /// What was seen, with figures, and what to do.
    pub detail: String,
}

/// What the objectives say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictState {
    /// All objectives hold.
    Pass,
    /// At least one does not.
    Fail,
    /// There is not enough evidence.
    Inconclusive,
    /// The runs cannot be compared.
    Incomparable,
    /// No objective was set.
    None,
}

/// The verdict of a run with every check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictRecord {
    /// The whole.
    pub state: VerdictState,
    /// One entry per objective.
    pub checks: Vec<CheckRecord>,
}

/// One objective, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRecord {
    /// The objective as written.
    pub threshold: String,
    /// Whether it holds; an objective without samples does not.
    pub ok: bool,
    /// The measured value in nanoseconds, when the metric is a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_ns: Option<u64>,
    /// The measured value, when the metric is a share (0 to 1), a rate per second or a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The limit in the unit of the value.
    pub limit: f64,
    /// How many samples the value stands on.
    pub samples: u64,
    /// Value and limit in words, such as `p99 was 23.1 ms, limit 20 ms (15.5 % over)`.
    pub detail: String,
}
