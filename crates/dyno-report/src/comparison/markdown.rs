//! Markdown of a comparison for a pull request: the verdict, one compact table, and everything else folded away.
//!
//! Stays below the size that GitHub accepts for a comment, whatever the record holds. Called for `.md` files.

use std::fmt::Write as _;

use dyno_model::{
    ComparisonRecord, ComparisonRow, GateState, MismatchEffect, RowVerdict, Stage, ValidityState, units,
};

use super::text::explanation::{discarded, method, order, stage};
use super::words;
use crate::escape::{clip, markdown, markdown_code};

const IN_MEMORY: &str = "invariant: writing to memory does not fail";
/// GitHub refuses comments above 65,536 characters; this leaves room for a signature.
const BYTES_MAX: usize = 60_000;
/// Rows of the table that is always seen, of each folded one, and characters of one foreign text.
const ROWS_SEEN: usize = 40;
const ROWS_MAX: usize = 200;
const TEXT_MAX: usize = 400;

/// The whole report, at most 60 kB.
#[must_use]
pub fn report(record: &ComparisonRecord) -> String {
    let mut text = String::new();
    push_head(&mut text, record);
    push_doubts(&mut text, record);
    let (seen, folded): (Vec<_>, Vec<_>) =
        words::sorted(record).into_iter().partition(|row| needs_eyes(record, row));
    if !seen.is_empty() {
        push_table(&mut text, record, &seen, ROWS_SEEN);
    }
    if !folded.is_empty() {
        let what = words::plural(folded.len(), "row");
        fold(&mut text, &format!("{what} without a change that matters"), |text| {
            push_table(text, record, &folded, ROWS_MAX);
        });
    }
    fold(&mut text, "Evidence and method", |text| push_method(text, record));
    if !record.mismatches.is_empty() {
        fold(&mut text, "What differs between the arms", |text| push_mismatches(text, record));
    }
    push_foot(&mut text, record);
    bounded(text)
}

/// What is in view without unfolding: changes, doubts, and all rows when they are few.
fn needs_eyes(record: &ComparisonRecord, row: &ComparisonRow) -> bool {
    let is_quiet = matches!(row.verdict, RowVerdict::Pass | RowVerdict::Info);
    !is_quiet || record.rows.len() <= 6
}

/// Cuts between lines, closes what is open, and says so.
fn bounded(mut text: String) -> String {
    if text.len() > BYTES_MAX {
        let end = text.floor_char_boundary(BYTES_MAX - 200);
        let end = text[..end].rfind('\n').unwrap_or(end);
        text.truncate(end);
        let open = text.matches("<details>").count().saturating_sub(text.matches("</details>").count());
        text.push_str(&"\n\n</details>".repeat(open));
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

/// GitHub needs an empty line on both sides of Markdown inside of HTML.
fn fold(text: &mut String, title: &str, inner: impl FnOnce(&mut String)) {
    write!(text, "<details><summary>{title}</summary>\n\n").expect(IN_MEMORY);
    inner(text);
    text.push_str("\n</details>\n\n");
}

fn sign(state: GateState) -> &'static str {
    match state {
        GateState::Pass => "✅",
        GateState::Fail => "❌",
        GateState::Inconclusive => "❔",
        GateState::Incomparable => "🚫",
    }
}

fn push_head(text: &mut String, record: &ComparisonRecord) {
    let (sign, verdict) = (sign(record.gate.state), words::gate(record.gate.state));
    writeln!(text, "## {sign} {verdict}: {}\n", plain(&record.name)).expect(IN_MEMORY);
    writeln!(text, "{} {}\n", words::gate_meaning(record), words::bound_sentence(record)).expect(IN_MEMORY);
    for reason in record.gate.reasons.iter().take(8) {
        writeln!(text, "- {}", plain(&reason.detail)).expect(IN_MEMORY);
    }
    if !record.gate.reasons.is_empty() {
        text.push('\n');
    }
    let arms: Vec<String> = record
        .arms
        .iter()
        .map(|arm| {
            let build = arm.build.as_deref().map(|build| format!(" ({})", plain(build))).unwrap_or_default();
            format!("{} is {}{build}", plain(&arm.letter), code(&arm.label))
        })
        .collect();
    writeln!(text, "{}, {}.\n", arms.join(", "), words::kind(record.kind)).expect(IN_MEMORY);
}

/// Doubts, grave differences and loosened rules: never folded away.
fn push_doubts(text: &mut String, record: &ComparisonRecord) {
    let before = text.len();
    for reason in record.validity.reasons.iter().filter(|r| r.state != ValidityState::Valid).take(8) {
        let state = crate::words::validity(reason.state);
        writeln!(text, "- **{state}** {}: {}", code(&reason.code), plain(&reason.detail)).expect(IN_MEMORY);
    }
    let grave = record.mismatches.iter().filter(|m| m.effect == MismatchEffect::Incomparable);
    for mismatch in grave.take(8) {
        let (what, a, b) = (plain(&mismatch.what), code(&mismatch.a), code(&mismatch.b));
        writeln!(text, "- **cannot be compared**: {what} is {a} and {b}; {}", plain(&mismatch.advice))
            .expect(IN_MEMORY);
    }
    for entry in record.overrides.iter().take(8) {
        let looser = if entry.loosens { "**the gate was loosened**" } else { "override" };
        writeln!(text, "- {looser}: {}", plain(&words::overridden(entry))).expect(IN_MEMORY);
    }
    if text.len() > before {
        text.push('\n');
    }
}

fn push_table(text: &mut String, record: &ComparisonRecord, rows: &[&ComparisonRow], most: usize) {
    let is_many = record.arms.len() > 2;
    let letter = if is_many { "| " } else { "" };
    let rule = if is_many { "|---" } else { "" };
    writeln!(
        text,
        "{letter}| | operation | metric | A | B | change | 95 % interval | evidence |\n{rule}|---|---|---|---:|---:|---:|---:|---|"
    )
    .expect(IN_MEMORY);
    for row in rows.iter().take(most) {
        if is_many {
            write!(text, "| {} ", plain(words::candidate(record, row.candidate))).expect(IN_MEMORY);
        }
        writeln!(text, "{}", line_of(row)).expect(IN_MEMORY);
    }
    if rows.len() > most {
        writeln!(text, "\n{} more are left out.", rows.len() - most).expect(IN_MEMORY);
    }
    text.push('\n');
}

fn line_of(row: &ComparisonRow) -> String {
    let (a, b, unit) = words::pair(row);
    let verdict = match row.verdict {
        RowVerdict::Regressed => "**REGRESSED**",
        other => words::row(other),
    };
    let evidence = match row.verdict {
        RowVerdict::Regressed => words::note(row),
        RowVerdict::Inconclusive | RowVerdict::Incomparable | RowVerdict::Info => plain(&row.detail),
        _ => match row.detectable {
            Some(size) => format!("would find {}", words::worse(row, size)),
            None => plain(&row.detail),
        },
    };
    format!(
        "| {verdict} | {} | {} | {a} | {b} {unit} | {} | {} | {:?} {evidence} |",
        code(words::operation(row)),
        plain(&row.metric),
        words::change(row.change.as_ref()),
        markdown(&words::interval(row.change.as_ref())),
        row.evidence,
    )
}

fn push_method(text: &mut String, record: &ComparisonRecord) {
    let grade = record.gate.evidence;
    writeln!(text, "Weakest evidence of a judged row: **{grade:?}**, {}.\n", words::evidence(grade))
        .expect(IN_MEMORY);
    for paragraph in method(record) {
        writeln!(text, "{}\n", paragraph.replace('`', "")).expect(IN_MEMORY);
    }
    for row in record.rows.iter().filter(|row| row.rule_false_alarms.is_some()).take(ROWS_SEEN) {
        let (Some(rule), Some(share)) = (&row.rule, row.rule_false_alarms) else { continue };
        writeln!(text, "- {} fires on {} of unchanged runs here", code(rule), words::percent(share))
            .expect(IN_MEMORY);
    }
    let Some(contest) = &record.contest else { return };
    writeln!(
        text,
        "\nSeed {}, rounds of {}, {} quads to screen and {} to confirm, {} discarded.",
        contest.seed,
        units::format_ns(contest.round_ns),
        contest.quads.0,
        contest.quads.1,
        contest.discarded_quads,
    )
    .expect(IN_MEMORY);
    for each in [Stage::Screen, Stage::Confirm] {
        let quads: Vec<String> =
            order(contest, each).into_iter().take(ROWS_MAX).map(|(letters, _)| letters).collect();
        if !quads.is_empty() {
            writeln!(text, "\n{}: `{}`", stage(each), quads.join(" ")).expect(IN_MEMORY);
        }
    }
    for round in discarded(contest).into_iter().take(20) {
        let why = plain(round.discarded.as_deref().unwrap_or_default());
        writeln!(text, "\ndiscarded: quad {} of the {}, {why}", round.quad + 1, stage(round.stage))
            .expect(IN_MEMORY);
    }
}

fn push_mismatches(text: &mut String, record: &ComparisonRecord) {
    text.push_str("| | what | A | candidate | to do |\n|---|---|---|---|---|\n");
    for mismatch in record.mismatches.iter().take(ROWS_MAX) {
        let (effect, what) = (words::effect(mismatch.effect), plain(&mismatch.what));
        let (a, b, advice) = (code(&mismatch.a), code(&mismatch.b), plain(&mismatch.advice));
        writeln!(text, "| {effect} | {what} | {a} | {b} | {advice} |").expect(IN_MEMORY);
    }
    if record.mismatches.len() > ROWS_MAX {
        writeln!(text, "\n{} more are left out.", record.mismatches.len() - ROWS_MAX).expect(IN_MEMORY);
    }
}

fn push_foot(text: &mut String, record: &ComparisonRecord) {
    let (id, at, version) = (code(&record.id), plain(&record.at), plain(&record.version));
    let fingerprint = code(&record.environment.fingerprint);
    writeln!(text, "Comparison {id} of {at}, machine {fingerprint}, dyno {version}.").expect(IN_MEMORY);
    if !record.reproduce.is_empty() {
        writeln!(text, "Again: {}", markdown_code(&clip(&record.reproduce, 2_000))).expect(IN_MEMORY);
    }
}
