//! What is drawn on a terminal after each quad: every cell on a line of its own, and how near it is to a verdict.
//!
//! Nothing is wider than the terminal, because a line that breaks would not be erased by the next drawing, and nothing
//! is higher. Called by `progress`; draws nothing itself.

use dyno_model::Stage;
use dyno_verdict::gate::{CellProgress, PASS_LEVEL};

use super::{head, signed};
use crate::contest::Standing;

/// Columns of the names of cells at most.
const NAME_MOST: usize = 24;
/// Columns of the bar.
const BAR: usize = 8;
/// Lines that are no cells: two heads, a reason, what is left out, and the one of the cursor.
const OTHER_LINES: usize = 5;

/// A terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Its columns.
    pub columns: usize,
    /// Its lines.
    pub lines: usize,
}

/// One line of the table.
struct Row {
    name: String,
    change: String,
    interval: String,
    evidence: String,
}

/// The table, one line for each cell that has room.
pub fn table(standing: &Standing<'_>, room: Room) -> String {
    let shown = chosen(standing, room.lines.saturating_sub(OTHER_LINES).max(1));
    let rows: Vec<Row> = shown.iter().map(|cell| row(cell, standing.alpha)).collect();
    let widest = |of: fn(&Row) -> &str, least: &str| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(least.chars().count())
    };
    let name = widest(|row| &row.name, "metric").min(NAME_MOST);
    let (change, interval) =
        (widest(|row| &row.change, "change"), widest(|row| &row.interval, "95 % interval"));
    let line = |row: &Row| {
        format!(
            "  {:<name$}  {:>change$}  {:>interval$}  {}",
            clip(&row.name, name),
            row.change,
            row.interval,
            row.evidence
        )
    };
    let mut lines = vec![head(standing)];
    lines.extend(standing.discarded.map(|reason| format!("  not counted: {reason}")));
    lines.push(line(&Row {
        name: "metric".to_owned(),
        change: "change".to_owned(),
        interval: "95 % interval".to_owned(),
        evidence: match standing.stage {
            Stage::Screen => "how near to a pass".to_owned(),
            Stage::Confirm => "how near to a verdict".to_owned(),
        },
    }));
    lines.extend(rows.iter().map(line));
    let left_out = standing.cells.len() - shown.len();
    if left_out > 0 {
        lines.push(format!("  and {left_out} more, which the report has"));
    }
    let clipped: Vec<String> =
        lines.iter().map(|line| clip(line.trim_end(), room.columns.saturating_sub(1))).collect();
    clipped.join("\n")
}

/// As many cells as there is room for, in their order: what can fail the gate comes before what is only shown, and what is
/// measured again before what passed.
fn chosen<'a>(standing: &'a Standing<'_>, room: usize) -> Vec<&'a CellProgress> {
    let rank = |cell: &CellProgress| (!cell.is_suspicious, !cell.is_gated, cell.key.operation.is_some());
    let mut order: Vec<usize> = (0..standing.cells.len()).collect();
    order.sort_by_key(|index| rank(&standing.cells[*index]));
    order.truncate(room);
    order.sort_unstable();
    order.into_iter().map(|index| &standing.cells[index]).collect()
}

fn row(cell: &CellProgress, alpha: f64) -> Row {
    let name = cell.key.to_string();
    let Some(point) = cell.point else {
        return Row {
            name,
            change: "–".to_owned(),
            interval: String::new(),
            evidence: "no value yet".to_owned(),
        };
    };
    let interval = match (cell.low, cell.high) {
        (Some(low), Some(high)) => format!("[{}, {}]", figure(low), figure(high)),
        _ => String::new(),
    };
    Row { name, change: signed(cell, point), interval, evidence: evidence(cell, alpha) }
}

/// `+1.2`, or without the digit behind the point where that says nothing.
fn figure(change: f64) -> String {
    let percent = change * 100.0;
    if percent.abs() >= 100.0 { format!("{percent:+.0}") } else { format!("{percent:+.1}") }
}

/// A bar that is full at the verdict, and the probability that it shows.
fn evidence(cell: &CellProgress, alpha: f64) -> String {
    let (word, p, level) = match (cell.p_adjusted, cell.p_pass) {
        (Some(p), _) if p <= alpha => ("worse, ", p, alpha),
        (_, Some(p)) if p <= PASS_LEVEL => return format!("{} passes", bar(1.0)),
        (Some(p), _) => ("", p, alpha),
        (None, Some(p)) => ("", p, PASS_LEVEL),
        (None, None) => return "shown only".to_owned(),
    };
    // A probability says by its size, ten times less being as much again, how much is known.
    let near = if p >= 1.0 { 0.0 } else { (p.max(f64::MIN_POSITIVE).ln() / level.ln()).min(1.0) };
    let kind = if cell.p_adjusted.is_some() { "corrected p" } else { "p" };
    format!("{} {word}{kind} {}", bar(near), probability(p))
}

fn probability(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

fn bar(share: f64) -> String {
    let full = (share * BAR as f64).floor() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

/// The text in so many columns.
fn clip(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let start: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{start}…")
}
