//! The summary of a comparison for a terminal: verdict first, then who was compared, then one line per row.
//!
//! Pastes into a mail or an issue as it is: colour only repeats what the words say.
//! Called by `dyno compare` and `dyno runs show`.

use dyno_model::{ComparisonRecord, ComparisonRow, GateState, MismatchEffect, RowVerdict, ValidityState};

use super::words;
use crate::escape::{clip, line};
use crate::text::Style;
use crate::text::layout::{Page, Tone};

pub(crate) mod explanation;

pub use explanation::explanation;

/// Rows of the table: more are counted in a last line.
const ROWS_MAX: usize = 40;
/// Lines of one list above the table.
const LINES_MAX: usize = 8;
/// Columns of a terminal that are used: names of operations profit from wide ones.
pub(super) const WIDTH_MAX: usize = 120;
/// Names of operations are cut to this before other columns are given up.
const NAME_LEAST: usize = 14;
/// Blanks between columns.
const GAP: usize = 2;

/// The summary, with a line end after each line.
#[must_use]
pub fn summary(record: &ComparisonRecord, style: Style) -> String {
    let mut page = Page::up_to(style, WIDTH_MAX);
    push_head(&mut page, record);
    push_arms(&mut page, record);
    push_reasons(&mut page, record);
    push_mismatches(&mut page, record);
    push_overrides(&mut page, record);
    page.blank();
    let tells_finds = push_table(&mut page, record);
    push_rules(&mut page, record);
    page.blank();
    page.wrapped("gate", &words::bound(record));
    let grade = record.gate.evidence;
    page.wrapped("evidence", &format!("{grade:?}: {}", words::evidence(grade)));
    if tells_finds {
        page.wrapped("finds", "the smallest change for the worse that is found in 9 of 10 cases");
    }
    page.finish()
}

fn gate_tone(state: GateState) -> Tone {
    match state {
        GateState::Pass => Tone::Good,
        GateState::Fail => Tone::Bad,
        GateState::Inconclusive | GateState::Incomparable => Tone::Doubtful,
    }
}

fn validity_tone(state: ValidityState) -> Tone {
    match state {
        ValidityState::Valid => Tone::Good,
        ValidityState::Suspect => Tone::Doubtful,
        ValidityState::Invalid => Tone::Bad,
    }
}

fn push_head(page: &mut Page, record: &ComparisonRecord) {
    let verdict = page.toned(gate_tone(record.gate.state), words::gate(record.gate.state));
    let validity =
        page.toned(validity_tone(record.validity.state), crate::words::validity(record.validity.state));
    page.line(&format!("{verdict}, {validity}  {}", words::gate_meaning(record)));
    let title = format!("{}  {}  {}", line(&record.name), words::kind(record.kind), line(&record.at));
    page.wrapped("compared", &clip(&title, 200));
}

fn push_arms(page: &mut Page, record: &ComparisonRecord) {
    for arm in &record.arms {
        let mut parts = vec![line(&arm.label)];
        parts.extend(arm.build.as_deref().map(line));
        parts.extend(arm.run_id.as_deref().map(|id| format!("run {}", line(id))));
        parts.push(line(&arm.tool));
        if !arm.started_at.is_empty() {
            parts.push(line(&arm.started_at));
        }
        page.wrapped(&clip(&line(&arm.letter), 4), &clip(&parts.join("  "), 240));
    }
}

/// Why the gate says what it says, then doubts about the measurement.
fn push_reasons(page: &mut Page, record: &ComparisonRecord) {
    let tone = gate_tone(record.gate.state);
    for reason in record.gate.reasons.iter().take(LINES_MAX) {
        page.labelled(tone, "because", &clip(&line(&reason.detail), 400));
    }
    page.rest(record.gate.reasons.len(), LINES_MAX, "reasons");
    let mut doubts: Vec<_> = record.validity.reasons.iter().collect();
    doubts.sort_by_key(|reason| std::cmp::Reverse(reason.state));
    for reason in doubts.iter().take(LINES_MAX) {
        let (tone, word) = match reason.state {
            ValidityState::Valid => (Tone::Plain, "note"),
            state => (validity_tone(state), crate::words::validity(state)),
        };
        page.labelled(tone, word, &clip(&format!("{}: {}", line(&reason.code), line(&reason.detail)), 400));
    }
    page.rest(doubts.len(), LINES_MAX, "doubts");
}

fn push_mismatches(page: &mut Page, record: &ComparisonRecord) {
    let shown = record.mismatches.iter().take(LINES_MAX);
    for mismatch in shown {
        let tone = match mismatch.effect {
            MismatchEffect::Incomparable => Tone::Bad,
            MismatchEffect::Weaker => Tone::Doubtful,
            MismatchEffect::Note => Tone::Plain,
        };
        let letter = line(words::candidate(record, mismatch.candidate));
        let (what, a, b) = (line(&mismatch.what), line(&mismatch.a), line(&mismatch.b));
        let mut text = format!("{what}: A has `{a}`, {letter} has `{b}`");
        if !mismatch.advice.is_empty() {
            text.push_str(&format!("; {}", line(&mismatch.advice)));
        }
        page.labelled(tone, words::effect(mismatch.effect), &clip(&text, 400));
    }
    page.rest(record.mismatches.len(), LINES_MAX, "differences");
}

fn push_overrides(page: &mut Page, record: &ComparisonRecord) {
    for entry in record.overrides.iter().take(LINES_MAX) {
        let tone = if entry.loosens { Tone::Doubtful } else { Tone::Plain };
        page.labelled(tone, "override", &clip(&line(&words::overridden(entry)), 300));
    }
    page.rest(record.overrides.len(), LINES_MAX, "overrides");
}

fn row_tone(verdict: RowVerdict) -> Tone {
    match verdict {
        RowVerdict::Pass | RowVerdict::Improved => Tone::Good,
        RowVerdict::Regressed => Tone::Bad,
        RowVerdict::RegressedSmall | RowVerdict::Inconclusive | RowVerdict::Incomparable => Tone::Doubtful,
        RowVerdict::Info => Tone::Plain,
    }
}

/// How a column stands under its title.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

const COLUMNS: [(&str, Align); 11] = [
    ("", Align::Left),
    ("operation", Align::Left),
    ("metric", Align::Left),
    ("A", Align::Right),
    ("B", Align::Right),
    ("", Align::Left),
    ("change", Align::Right),
    ("95 % interval", Align::Right),
    ("verdict", Align::Left),
    ("", Align::Left),
    ("finds", Align::Left),
];
const OPERATION: usize = 1;
const CANDIDATE: usize = 4;
const UNIT: usize = 5;
const INTERVAL: usize = 7;
const VERDICT: usize = 8;
const NOTE: usize = 10;

type Cells = [String; COLUMNS.len()];
type Widths = [usize; COLUMNS.len()];

fn cells(record: &ComparisonRecord, row: &ComparisonRow) -> Cells {
    let (a, b, unit) = words::pair(row);
    let is_many = record.arms.len() > 2;
    let letter = if is_many { line(words::candidate(record, row.candidate)) } else { String::new() };
    [
        letter,
        line(words::operation(row)),
        line(&row.metric),
        a,
        b,
        unit.to_owned(),
        words::change(row.change.as_ref()),
        words::interval(row.change.as_ref()),
        words::row(row.verdict).to_owned(),
        format!("{:?}", row.evidence),
        words::note(row),
    ]
}

/// The columns' widths: what they need, and what gives way when the page is too narrow, in this order: the longest
/// names, what would be found, the interval.
fn widths(rows: &[(&ComparisonRow, Cells)], is_many: bool, room: usize) -> Widths {
    let mut widths = COLUMNS.map(|(title, _)| title.chars().count());
    for (_, cells) in rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths[UNIT] = widths[UNIT].max(1);
    if is_many {
        widths[CANDIDATE] = widths[CANDIDATE].max("candidate".len());
    }
    if rows.iter().all(|(_, cells)| cells[NOTE].is_empty()) {
        widths[NOTE] = 0;
    }
    let excess = |widths: &Widths| {
        let used: usize = widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
        (used - 1).saturating_sub(room)
    };
    let from_name = excess(&widths).min(widths[OPERATION].saturating_sub(NAME_LEAST));
    widths[OPERATION] -= from_name;
    for column in [NOTE, INTERVAL] {
        if excess(&widths) > 0 {
            widths[column] = 0;
        }
    }
    widths
}

/// One line per row, and below it the reason when nothing is said of the row.
///
/// Gives whether a column tells what would be found.
fn push_table(page: &mut Page, record: &ComparisonRecord) -> bool {
    let rows = words::sorted(record);
    let is_many = record.arms.len() > 2;
    let shown: Vec<_> = rows.iter().take(ROWS_MAX).map(|row| (*row, cells(record, row))).collect();
    if shown.is_empty() {
        page.line("  There is no operation and metric that both sides have.");
        return false;
    }
    let widths = widths(&shown, is_many, page.width);
    let mut titles = COLUMNS.map(|(title, _)| title.to_owned());
    if is_many {
        titles[CANDIDATE] = "candidate".to_owned();
    }
    let head = table_line(&titles, &widths, |_, text| text.to_owned());
    page.line(&page.toned(Tone::Plain, head.trim_end()));
    let mut last = String::new();
    for (row, mut cells) in shown {
        cells[OPERATION] = clip(&cells[OPERATION], widths[OPERATION]);
        let tone = row_tone(row.verdict);
        let text = table_line(&cells, &widths, |column, text| {
            if column == VERDICT { page.toned(tone, text) } else { text.to_owned() }
        });
        page.line(&text);
        // Neighbours often share their reason; it is said once.
        let below = below(record, row, widths[NOTE] > 0);
        if !below.is_empty() && below != last {
            page.line(&format!("      {}", clip(&below, page.width.saturating_sub(6))));
        }
        last = below;
    }
    page.rest(rows.len(), ROWS_MAX, "rows");
    widths[NOTE] > 0
}

/// Why nothing is said of a row, unless it stands above the table; or the probability that found no room.
fn below(record: &ComparisonRecord, row: &ComparisonRow, has_note: bool) -> String {
    let is_above = |row: &ComparisonRow| {
        let shown = record.gate.reasons.iter().take(LINES_MAX);
        shown.into_iter().any(|reason| reason.detail.contains(&row.detail))
    };
    match row.verdict {
        RowVerdict::Inconclusive | RowVerdict::Incomparable if is_above(row) => String::new(),
        RowVerdict::Inconclusive | RowVerdict::Incomparable | RowVerdict::Info => line(&row.detail),
        RowVerdict::Regressed if !has_note => words::note(row),
        _ => String::new(),
    }
}

fn table_line(cells: &Cells, widths: &Widths, tone: impl Fn(usize, &str) -> String) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if *width == 0 {
            continue;
        }
        let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
        // The unit stands close to its value.
        let gap = if column == UNIT { 1 } else { GAP };
        text.push_str(&" ".repeat(gap));
        let cell = tone(column, cell);
        match COLUMNS[column].1 {
            Align::Left => text.push_str(&format!("{cell}{blanks}")),
            Align::Right => text.push_str(&format!("{blanks}{cell}")),
        }
    }
    text
}

/// The user's own rules, and how often each fires when nothing changed.
fn push_rules(page: &mut Page, record: &ComparisonRecord) {
    let mut seen: Vec<&str> = Vec::new();
    for row in &record.rows {
        let (Some(rule), Some(share)) = (row.rule.as_deref(), row.rule_false_alarms) else { continue };
        if seen.contains(&rule) || seen.len() == LINES_MAX {
            continue;
        }
        seen.push(rule);
        let text = format!("{} fires on {} of unchanged runs here", line(rule), words::percent(share));
        page.wrapped("rule", &clip(&text, 200));
    }
}
