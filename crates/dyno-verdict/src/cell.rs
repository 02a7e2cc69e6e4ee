//! What one cell of a gate is held to: its kind, what is tolerated, and whether it can fail.
//!
//! Made by a resolved profile and the user's own rules; read by the gate and by comparisons of stored runs.

use dyno_model::CellKey;

use crate::kind::MetricKind;
use crate::tolerance::Tolerance;

/// The rule of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRule {
    /// Which number of which operation.
    pub key: CellKey,
    /// Its unit, direction and statistics.
    pub kind: MetricKind,
    /// The change for the worse that matters.
    pub tolerance: Tolerance,
    /// The bias that the harness may have on identical code (the tested null): a log ratio, or for differences a
    /// plain share. Never negative.
    pub bias: f64,
    /// Whether it can fail the gate; else it is shown.
    pub is_gated: bool,
    /// The user's own rule as written, such as `p99:+10%`.
    pub rule: Option<String>,
}

impl CellRule {
    /// The rule of the table of kinds alone; `None` for an unknown metric.
    #[must_use]
    pub fn of(key: &CellKey) -> Option<Self> {
        let kind = MetricKind::of(&key.metric)?;
        let bias = if kind.is_difference { 0.0 } else { kind.default_bias };
        let is_gated = kind.is_gated;
        Some(Self { key: key.clone(), kind, tolerance: kind.tolerance, bias, is_gated, rule: None })
    }
}
