//! A contest of clients for a README or a pull request.

use std::fmt::Write as _;

use dyno_model::{ClientsRecord, ValidityState, units};

use super::{rows, sweep};
use crate::escape::{clip, line, markdown};

const IN_MEMORY: &str = "invariant: writing to memory does not fail";
const TEXT_MAX: usize = 400;

/// One contest; of a sweep, all cases in one table, and then each by itself.
pub(super) fn report(record: &ClientsRecord) -> String {
    if record.cases.is_empty() {
        return of_one(record, title(record, "HTTP clients")) + &not_played(record);
    }
    let mut text = title(record, "HTTP clients, all cases");
    for reason in &record.validity.reasons {
        writeln!(text, "> {}\n", plain(&reason.detail)).expect(IN_MEMORY);
    }
    writeln!(text, "{}.\n", sweep::CASES_LINE).expect(IN_MEMORY);
    push_words(&mut text, &sweep::cases(record));
    if !record.methods.is_empty() {
        writeln!(text, "\nBy method: {}.\n", sweep::METHODS_LINE).expect(IN_MEMORY);
        push_words(&mut text, &sweep::methods(record));
    }
    text.push_str(&not_played(record));
    for (played, case) in record.cases.iter().zip(record.by_case()) {
        text.push('\n');
        text.push_str(&of_one(&case, title(&case, &played.name)));
    }
    text
}

fn title(record: &ClientsRecord, what: &str) -> String {
    let word = match record.validity.state {
        ValidityState::Valid => "Ranking",
        ValidityState::Suspect => "Not a ranking",
        ValidityState::Invalid => "Invalid",
    };
    format!("## {word}: {}\n\n", plain(what))
}

fn not_played(record: &ClientsRecord) -> String {
    let mut text = String::new();
    if !record.left_out.is_empty() {
        text.push_str("\nNot played:\n\n");
    }
    for left in &record.left_out {
        writeln!(text, "- {}: {}", plain(&left.operation), plain(&left.reason)).expect(IN_MEMORY);
    }
    text
}

/// A table whose first column is words and whose others are figures.
fn push_words(text: &mut String, table: &sweep::Table) {
    for (index, row) in table.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        writeln!(text, "| {} |", cells.join(" | ")).expect(IN_MEMORY);
        if index == 0 {
            writeln!(text, "|---|{}", "--:|".repeat(row.len().saturating_sub(1))).expect(IN_MEMORY);
        }
    }
}

/// One contest, behind its title.
fn of_one(record: &ClientsRecord, mut text: String) -> String {
    for reason in &record.validity.reasons {
        writeln!(text, "> {}\n", plain(&reason.detail)).expect(IN_MEMORY);
    }
    writeln!(text, "{}. {}.\n", plain(&rows::case(record)), plain(&rows::method(record))).expect(IN_MEMORY);
    if let Some(control) = rows::control(record) {
        writeln!(text, "Control: {}.\n", plain(&control)).expect(IN_MEMORY);
    }
    if let Some(floor) = rows::floor(record) {
        writeln!(text, "Floor: {}.\n", plain(&floor)).expect(IN_MEMORY);
    }
    push_table(&mut text, record);
    let left_out = rows::left_out(record);
    if !left_out.is_empty() {
        text.push('\n');
        for (entry, word) in left_out {
            writeln!(text, "- {}: {word}: {}", plain(&entry.label), plain(&entry.detail)).expect(IN_MEMORY);
            push_stderr(&mut text, &entry.stderr);
        }
    }
    for (label, words) in rows::per_request(record) {
        writeln!(text, "\n{} per request: {}.", plain(&label), plain(&words)).expect(IN_MEMORY);
    }
    push_wire(&mut text, record);
    for (label, habit) in rows::tls(record) {
        writeln!(
            text,
            "\n{} over TLS, with a connection for each request: {}.",
            plain(&label),
            plain(&habit)
        )
        .expect(IN_MEMORY);
    }
    if !record.reproduce.is_empty() {
        writeln!(text, "\nAgain: `{}`", record.reproduce.replace('`', "'")).expect(IN_MEMORY);
    }
    text
}

/// The end of what a client said, as a block of code below its line of the list.
fn push_stderr(text: &mut String, stderr: &str) {
    let lines: Vec<&str> = stderr.lines().collect();
    for (index, said) in lines[lines.len().saturating_sub(rows::STDERR_LINES)..].iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        writeln!(text, "{gap}      {}", line(&clip(said, TEXT_MAX))).expect(IN_MEMORY);
    }
}

fn plain(text: &str) -> String {
    markdown(&clip(text, TEXT_MAX))
}

fn push_table(text: &mut String, record: &ClientsRecord) {
    writeln!(text, "| {} |", rows::TITLES.join(" | ")).expect(IN_MEMORY);
    text.push_str("|---|--:|--:|---|---|--:|--:|--:|--:|\n");
    for entry in rows::measured(record) {
        let cells: Vec<String> = rows::cells(record, entry).iter().map(|cell| plain(cell)).collect();
        writeln!(text, "| {} |", cells.join(" | ")).expect(IN_MEMORY);
    }
}

fn push_wire(text: &mut String, record: &ClientsRecord) {
    let seen: Vec<_> =
        record.entries.iter().filter(|entry| entry.wire.is_some() || !entry.wire_note.is_empty()).collect();
    if seen.is_empty() {
        return;
    }
    text.push_str("\n<details><summary>Seen on the wire, first request, import</summary>\n\n");
    text.push_str(
        "| client | version | bytes/request | connections | fields | findings | first request | import |\n",
    );
    text.push_str("|---|---|--:|--:|---|---|--:|--:|\n");
    for entry in seen {
        let unknown = || "–".to_owned();
        let wire = entry.wire.as_ref();
        let time = |ns: Option<u64>| ns.map_or_else(|| "–".to_owned(), units::format_ns);
        let cells = [
            entry.label.clone(),
            entry.version.clone(),
            wire.map_or_else(unknown, |wire| format!("{:.0}", wire.request_bytes)),
            wire.map_or_else(unknown, |wire| wire.connections.to_string()),
            wire.map_or_else(unknown, |wire| wire.fields.join(", ")),
            rows::findings(entry).join("; "),
            time(entry.first_request_ns),
            time(entry.import_ns),
        ];
        writeln!(text, "| {} |", cells.map(|cell| plain(&cell)).join(" | ")).expect(IN_MEMORY);
    }
    text.push_str("\n</details>\n");
}
