//! The page of a plan's history: a drawing per metric with its changes and levels, then the sessions.
//!
//! One file without network, in the style of a run's page. Called by `dyno history -o`.

use dyno_model::{HistoryRecord, HistorySeries, Unit as ValueUnit, VerdictState};
use minijinja::context;
use serde::Serialize;

use super::axis::{Axis, Unit};
use super::chart::{Chart, Series, Stroke};
use super::facts::visible;
use super::spectrum::WIDTH;
use super::{PageData, SCRIPT, STYLE, embedded, figures, rendered, safe, shown};
use crate::comparison::words;
use crate::history::{change, creep, name};

const TEMPLATE: &str = include_str!("../../assets/history.html");
/// Most drawings: what changed comes first, so that nothing that matters is left out.
const CHARTS_MAX: usize = 24;
/// Most sessions that are drawn and listed, the newest.
const SESSIONS_MAX: usize = 400;

/// The page.
#[must_use]
pub(crate) fn page(record: &HistoryRecord) -> String {
    let first = record.sessions.len().saturating_sub(SESSIONS_MAX);
    let charts: Vec<Chart> = drawn(record)
        .into_iter()
        .enumerate()
        .filter_map(|(index, series)| chart(series, index, first))
        .collect();
    let data = PageData {
        times: None,
        charts: charts.iter().map(|chart| chart.data(false)).collect(),
        heat_map: None,
    };
    let changed = record.series.iter().any(|series| !series.changes.is_empty());
    let values = context! {
        style => safe(STYLE.to_owned()),
        script => safe(SCRIPT.to_owned()),
        data => safe(embedded(&data)),
        name => shown(&visible(&record.name)),
        fingerprint => shown(&visible(&record.fingerprint)),
        count => record.sessions.len(),
        left_out => shown(&left_out(record)),
        changed => changed,
        changes => shown(&changes(record)),
        charts => shown(&figures(&charts)),
        series_left_out => record.series.len().saturating_sub(CHARTS_MAX),
        columns => shown(&columns(record).iter().map(|s| visible(&s.metric)).collect::<Vec<_>>()),
        sessions => shown(&sessions(record, first)),
    };
    rendered("history.html", TEMPLATE, values)
}

/// Series with changes first, the others in the order of the record.
fn drawn(record: &HistoryRecord) -> Vec<&HistorySeries> {
    let mut series: Vec<&HistorySeries> = record.series.iter().collect();
    series.sort_by_key(|series| series.changes.is_empty());
    series.truncate(CHARTS_MAX);
    series
}

fn chart(series: &HistorySeries, index: usize, first: usize) -> Option<Chart> {
    let values: Vec<Option<f64>> =
        series.values.iter().skip(first).map(|value| value.filter(|value| value.is_finite())).collect();
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.is_empty() {
        return None;
    }
    let places: Vec<f64> = (first + 1..=series.values.len()).map(|number| number as f64).collect();
    let unit = match series.unit {
        ValueUnit::Ns => Unit::Ns,
        ValueUnit::PerS => Unit::Rate,
        ValueUnit::Share => Unit::Percent,
        ValueUnit::Bytes => Unit::Bytes,
        ValueUnit::Count => Unit::Count,
    };
    let mut lines = vec![Series {
        name: series.metric.clone(),
        colour: "blue",
        stroke: Stroke::Dots,
        values: values.clone(),
    }];
    if !series.changes.is_empty() {
        let levels = levels(series).into_iter().skip(first).collect();
        lines.push(Series {
            name: "level".to_owned(),
            colour: "orange",
            stroke: Stroke::Line,
            values: levels,
        });
    }
    let spans = series.changes.iter().map(|change| (change.at as f64, change.at as f64 + 1.0));
    let note = match creep(series) {
        Some(text) => text,
        None => "one dot per session".to_owned(),
    };
    Some(Chart {
        id: format!("series-{index}"),
        title: name(series),
        note,
        width: WIDTH,
        height: 230.0,
        x: Axis::sessions(first as f64 + 1.0, series.values.len() as f64),
        y: Axis::around(known.into_iter(), unit),
        places,
        series: lines,
        marks: Vec::new(),
        shaded: spans.filter(|(from, _)| *from >= first as f64).collect(),
        band: None,
    })
}

/// The median of the part that each session lies in.
fn levels(series: &HistorySeries) -> Vec<Option<f64>> {
    let mut levels = Vec::with_capacity(series.values.len());
    for index in 0..series.values.len() {
        let next = series.changes.iter().find(|change| index < change.at);
        let level = match next {
            Some(change) => Some(change.before),
            None => series.changes.last().map(|change| change.after),
        };
        levels.push(level.filter(|level| level.is_finite()));
    }
    levels
}

/// How many sessions are not in the series, by reason.
fn left_out(record: &HistoryRecord) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for left in &record.left_out {
        match counts.iter_mut().find(|(reason, _)| *reason == left.reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((&left.reason, 1)),
        }
    }
    counts.into_iter().take(20).map(|(reason, count)| format!("{count}: {}", visible(reason))).collect()
}

/// A change for good.
#[derive(Serialize)]
struct Change {
    class: &'static str,
    word: &'static str,
    name: String,
    text: String,
}

fn changes(record: &HistoryRecord) -> Vec<Change> {
    let all = record.series.iter().flat_map(|series| series.changes.iter().map(move |at| (series, at)));
    let mut changes: Vec<Change> = all
        .take(100)
        .map(|(series, at)| Change {
            class: if at.is_worse { "bad" } else { "good" },
            word: if at.is_worse { "worse" } else { "better" },
            name: visible(&name(series)),
            text: visible(&change(record, series, at)),
        })
        .collect();
    changes.extend(record.series.iter().take(200).filter_map(|series| {
        let is_exceeded = series.creep.is_some_and(|creep| creep.is_exceeded);
        Some(Change {
            class: if is_exceeded { "bad" } else { "neutral" },
            word: "adds up",
            name: visible(&name(series)),
            text: visible(&creep(series)?),
        })
    }));
    changes
}

/// The columns of the table of sessions: the whole run.
fn columns(record: &HistoryRecord) -> Vec<&HistorySeries> {
    record.series.iter().filter(|series| series.operation.is_none()).take(8).collect()
}

/// A session in the table.
#[derive(Serialize)]
struct Row {
    number: usize,
    id: String,
    started_at: String,
    class: &'static str,
    verdict: String,
    tags: Vec<String>,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    sort: f64,
    /// Whether the series is another one from here on.
    is_changed: bool,
}

/// Newest first.
fn sessions(record: &HistoryRecord, first: usize) -> Vec<Row> {
    let columns = columns(record);
    let shown = record.sessions.iter().enumerate().skip(first).rev();
    shown
        .map(|(index, session)| Row {
            number: index + 1,
            id: visible(&session.run_id),
            started_at: visible(&session.started_at),
            class: match session.verdict {
                VerdictState::Pass => "good",
                VerdictState::Fail => "bad",
                VerdictState::Inconclusive | VerdictState::Incomparable => "doubtful",
                VerdictState::None => "neutral",
            },
            verdict: crate::words::verdict(session.verdict).to_lowercase(),
            tags: session.tags.iter().take(10).map(|tag| visible(tag)).collect(),
            cells: columns
                .iter()
                .map(|series| {
                    let value = series.values.get(index).copied().flatten();
                    Cell {
                        text: value
                            .map_or(words::NOTHING.to_owned(), |value| words::value(series.unit, value)),
                        sort: value.filter(|value| value.is_finite()).unwrap_or(-1.0),
                        is_changed: series.changes.iter().any(|change| change.at == index),
                    }
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
