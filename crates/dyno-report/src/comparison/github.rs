//! Workflow commands that GitHub shows as annotations of a comparison: regressions, doubts, and one line for the whole.
//!
//! Called by `dyno compare` when it finds itself in a GitHub workflow.

use dyno_model::{ComparisonRecord, ComparisonRow, GateState, MismatchEffect, RowVerdict, ValidityState};

use super::words;
use crate::github::{command, lines};

/// The annotations, one per line: regressed rows, then doubts, then one roll-up. Bounded as GitHub bounds them.
#[must_use]
pub fn annotations(record: &ComparisonRecord) -> String {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut warnings: Vec<(String, String)> = Vec::new();
    for row in record.rows.iter().filter(|row| row.is_gated) {
        match row.verdict {
            RowVerdict::Regressed => errors.push((format!("{} regressed", name(row)), detail(row))),
            RowVerdict::Inconclusive => {
                warnings.push((format!("{} is inconclusive", name(row)), detail(row)));
            }
            _ => {}
        }
    }
    for reason in &record.validity.reasons {
        let title = format!("Comparison is {}: {}", crate::words::validity(reason.state), reason.code);
        match reason.state {
            ValidityState::Invalid => errors.push((title, reason.detail.clone())),
            ValidityState::Suspect => warnings.push((title, reason.detail.clone())),
            ValidityState::Valid => {}
        }
    }
    for mismatch in &record.mismatches {
        let title = match mismatch.effect {
            MismatchEffect::Incomparable => format!("Cannot be compared: {}", mismatch.what),
            MismatchEffect::Weaker => format!("Weaker evidence: {}", mismatch.what),
            MismatchEffect::Note => continue,
        };
        let message = format!("A has {}, B has {}. {}", mismatch.a, mismatch.b, mismatch.advice);
        warnings.push((title, message.trim_end().to_owned()));
    }
    for entry in record.overrides.iter().filter(|entry| entry.loosens) {
        warnings.push(("The gate was loosened".to_owned(), words::overridden(entry)));
    }
    let mut text = lines("error", &errors);
    text.push_str(&lines("warning", &warnings));
    text.push_str(&roll_up(record));
    text
}

fn name(row: &ComparisonRow) -> String {
    format!("{} {}", words::operation(row), row.metric)
}

/// `12.41 → 13.20 ms, +6.4 % [+4.1, +8.9]: why`; why alone where there are no figures.
fn detail(row: &ComparisonRow) -> String {
    if row.change.is_none() {
        return row.detail.clone();
    }
    let (a, b, unit) = words::pair(row);
    let (change, interval) = (words::change(row.change.as_ref()), words::interval(row.change.as_ref()));
    format!("{a} → {b} {unit}, {change} {interval}: {}", row.detail)
}

fn roll_up(record: &ComparisonRecord) -> String {
    let title = format!("{} {}", record.name, words::gate(record.gate.state));
    let mut message = format!("{} {}", words::gate_meaning(record), words::bound_sentence(record));
    if record.gate.state == GateState::Inconclusive {
        for reason in record.gate.reasons.iter().take(3) {
            message.push_str(&format!(" {}.", reason.detail));
        }
    }
    command("notice", &title, &message)
}
