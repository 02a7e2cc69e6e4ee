//! Markdown for pull requests and job summaries: verdict, thresholds and tables, without charts.
//!
//! Stays below the size that GitHub accepts, whatever the record holds. Called for `.md` files.

use std::fmt::Write as _;

use dyno_model::{Headline, RunRecord, ValidityState, units};

use crate::escape::{clip, markdown, markdown_code};
use crate::words;

const IN_MEMORY: &str = "invariant: writing to memory does not fail";
/// GitHub refuses a job summary above 1 MiB; this leaves room for others.
const BYTES_MAX: usize = 900_000;
/// Rows of one table, and characters of one foreign text, so that nothing can grow without bound.
const ROWS_MAX: usize = 200;
const TEXT_MAX: usize = 600;

/// The whole report, at most 900 kB.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    let mut text = String::new();
    push_head(&mut text, record);
    push_thresholds(&mut text, record);
    push_validity(&mut text, record);
    push_audit(&mut text, record);
    push_headline(&mut text, record);
    push_times(&mut text, record);
    push_outcomes(&mut text, record);
    push_specimens(&mut text, record);
    push_foot(&mut text, record);
    bounded(text)
}

/// Cuts between lines and says so; cannot happen with the bounds above unless a single table is huge.
fn bounded(mut text: String) -> String {
    if text.len() > BYTES_MAX {
        let end = text.floor_char_boundary(BYTES_MAX - 100);
        let end = text[..end].rfind('\n').unwrap_or(end);
        text.truncate(end);
        text.push_str("\n\n*The rest is left out: see the HTML report.*\n");
    }
    text
}

fn code(text: &str) -> String {
    markdown_code(&clip(text, TEXT_MAX))
}

fn plain(text: &str) -> String {
    markdown(&clip(text, TEXT_MAX))
}

fn push_head(text: &mut String, record: &RunRecord) {
    let (verdict, validity) = (words::verdict(record.verdict.state), words::validity(record.validity.state));
    writeln!(text, "## {verdict}, {validity}: {}\n", plain(&record.name)).expect(IN_MEMORY);
    let ending = words::ending(record.state).map(|how| format!(" The run is {how}.")).unwrap_or_default();
    let meaning = words::verdict_meaning(record);
    let trust = words::validity_meaning(record.validity.state);
    writeln!(text, "{meaning} {trust}{ending}\n").expect(IN_MEMORY);
}

fn push_thresholds(text: &mut String, record: &RunRecord) {
    let checks = &record.verdict.checks;
    if checks.is_empty() {
        return;
    }
    text.push_str("| | threshold | result | samples |\n|---|---|---|---:|\n");
    for check in checks.iter().take(ROWS_MAX) {
        let word = if check.ok { "ok" } else { "**FAILED**" };
        let (threshold, detail) = (code(&check.threshold), plain(&check.detail));
        let samples = units::format_count(check.samples);
        writeln!(text, "| {word} | {threshold} | {detail} | {samples} |").expect(IN_MEMORY);
    }
    push_rest(text, checks.len());
}

fn push_rest(text: &mut String, count: usize) {
    if count > ROWS_MAX {
        writeln!(text, "\n{} more are left out.", count - ROWS_MAX).expect(IN_MEMORY);
    }
    text.push('\n');
}

fn push_validity(text: &mut String, record: &RunRecord) {
    for reason in record.validity.reasons.iter().take(ROWS_MAX) {
        let state = match reason.state {
            ValidityState::Valid => "note",
            state => words::validity(state),
        };
        writeln!(text, "- **{state}** {}: {}", code(&reason.code), plain(&reason.detail)).expect(IN_MEMORY);
    }
    if !record.validity.reasons.is_empty() {
        push_rest(text, record.validity.reasons.len());
    }
}

fn push_audit(text: &mut String, record: &RunRecord) {
    let Some(audit) = &record.audit else { return };
    text.push_str("| | ledger of the target | |\n|---|---|---|\n");
    for check in audit.checks.iter().take(ROWS_MAX) {
        let word = if check.agrees { "agrees" } else { "**DIFFERS**" };
        writeln!(text, "| {word} | {} | {} |", code(&check.what), plain(&check.detail)).expect(IN_MEMORY);
    }
    push_rest(text, audit.checks.len());
}

fn push_headline(text: &mut String, record: &RunRecord) {
    let (load, totals, generator) = (&record.load, &record.totals, &record.generator);
    let count = units::format_count;
    let asked = load.asked_rate_per_s.map_or_else(|| "none (closed loop)".to_owned(), units::format_rate);
    text.push_str("| rate asked | achieved | requests | ok | rejected | failed | not started |\n");
    text.push_str("|---:|---:|---:|---:|---:|---:|---:|\n");
    writeln!(
        text,
        "| {asked} | {} | {} | {} | {} | {} | {} |\n",
        units::format_rate(load.achieved_rate_per_s),
        count(totals.requests),
        count(totals.ok),
        count(totals.rejected),
        count(totals.failed),
        count(load.not_started),
    )
    .expect(IN_MEMORY);
    writeln!(
        text,
        "{} loop, {} measured. Generator: {} of its CPU, {} requests per CPU-second, {} memory.\n",
        plain(&load.model),
        units::format_ns(totals.elapsed_ns),
        units::format_share(generator.cpu_share),
        count(generator.requests_per_cpu_s.round() as u64),
        units::format_size(generator.rss_peak_bytes),
    )
    .expect(IN_MEMORY);
}

fn push_times(text: &mut String, record: &RunRecord) {
    text.push_str("| operation | time | count | p50 | p90 | p99 | p99.9 | max |\n");
    text.push_str("|---|---|---:|---:|---:|---:|---:|---:|\n");
    let rows = words::rows(record);
    for (name, _, times) in rows.iter().take(ROWS_MAX) {
        push_times_row(text, name, "response", &times.response_time_ns);
        push_times_row(text, name, "service", &times.service_time_ns);
        push_times_row(text, name, "lateness", &times.lateness_ns);
        if times.failure_time_ns.count > 0 {
            push_times_row(text, name, "until failure", &times.failure_time_ns);
        }
    }
    push_rest(text, rows.len());
}

fn push_times_row(text: &mut String, operation: &str, name: &str, times: &Headline) {
    let cells = [times.p50, times.p90, times.p99, times.p99_9, times.max].map(|ns| words::time(times, ns));
    let count = units::format_count(times.count);
    writeln!(text, "| {} | {name} | {count} | {} |", code(operation), cells.join(" | ")).expect(IN_MEMORY);
}

fn push_outcomes(text: &mut String, record: &RunRecord) {
    let totals = &record.totals;
    if totals.status_codes.is_empty() && totals.errors_by_kind.is_empty() {
        return;
    }
    text.push_str("| outcome | count | share |\n|---|---:|---:|\n");
    let codes = totals.status_codes.iter().map(|(code, n)| (format!("status {}", plain(code)), *n));
    let kinds = totals.errors_by_kind.iter().map(|(kind, n)| (format!("failed: {}", plain(kind)), *n));
    for (name, count) in codes.chain(kinds).take(ROWS_MAX) {
        let share = words::share(count, totals.requests);
        writeln!(text, "| {name} | {} | {share} |", units::format_count(count)).expect(IN_MEMORY);
    }
    push_rest(text, totals.status_codes.len() + totals.errors_by_kind.len());
}

fn push_specimens(text: &mut String, record: &RunRecord) {
    if record.specimens.is_empty() {
        return;
    }
    text.push_str("<details><summary>First failures and rejections</summary>\n\n");
    text.push_str("| kind | operation | at | response time | what happened |\n|---|---|---:|---:|---|\n");
    for specimen in record.specimens.iter().take(ROWS_MAX) {
        let (kind, operation) = (code(&specimen.kind), code(&specimen.operation));
        let (at, took) = (units::format_ns(specimen.at_ns), units::format_ns(specimen.response_time_ns));
        let message = code(&specimen.message);
        writeln!(text, "| {kind} | {operation} | {at} | {took} | {message} |").expect(IN_MEMORY);
    }
    push_rest(text, record.specimens.len());
    text.push_str("</details>\n\n");
}

fn push_foot(text: &mut String, record: &RunRecord) {
    text.push_str(
        "Response time counts from the intended start, service time from the actual start; \
         lateness is the difference. Failures are not in either.\n\n",
    );
    let (target, started) = (code(&record.target), plain(&record.started_at));
    let (id, fingerprint) = (code(&record.id), code(&record.environment.fingerprint));
    let version = plain(&record.tool.version);
    writeln!(text, "Target {target}, run {id} of {started}, machine {fingerprint}, dyno {version}.")
        .expect(IN_MEMORY);
    if !record.reproduce.is_empty() {
        writeln!(text, "Again: {}", markdown_code(&clip(&record.reproduce, 8_000))).expect(IN_MEMORY);
    }
}
