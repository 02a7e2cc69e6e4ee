//! The words and figures that several outputs share.
//!
//! Nothing is judged here: states come from the record and only get their name. Called by all outputs.

use dyno_model::{Headline, RunRecord, RunState, Times, Totals, ValidityState, VerdictState, units};

/// The verdict for people.
pub(crate) fn verdict(state: VerdictState) -> &'static str {
    match state {
        VerdictState::Pass => "PASS",
        VerdictState::Fail => "FAIL",
        VerdictState::Inconclusive => "INCONCLUSIVE",
        VerdictState::Incomparable => "INCOMPARABLE",
        VerdictState::None => "NO VERDICT",
    }
}

/// The verdict as a sentence.
pub(crate) fn verdict_meaning(record: &RunRecord) -> String {
    let checks = &record.verdict.checks;
    let failed = checks.iter().filter(|check| !check.ok).count();
    match record.verdict.state {
        VerdictState::Pass if checks.len() == 1 => "The threshold holds.".to_owned(),
        VerdictState::Pass => format!("All {} thresholds hold.", checks.len()),
        VerdictState::Fail => format!("{failed} of {} thresholds violated.", checks.len()),
        VerdictState::Inconclusive => "There is not enough evidence for a verdict.".to_owned(),
        VerdictState::Incomparable => "The runs cannot be compared.".to_owned(),
        VerdictState::None => "No threshold was set.".to_owned(),
    }
}

/// The validity for people.
pub(crate) fn validity(state: ValidityState) -> &'static str {
    match state {
        ValidityState::Valid => "valid",
        ValidityState::Suspect => "suspect",
        ValidityState::Invalid => "invalid",
    }
}

/// The validity as a sentence.
pub(crate) fn validity_meaning(state: ValidityState) -> &'static str {
    match state {
        ValidityState::Valid => "Nothing speaks against the numbers.",
        ValidityState::Suspect => "Something may have disturbed the numbers.",
        ValidityState::Invalid => {
            "The numbers say more about the generator or the machine than about the target."
        }
    }
}

/// How the run ended, when that is worth saying.
pub(crate) fn ending(state: RunState) -> Option<&'static str> {
    match state {
        RunState::Finished => None,
        RunState::Running => Some("still running"),
        RunState::Interrupted => Some("interrupted"),
        RunState::Aborted => Some("aborted by a threshold"),
    }
}

/// What a record calls all of its operations together.
pub(crate) const ALL: &str = "all";

/// One row per operation, the whole run first.
///
/// A run with a single operation has a single row: the whole would repeat it.
pub(crate) fn rows(record: &RunRecord) -> Vec<(&str, &Totals, &Times)> {
    let whole = (ALL, &record.totals, &record.times);
    let operations = record.operations.iter().map(|(name, o)| (name.as_str(), &o.totals, &o.times));
    match record.operations.len() {
        0 => vec![whole],
        1 => operations.collect(),
        _ => std::iter::once(whole).chain(operations).collect(),
    }
}

/// A quantile of a headline for people; a dash without values.
pub(crate) fn time(headline: &Headline, value_ns: u64) -> String {
    if headline.count == 0 { "–".to_owned() } else { units::format_ns(value_ns) }
}

/// A part of a whole; a dash when there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { units::format_share(part as f64 / whole as f64) }
}

/// Whether a check compares a response time, so that its limit may be drawn beside response times.
///
/// Only a bare quantile (`p99 < 20ms`) is one for sure; other words name another time or one operation.
pub(crate) fn is_plain_quantile(threshold: &str) -> bool {
    let word = threshold.trim_start().strip_prefix('p').unwrap_or_default();
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(word.len());
    end > 0 && !word[end..].trim_start().starts_with(|c: char| c.is_alphabetic())
}
