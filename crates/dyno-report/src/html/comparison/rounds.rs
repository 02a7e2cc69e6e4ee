//! The rounds of a contest over time: one dot per round and arm, for the rows that matter most.
//!
//! Called by the page.

use dyno_model::{CellKey, ComparisonRecord, ContestRecord, RowVerdict, Side, Unit as ValueUnit};

use super::distributions::{COLOURS, arm_name};
use crate::comparison::words;
use crate::html::axis::{Axis, Unit};
use crate::html::chart::{Chart, Series, Stroke};
use crate::html::spectrum::WIDTH;

/// Most rows with a drawing.
const CHARTS_MAX: usize = 6;
/// Most rounds of a drawing; a contest with more is cut to its first ones, which the note says.
const ROUNDS_MAX: usize = 800;

/// A drawing for each of the rows that matter most: what is not a plain pass first.
pub(super) fn charts(record: &ComparisonRecord) -> Vec<Chart> {
    let Some(contest) = &record.contest else { return Vec::new() };
    let mut rows = words::sorted(record);
    rows.retain(|row| row.candidate == 1 && row.is_gated);
    rows.sort_by_key(|row| match row.verdict {
        RowVerdict::Regressed => 0,
        RowVerdict::Inconclusive => 1,
        RowVerdict::RegressedSmall | RowVerdict::Improved => 2,
        _ => 3,
    });
    rows.into_iter()
        .filter_map(|row| {
            let key = CellKey { operation: row.operation.clone(), metric: row.metric.clone() };
            let title = format!("{} {}", words::operation(row), row.metric);
            chart(record, contest, &key.to_string(), &title, unit(row.unit))
        })
        .take(CHARTS_MAX)
        .enumerate()
        .map(|(index, chart)| Chart { id: format!("rounds-{index}"), ..chart })
        .collect()
}

fn unit(unit: ValueUnit) -> Unit {
    match unit {
        ValueUnit::Ns => Unit::Ns,
        ValueUnit::PerS => Unit::Rate,
        ValueUnit::Share => Unit::Percent,
        ValueUnit::Bytes => Unit::Bytes,
        ValueUnit::Count => Unit::Count,
    }
}

fn chart(
    record: &ComparisonRecord,
    contest: &ContestRecord,
    key: &str,
    title: &str,
    unit: Unit,
) -> Option<Chart> {
    let rounds = &contest.rounds[..contest.rounds.len().min(ROUNDS_MAX)];
    let of = |side: Side| -> Vec<Option<f64>> {
        let value = |round: &dyno_model::RoundRecord| {
            if round.side == side { round.values.get(key).copied() } else { None }
        };
        rounds.iter().map(|round| value(round).filter(|value| value.is_finite())).collect()
    };
    let series: Vec<Series> = [(Side::A, 0), (Side::B, 1)]
        .into_iter()
        .map(|(side, arm)| Series {
            name: arm_name(record, arm),
            colour: COLOURS[arm],
            stroke: Stroke::Dots,
            values: of(side),
        })
        .collect();
    let known: Vec<f64> = series.iter().flat_map(|line| line.values.iter().copied().flatten()).collect();
    if known.is_empty() {
        return None;
    }
    let places: Vec<f64> =
        rounds.iter().map(|round| (round.at_ns as f64 + round.length_ns as f64 / 2.0) / 1e9).collect();
    let end = rounds.last().map_or(1.0, |round| (round.at_ns as f64 + round.length_ns as f64) / 1e9);
    let cut = if rounds.len() < contest.rounds.len() { ", the first rounds only" } else { "" };
    Some(Chart {
        id: String::new(),
        title: title.to_owned(),
        note: format!("one dot per round{cut}"),
        width: WIDTH,
        height: 230.0,
        x: Axis::seconds(0.0, end),
        y: Axis::around(known.into_iter(), unit),
        places,
        series,
        marks: Vec::new(),
        shaded: discarded(contest),
        band: None,
    })
}

/// The spans of discarded quads, in seconds.
fn discarded(contest: &ContestRecord) -> Vec<(f64, f64)> {
    let mut spans: Vec<((dyno_model::Stage, u32), (f64, f64))> = Vec::new();
    for round in contest.rounds.iter().filter(|round| round.discarded.is_some()).take(ROUNDS_MAX) {
        let (start, end) = (round.at_ns as f64 / 1e9, (round.at_ns as f64 + round.length_ns as f64) / 1e9);
        let quad = (round.stage, round.quad);
        match spans.last_mut() {
            Some((last, span)) if *last == quad => span.1 = end,
            _ => spans.push((quad, (start, end))),
        }
    }
    spans.into_iter().map(|(_, span)| span).collect()
}
