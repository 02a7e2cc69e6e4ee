//! A comparison held to the absolute limits of a profile: what is too slow fails, whether or not it got slower.

use dyno_model::{CellKey, ComparisonRecord, ComparisonRow, GateState, Reason, RowVerdict, ValidityState};

use super::limit::LimitState;
use super::resolved::ResolvedProfile;
use super::settings::CellSettings;
use crate::quantity::words;

/// The word of the reasons that limits give.
const CODE: &str = "limit";

impl ResolvedProfile {
    /// Judges the candidates of a comparison by the limits of `plan` and writes that into its rows and its gate.
    ///
    /// A violated limit fails the gate, one without a value keeps it from passing, one that is near is only said. Times
    /// that are incomparable because of failures are not judged: failing fast keeps no promise, and says so already.
    pub fn hold_to_limits(&self, plan: &str, record: &mut ComparisonRecord) {
        for row in &mut record.rows {
            let key = CellKey { operation: row.operation.clone(), metric: row.metric.clone() };
            let Some(settings) = self.settings(plan, &key).filter(CellSettings::is_limited) else { continue };
            let Some(limit) = settings.limit else { continue };
            if row.verdict == RowVerdict::Incomparable {
                continue;
            }
            let state = limit.check(row.direction, &settings.tolerance, row.b.as_ref());
            let said = sentence(row, &settings, state);
            match state {
                LimitState::Ok => continue,
                LimitState::Near => {}
                LimitState::Inconclusive => {
                    if record.gate.state == GateState::Pass {
                        record.gate.state = GateState::Inconclusive;
                    }
                    record.gate.reasons.push(reason(ValidityState::Suspect, &said));
                }
                LimitState::Violated => {
                    row.verdict = RowVerdict::Regressed;
                    row.is_gated = true;
                    record.gate.state = GateState::Fail;
                    record.gate.reasons.push(reason(ValidityState::Invalid, &said));
                }
            }
            row.detail = if row.detail.is_empty() { said } else { format!("{said}; {}", row.detail) };
        }
    }
}

fn reason(state: ValidityState, detail: &str) -> Reason {
    Reason { code: CODE.to_owned(), state, detail: detail.to_owned() }
}

/// `p99 is 21.4 ms, the limit of the profile is ≤ 20.0 ms with 10 % of tolerance: violated`.
fn sentence(row: &ComparisonRow, settings: &CellSettings, state: LimitState) -> String {
    let name = match &row.operation {
        Some(operation) => format!("{operation}/{}", row.metric),
        None => row.metric.clone(),
    };
    let value = row.b.map_or_else(|| "unknown".to_owned(), |estimate| words(estimate.value, row.unit));
    let word = match state {
        LimitState::Ok => "kept",
        LimitState::Near => "near",
        LimitState::Violated => "violated",
        LimitState::Inconclusive => "not judged without a value",
    };
    let (limit, tolerance) = (settings.limit_words(), settings.tolerance_words());
    format!("{name} is {value}, the limit of the profile is {limit} with a tolerance of {tolerance}: {word}")
}

#[cfg(test)]
mod tests;
