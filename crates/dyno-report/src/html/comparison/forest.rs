//! The forest plot: one line per row with its change, interval and tolerance on a common axis, worse to the right.
//!
//! A table with a small drawing in each row, so that it can be sorted, read without colours, and copied. Changes of
//! shares are differences in points, which have a table and an axis of their own. Called by the page.

use std::fmt::Write as _;

use dyno_model::{ComparisonRecord, ComparisonRow, Direction, RowVerdict};
use minijinja::Value;
use serde::Serialize;

use crate::comparison::words;
use crate::escape::xml;
use crate::html::axis::Axis;
use crate::html::facts::visible;
use crate::html::safe;

/// Most rows of the page.
pub(super) const ROWS_MAX: usize = 200;

const IN_MEMORY: &str = "invariant: writing to memory does not fail";
const WIDTH: f64 = 225.0;
const HEIGHT: f64 = 26.0;
/// Room for the words at both ends of the axis.
const MARGIN: f64 = 26.0;
/// No axis reaches further than twice the baseline: one wild row would squeeze all others.
const REACH_MAX: f64 = 2.0;
/// Nor less than a thousandth: changes of nothing lie in the middle.
const REACH_LEAST: f64 = 0.001;

/// One table with its axis.
#[derive(Serialize)]
pub(super) struct Forest {
    title: &'static str,
    axis: Value,
    rows: Vec<Row>,
}

/// One row of the table.
#[derive(Serialize)]
pub(super) struct Row {
    letter: String,
    operation: String,
    metric: String,
    a: String,
    b: String,
    change: String,
    /// For sorting: how much worse.
    worse: f64,
    interval: String,
    drawing: Value,
    class: &'static str,
    verdict: &'static str,
    is_gated: bool,
    evidence: String,
    finds: String,
    detail: String,
}

/// The relative changes, and the differences of shares if there are any.
pub(super) fn forests(record: &ComparisonRecord) -> Vec<Forest> {
    let rows: Vec<&ComparisonRow> = words::sorted(record).into_iter().take(ROWS_MAX).collect();
    let (differences, relative): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| words::is_difference(row));
    let groups = [("Changes", relative, "%"), ("Changes of shares", differences, "pp")];
    groups
        .into_iter()
        .filter(|(_, rows, _)| !rows.is_empty())
        .map(|(title, rows, unit)| {
            let axis = axis(&rows);
            Forest {
                title,
                axis: safe(head(&axis, unit)),
                rows: rows.into_iter().map(|row| entry(record, row, &axis)).collect(),
            }
        })
        .collect()
}

/// A change with its sign turned so that larger is worse.
fn worsening(row: &ComparisonRow, change: f64) -> f64 {
    if row.direction == Direction::Higher { -change } else { change }
}

/// The ends of the interval with larger being worse.
fn ends(row: &ComparisonRow) -> Option<(f64, f64)> {
    let change = row.change?;
    let (low, high) = (worsening(row, change.low?), worsening(row, change.high?));
    Some((low.min(high), low.max(high))).filter(|(low, high)| low.is_finite() && high.is_finite())
}

fn point(row: &ComparisonRow) -> Option<f64> {
    row.change.map(|change| worsening(row, change.point)).filter(|point| point.is_finite())
}

/// As wide to both sides, so that no change is in the middle. Judged rows decide; the others may stick out.
fn axis(rows: &[&ComparisonRow]) -> Axis {
    let judged: Vec<_> = rows.iter().filter(|row| row.is_gated).collect();
    let deciding = if judged.is_empty() { rows.iter().collect() } else { judged };
    let reach = deciding.iter().flat_map(|row| {
        let (low, high) = ends(row).unwrap_or((0.0, 0.0));
        [low.abs(), high.abs(), point(row).unwrap_or(0.0).abs(), row.tolerance.unwrap_or(0.0).abs() * 1.3]
    });
    let reach = reach.filter(|value| value.is_finite()).fold(0.0, f64::max).clamp(REACH_LEAST, REACH_MAX);
    Axis::symmetric(reach * 1.08)
}

fn x(axis: &Axis, value: f64) -> f64 {
    MARGIN + axis.place(value) * (WIDTH - 2.0 * MARGIN)
}

fn open(height: f64) -> String {
    format!("<svg class=\"forest\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\"")
}

/// The axis with its ticks.
fn head(axis: &Axis, unit: &str) -> String {
    let mut svg =
        format!("{} role=\"img\" aria-label=\"better to the left, worse to the right\">", open(38.0));
    write!(svg, "<text x=\"{MARGIN}\" y=\"12\">← better</text>").expect(IN_MEMORY);
    write!(svg, "<text x=\"{}\" y=\"12\" text-anchor=\"end\">worse →</text>", WIDTH - MARGIN)
        .expect(IN_MEMORY);
    for tick in &axis.ticks {
        let label = tick.label.replace(" %", "");
        let label = if tick.at.abs() < 1e-12 { format!("0 {unit}") } else { label };
        write!(
            svg,
            "<text x=\"{:.1}\" y=\"33\" text-anchor=\"middle\">{}</text>",
            x(axis, tick.at),
            xml(&label)
        )
        .expect(IN_MEMORY);
    }
    svg.push_str("</svg>");
    svg
}

fn class(verdict: RowVerdict) -> &'static str {
    match verdict {
        RowVerdict::Pass | RowVerdict::Improved => "good",
        RowVerdict::Regressed => "bad",
        RowVerdict::RegressedSmall | RowVerdict::Inconclusive | RowVerdict::Incomparable => "doubtful",
        RowVerdict::Info => "neutral",
    }
}

/// The tolerance as an area, the interval as a line, the best guess as a dot; arrows where it leaves the axis.
fn drawing(row: &ComparisonRow, axis: &Axis) -> String {
    let middle = HEIGHT / 2.0;
    let mut svg = format!("{} aria-hidden=\"true\">", open(HEIGHT));
    for tick in &axis.ticks {
        write!(svg, "<path class=\"grid\" d=\"M{:.1} 0V{HEIGHT}\"/>", x(axis, tick.at)).expect(IN_MEMORY);
    }
    let zero = x(axis, 0.0);
    if let Some(tolerance) = row.tolerance.filter(|tolerance| tolerance.is_finite()) {
        let width = x(axis, tolerance.abs()) - zero;
        write!(
            svg,
            "<rect class=\"tolerance\" x=\"{zero:.1}\" y=\"2\" width=\"{width:.1}\" height=\"{}\"/>",
            HEIGHT - 4.0
        )
        .expect(IN_MEMORY);
    }
    write!(svg, "<path class=\"zero\" d=\"M{zero:.1} 0V{HEIGHT}\"/><g class=\"{}\">", class(row.verdict))
        .expect(IN_MEMORY);
    let beyond = point(row).filter(|point| ends(row).is_none() && point.abs() > axis.max);
    if let Some((low, high)) = ends(row).or(beyond.map(|point| (point.min(0.0), point.max(0.0)))) {
        write!(svg, "<path class=\"interval\" d=\"M{:.1} {middle}H{:.1}\"/>", x(axis, low), x(axis, high))
            .expect(IN_MEMORY);
        for (end, edge, arrow) in [(low, axis.min, -6.0), (high, axis.max, 6.0)] {
            if (end < axis.min && arrow < 0.0) || (end > axis.max && arrow > 0.0) {
                let at = x(axis, edge);
                write!(
                    svg,
                    "<path class=\"arrow\" d=\"M{at:.1} {}l{arrow} 5l{} 5Z\"/>",
                    middle - 5.0,
                    -arrow
                )
                .expect(IN_MEMORY);
            } else {
                write!(svg, "<path class=\"interval\" d=\"M{:.1} {}v8\"/>", x(axis, end), middle - 4.0)
                    .expect(IN_MEMORY);
            }
        }
    }
    if let Some(point) = point(row).filter(|point| point.abs() <= axis.max) {
        write!(svg, "<circle cx=\"{:.1}\" cy=\"{middle}\" r=\"4.5\"/>", x(axis, point)).expect(IN_MEMORY);
    }
    svg.push_str("</g></svg>");
    svg
}

fn entry(record: &ComparisonRecord, row: &ComparisonRow, axis: &Axis) -> Row {
    let (a, b, unit) = words::pair(row);
    let is_many = record.arms.len() > 2;
    Row {
        letter: if is_many { visible(words::candidate(record, row.candidate)) } else { String::new() },
        operation: visible(words::operation(row)),
        metric: visible(&row.metric),
        a,
        b: format!("{b} {unit}").trim_end().to_owned(),
        change: words::change(row.change.as_ref()),
        worse: point(row).unwrap_or(-1e9),
        interval: words::interval(row.change.as_ref()),
        drawing: safe(drawing(row, axis)),
        class: class(row.verdict),
        verdict: words::row(row.verdict),
        is_gated: row.is_gated,
        evidence: format!("{:?}", row.evidence),
        finds: words::note(row),
        detail: visible(&row.detail),
    }
}
