//! The history for a terminal: one line per session with the figures of the whole run, then every change.
//!
//! Called by `dyno history`.

use dyno_model::{HistoryRecord, HistorySeries, VerdictState};

use super::{change, creep, name};
use crate::comparison::words;
use crate::escape::{clip, line};
use crate::text::Style;
use crate::text::layout::{Page, Tone};

/// Columns of a terminal that are used.
const WIDTH_MAX: usize = 120;
/// Changes that are listed.
const CHANGES_MAX: usize = 40;
/// Width of a column of figures.
const CELL: usize = 13;

/// The history, with a line end after each line; the table shows the newest `most` sessions.
#[must_use]
pub fn summary(record: &HistoryRecord, style: Style, most: usize) -> String {
    let mut page = Page::up_to(style, WIDTH_MAX);
    let mut title = format!("{}  {}", line(&record.name), words::plural(record.sessions.len(), "session"));
    if !record.fingerprint.is_empty() {
        title.push_str(&format!(" on {}", line(&record.fingerprint)));
    }
    page.line(&page.toned(Tone::Strong, &clip(&title, 200)));
    push_left_out(&mut page, record);
    if record.sessions.is_empty() {
        page.line("  No session says anything about the target.");
        return page.finish();
    }
    page.blank();
    push_table(&mut page, record, most);
    page.blank();
    push_changes(&mut page, record);
    page.finish()
}

/// How many sessions are not in the series, by reason.
fn push_left_out(page: &mut Page, record: &HistoryRecord) {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for left in &record.left_out {
        match counts.iter_mut().find(|(reason, _)| *reason == left.reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((&left.reason, 1)),
        }
    }
    for (reason, count) in counts.into_iter().take(8) {
        page.wrapped("left out", &clip(&format!("{count}: {}", line(reason)), 200));
    }
}

/// The columns: series of the whole run, as many as fit.
fn columns<'a>(record: &'a HistoryRecord, page: &Page) -> Vec<&'a HistorySeries> {
    let room = page.width.saturating_sub(50) / CELL;
    record.series.iter().filter(|series| series.operation.is_none()).take(room.max(1)).collect()
}

fn push_table(page: &mut Page, record: &HistoryRecord, most: usize) {
    let columns = columns(record, page);
    let first = record.sessions.len().saturating_sub(most);
    let titles: String = columns.iter().map(|series| format!("{:>CELL$}", line(&series.metric))).collect();
    let head = format!("  {:<28}{:<18}{titles}  verdict", "run", "started (UTC)");
    page.line(&page.toned(Tone::Plain, &head));
    if first > 0 {
        page.line(&format!("  … {first} earlier"));
    }
    for (index, session) in record.sessions.iter().enumerate().skip(first) {
        push_marks(page, &columns, index);
        let cells: String = columns
            .iter()
            .map(|series| {
                let value = series.values.get(index).copied().flatten();
                let shown = value.map_or(words::NOTHING.to_owned(), |value| words::value(series.unit, value));
                format!("{shown:>CELL$}")
            })
            .collect();
        let started: String = line(&session.started_at).chars().take("2026-01-01T00:00".len()).collect();
        let verdict = crate::words::verdict(session.verdict).to_lowercase();
        let tone = match session.verdict {
            VerdictState::Pass => Tone::Good,
            VerdictState::Fail => Tone::Bad,
            VerdictState::Inconclusive | VerdictState::Incomparable => Tone::Doubtful,
            VerdictState::None => Tone::Plain,
        };
        let id = clip(&line(&session.run_id), 26);
        page.line(&format!("  {id:<28}{started:<18}{cells}  {}", page.toned(tone, &verdict)));
    }
}

/// A line before a session from which on a column is another one.
fn push_marks(page: &mut Page, columns: &[&HistorySeries], index: usize) {
    let change_at = |series: &HistorySeries| series.changes.iter().find(|change| change.at == index).copied();
    if columns.iter().all(|series| change_at(series).is_none()) {
        return;
    }
    let mut text = format!("  {:<46}", "── changed here ──");
    for series in columns {
        let cell = change_at(series).map(|change| words::amount(change.change, series.is_difference));
        let tone = match change_at(series) {
            Some(change) if change.is_worse => Tone::Bad,
            Some(_) => Tone::Good,
            None => Tone::Plain,
        };
        let cell = cell.unwrap_or_default();
        let blanks = " ".repeat(CELL.saturating_sub(cell.chars().count()));
        text.push_str(&format!("{blanks}{}", page.toned(tone, &cell)));
    }
    page.line(&text);
}

fn push_changes(page: &mut Page, record: &HistoryRecord) {
    let changes: Vec<_> =
        record.series.iter().flat_map(|series| series.changes.iter().map(move |c| (series, c))).collect();
    if changes.is_empty() {
        page.line("  Nothing changed for good.");
    }
    for (series, at) in changes.iter().take(CHANGES_MAX) {
        let (tone, word) = if at.is_worse { (Tone::Bad, "worse") } else { (Tone::Good, "better") };
        let text = format!("{}: {}", line(&name(series)), line(&change(record, series, at)));
        page.labelled(tone, word, &clip(&text, 300));
    }
    page.rest(changes.len(), CHANGES_MAX, "changes");
    for series in &record.series {
        let is_exceeded = series.creep.is_some_and(|creep| creep.is_exceeded);
        if let Some(text) = creep(series) {
            let tone = if is_exceeded { Tone::Bad } else { Tone::Plain };
            page.labelled(tone, "adds up", &clip(&format!("{}: {text}", line(&name(series))), 200));
        }
    }
}
