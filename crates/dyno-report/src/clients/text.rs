//! A contest of clients for a terminal: whether it is a ranking, the table, who is left out, the wire.

use dyno_model::{ClientState, ClientWord, ClientsRecord, ValidityState};

use super::{overview, rows};
use crate::escape::line;
use crate::text::Style;
use crate::text::layout::{Page, Tone};

/// Widest page.
pub const WIDTH_MAX: usize = 130;
/// Columns by how much they are needed; the first [`COLUMNS_KEPT`] stay however narrow the terminal is.
const COLUMNS: [usize; 9] = [0, 1, 3, 4, 2, 5, 7, 6, 8];
const COLUMNS_KEPT: usize = 4;

/// The summary, with a line end after each line; of a sweep, that of each case and then all of them in one table.
#[must_use]
pub fn summary(record: &ClientsRecord, style: Style) -> String {
    if record.cases.is_empty() {
        return of_one(record, style);
    }
    let mut parts: Vec<String> = record.by_case().iter().map(|case| of_one(case, style)).collect();
    parts.push(overview(record, style));
    parts.join("\n")
}

fn of_one(record: &ClientsRecord, style: Style) -> String {
    let mut page = Page::up_to(style, WIDTH_MAX);
    push_head(&mut page, record);
    page.blank();
    push_table(&mut page, record);
    push_told(&mut page, "per request, where the client tells", &rows::per_request(record));
    push_left_out(&mut page, record);
    push_wire(&mut page, record);
    // That decides more than the library when connections are not kept.
    push_told(&mut page, "over TLS, with a connection for each request", &rows::tls(record));
    page.finish()
}

fn push_head(page: &mut Page, record: &ClientsRecord) {
    let (tone, word) = match record.validity.state {
        ValidityState::Valid => (Tone::Good, "ranking"),
        ValidityState::Suspect => (Tone::Doubtful, "not a ranking"),
        ValidityState::Invalid => (Tone::Bad, "invalid"),
    };
    let word = page.toned(tone, word);
    page.line(&format!("{word}  HTTP clients against {}", line(&record.target)));
    for reason in &record.validity.reasons {
        page.wrapped("", &line(&reason.detail));
    }
    page.wrapped("asked", &line(&rows::case(record)));
    page.wrapped("played", &rows::method(record));
    if let Some(control) = rows::control(record) {
        page.wrapped("control", &line(&control));
    }
    if let Some(floor) = rows::floor(record) {
        page.wrapped("floor", &line(&floor));
    }
}

fn push_table(page: &mut Page, record: &ClientsRecord) {
    let mut table: Vec<Vec<String>> = vec![rows::TITLES.map(str::to_owned).to_vec()];
    let entries = rows::measured(record);
    table.extend(
        entries.iter().map(|entry| rows::cells(record, entry).iter().map(|cell| line(cell)).collect()),
    );
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows::TITLES.len()).map(width).collect();
    let shown = columns(&widths, page.width);
    for (index, row) in table.iter().enumerate() {
        let mut text = String::from("  ");
        for (column, cell) in row.iter().enumerate().filter(|(column, _)| shown.contains(column)) {
            let blanks = " ".repeat(widths[column] - cell.chars().count());
            let word =
                entries.get(index.wrapping_sub(1)).and_then(|entry| entry.verdict.as_ref()).map(|v| v.word);
            let cell = match (column, word) {
                _ if index == 0 => page.toned(Tone::Plain, cell),
                (4, Some(ClientWord::Faster)) if rows::is_ranking(record) => page.toned(Tone::Good, cell),
                (4, Some(ClientWord::Slower)) if rows::is_ranking(record) => page.toned(Tone::Doubtful, cell),
                _ => cell.clone(),
            };
            // Words to the left, figures to the right.
            let is_word = matches!(column, 0 | 3 | 4);
            text.push_str(&if is_word { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") });
            text.push_str("  ");
        }
        page.line(&text);
    }
    let hidden: Vec<&str> = (0..rows::TITLES.len())
        .filter(|column| !shown.contains(column))
        .map(|column| rows::TITLES[column])
        .collect();
    if !hidden.is_empty() {
        let columns = page.width;
        page.wrapped(
            "",
            &format!(
                "{} do not fit into {columns} columns; a wider terminal or a file by -o has them",
                hidden.join(", ")
            ),
        );
    }
}

/// Those that fit into so many columns of a terminal, with two blanks before each.
fn columns(widths: &[usize], room: usize) -> Vec<usize> {
    let mut used = 0;
    let fits = |(index, column): &(usize, usize)| {
        used += widths[*column] + 2;
        *index < COLUMNS_KEPT || used <= room
    };
    COLUMNS.into_iter().enumerate().take_while(fits).map(|(_, column)| column).collect()
}

fn push_left_out(page: &mut Page, record: &ClientsRecord) {
    let left_out = rows::left_out(record);
    if left_out.is_empty() {
        return;
    }
    page.blank();
    for (entry, word) in left_out {
        let tone = if entry.state == ClientState::Broken { Tone::Bad } else { Tone::Doubtful };
        let label = page.toned(tone, word);
        page.line(&format!("  {}  {label}: {}", line(&entry.label), line(&entry.detail)));
        let lines: Vec<&str> = entry.stderr.lines().collect();
        for text in &lines[lines.len().saturating_sub(rows::STDERR_LINES)..] {
            page.wrapped("", &line(text));
        }
    }
}

/// What the target saw and the host counted, for those of whom something is to be said.
fn push_wire(page: &mut Page, record: &ClientsRecord) {
    let told: Vec<_> = record
        .entries
        .iter()
        .map(|entry| (entry, rows::findings(entry)))
        .filter(|(_, findings)| !findings.is_empty())
        .collect();
    if told.is_empty() {
        return;
    }
    page.blank();
    page.line("  seen by the target and the host");
    for (entry, findings) in told {
        page.wrapped("", &format!("{}: {}", line(&entry.label), line(&findings.join("; "))));
    }
}

/// A title, and a line for each client of whom it is known; nothing when it is known of none.
fn push_told(page: &mut Page, title: &str, told: &[(String, String)]) {
    if told.is_empty() {
        return;
    }
    page.blank();
    page.line(&format!("  {title}"));
    for (label, words) in told {
        page.wrapped("", &format!("{}: {}", line(label), line(words)));
    }
}
