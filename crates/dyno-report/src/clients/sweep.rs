//! The cases of a sweep side by side: one row per case, the clients as columns; what methods came to; what was left out.
//!
//! Says nothing of a contest of one case. Shared by the terminal and Markdown.

use dyno_model::{ClientEntry, ClientState, ClientWord, ClientsRecord, units};

use crate::escape::line;
use crate::text::Style;
use crate::text::layout::{Page, Tone};

/// Widest page.
const WIDTH_MAX: usize = 130;

/// What the figures of [`cases`] are.
pub(super) const CASES_LINE: &str = "CPU per request; of the reference in seconds per 1,000, of the others over that of the \
                                     reference; ~ where no difference is shown";

/// What the figures of [`methods`] are.
pub(super) const METHODS_LINE: &str =
    "geometric means over the operations in which the client and the reference are ranked";

/// A table as words; the first row has the titles.
pub(super) type Table = Vec<Vec<String>>;

/// All cases of a sweep in one table; nothing for a contest of one case in which nothing was left out.
#[must_use]
pub fn overview(record: &ClientsRecord, style: Style) -> String {
    let mut page = Page::up_to(style, WIDTH_MAX);
    if !record.cases.is_empty() {
        page.line(&format!("all cases  {CASES_LINE}"));
        push_table(&mut page, &cases(record));
    }
    if !record.methods.is_empty() {
        page.blank();
        page.line(&format!("by method  {METHODS_LINE}"));
        push_table(&mut page, &methods(record));
    }
    if !record.left_out.is_empty() {
        page.blank();
        page.line("not played");
        for left in &record.left_out {
            let operation = page.toned(Tone::Doubtful, &line(&left.operation));
            page.line(&format!("  {operation}: {}", line(&left.reason)));
        }
    }
    page.finish()
}

/// One row per case, one column per client.
pub(super) fn cases(record: &ClientsRecord) -> Table {
    let labels: Vec<&str> = record
        .cases
        .first()
        .map_or_else(Vec::new, |played| played.entries.iter().map(|entry| entry.label.as_str()).collect());
    let mut table = vec![vec!["case".to_owned()]];
    table[0].extend(labels.iter().map(|label| (*label).to_owned()));
    for played in &record.cases {
        let mut row = vec![played.name.clone()];
        row.extend(labels.iter().map(|label| {
            let entry = played.entries.iter().find(|entry| entry.label == *label);
            entry.map_or_else(|| "–".to_owned(), |entry| cell(record, entry))
        }));
        table.push(row);
    }
    table
}

fn cell(record: &ClientsRecord, entry: &ClientEntry) -> String {
    let word = match entry.state {
        ClientState::Ranked => None,
        ClientState::Unranked => Some("failed"),
        ClientState::Skipped => Some("skipped"),
        ClientState::NotInstalled => Some("missing"),
        ClientState::Broken => Some("broken"),
    };
    match (word, &entry.figures, &entry.verdict) {
        (Some(word), _, _) => word.to_owned(),
        (None, Some(figures), _) if entry.label == record.reference => {
            format!("{:.4}", figures.cpu_s_per_1000.value)
        }
        (None, Some(_), Some(verdict)) => {
            let mark = if verdict.word == ClientWord::NoDifferenceShown { "~ " } else { "" };
            format!("{mark}{:.2} ×", verdict.cpu_ratio.value)
        }
        _ => "–".to_owned(),
    }
}

/// One row per method and client.
pub(super) fn methods(record: &ClientsRecord) -> Table {
    let titles = ["method", "client", "operations", "CPU s/1,000", "against reference", "ok rate", "errors"];
    let mut table: Table = vec![titles.map(str::to_owned).to_vec()];
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    for row in &record.methods {
        let against = match row.cpu_ratio {
            Some(_) if row.label == record.reference => "reference".to_owned(),
            ratio => or_none(ratio.map(|ratio| format!("{ratio:.2} ×"))),
        };
        table.push(vec![
            row.method.clone(),
            row.label.clone(),
            format!("{} of {}", row.ranked, row.cases),
            or_none(row.cpu_s_per_1000.map(|seconds| format!("{seconds:.4}"))),
            against,
            or_none(row.throughput_per_s.map(units::format_rate)),
            row.errors.to_string(),
        ]);
    }
    table
}

/// As many columns side by side as fit; the others below, behind the first column again.
fn push_table(page: &mut Page, table: &Table) {
    let cells: Table = table.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
    let columns = cells.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut from = 1;
    while from < columns {
        let mut room = page.width.saturating_sub(2 + widths[0]);
        let mut to = from;
        while to < columns && (to == from || widths[to] + 2 <= room) {
            room = room.saturating_sub(widths[to] + 2);
            to += 1;
        }
        for (index, row) in cells.iter().enumerate() {
            let tone = |text: &str| if index == 0 { page.toned(Tone::Plain, text) } else { text.to_owned() };
            let blanks = |column: usize| " ".repeat(widths[column] - row[column].chars().count());
            let mut text = format!("  {}{}", tone(&row[0]), blanks(0));
            for (column, cell) in row.iter().enumerate().take(to).skip(from) {
                text.push_str(&format!("  {}{}", blanks(column), tone(cell)));
            }
            page.line(&text);
        }
        from = to;
    }
}

#[cfg(test)]
mod tests;
