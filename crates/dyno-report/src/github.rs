//! Workflow commands that GitHub shows as annotations: `::error` and `::warning` lines.
//!
//! GitHub shows ten of each kind per step, so the most important come first and the rest is counted.
//! Called by `dyno run` when it finds itself in a GitHub workflow.

use dyno_model::{RunRecord, ValidityState, VerdictState, units};

use crate::words;

/// Most lines of one kind that GitHub shows for a step.
const LINES_MAX: usize = 10;

/// The annotations, one per line: failed thresholds, then doubts of validity, then one roll-up.
#[must_use]
pub fn annotations(record: &RunRecord) -> String {
    let mut errors: Vec<(String, String)> = Vec::new();
    let mut warnings: Vec<(String, String)> = Vec::new();
    for check in record.verdict.checks.iter().filter(|check| !check.ok) {
        errors.push((format!("Threshold {} failed", check.threshold), check.detail.clone()));
    }
    for reason in &record.validity.reasons {
        let line =
            (format!("Run is {}: {}", words::validity(reason.state), reason.code), reason.detail.clone());
        match reason.state {
            ValidityState::Invalid => errors.push(line),
            ValidityState::Suspect => warnings.push(line),
            ValidityState::Valid => {}
        }
    }
    let mut text = lines("error", &errors);
    text.push_str(&lines("warning", &warnings));
    text.push_str(&roll_up(record));
    text
}

/// One level's lines, titles and messages; what does not fit is counted in the last one.
pub(crate) fn lines(level: &str, entries: &[(String, String)]) -> String {
    let shown = if entries.len() > LINES_MAX { LINES_MAX - 1 } else { entries.len() };
    let mut text: String =
        entries[..shown].iter().map(|(title, message)| command(level, title, message)).collect();
    if shown < entries.len() {
        let message = format!("{} more are in the report", entries.len() - shown);
        text.push_str(&command(level, "Not all are shown", &message));
    }
    text
}

/// The whole run in one line, at the level of a notice so that it takes no place from the others.
fn roll_up(record: &RunRecord) -> String {
    let totals = &record.totals;
    let response = &record.times.response_time_ns;
    let title = format!(
        "{} {}, {}",
        record.name,
        words::verdict(record.verdict.state),
        words::validity(record.validity.state)
    );
    let meaning = match record.verdict.state {
        VerdictState::None => String::new(),
        _ => format!("{} ", words::verdict_meaning(record)),
    };
    let message = format!(
        "{meaning}{} requests at {}, {} rejected, {} failed, response time p50 {} and p99 {}",
        units::format_count(totals.requests),
        units::format_rate(record.load.achieved_rate_per_s),
        units::format_count(totals.rejected),
        units::format_count(totals.failed),
        words::time(response, response.p50),
        words::time(response, response.p99),
    );
    command("notice", &title, &message)
}

pub(crate) fn command(level: &str, title: &str, message: &str) -> String {
    format!("::{level} title={}::{}\n", escape_property(title), escape_message(message))
}

/// GitHub decodes these three in messages, and ends the command at a line end.
fn escape_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// In properties `:` and `,` are separators too.
fn escape_property(text: &str) -> String {
    escape_message(text).replace(':', "%3A").replace(',', "%2C")
}
