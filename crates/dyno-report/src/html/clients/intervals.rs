//! Intervals of clients on common axes: one row per client with its best guess, its 95 % interval and the floor.
//!
//! Places are shares of the axis, so that the page can draw them at any width. Called by the page.

use dyno_model::{ClientEntry, ClientFigures, ClientsRecord, Estimate, units};
use serde::Serialize;

use super::{CASES_MAX, CLIENTS_MAX, class_of};
use crate::clients::rows;
use crate::html::axis::{Axis, Unit};
use crate::html::facts::visible;

/// One axis with its rows.
#[derive(Serialize)]
pub(super) struct Plot {
    title: String,
    note: &'static str,
    ticks: Vec<(String, String)>,
    /// The place and the name of the line to compare with.
    line: Option<(String, String)>,
    rows: Vec<PlotRow>,
}

/// One interval; places in percent of the axis.
#[derive(Serialize)]
struct PlotRow {
    label: String,
    class: &'static str,
    at: String,
    interval: Option<(String, String)>,
    text: String,
}

/// A figure that is drawn: its title, its note, how it is read and written, and what the axis is.
struct Kind {
    title: &'static str,
    note: &'static str,
    unit: Unit,
    of: fn(&ClientFigures) -> Estimate,
    text: fn(f64) -> String,
}

const KINDS: [Kind; 3] = [
    Kind {
        title: "CPU per 1,000 requests",
        note: "less is better; counted over all blocks",
        unit: Unit::Ns,
        of: |figures| scaled(&figures.cpu_s_per_1000, 1e9),
        text: written_time,
    },
    Kind {
        title: "Wall time per request",
        note: "less is better; of all lanes together",
        unit: Unit::Ns,
        of: |figures| reciprocal(&figures.throughput_per_s),
        text: written_time,
    },
    Kind {
        title: "Successes per second",
        note: "more is better",
        unit: Unit::Rate,
        of: |figures| figures.throughput_per_s,
        text: units::format_rate,
    },
];

fn written_time(ns: f64) -> String {
    units::format_ns(ns.clamp(0.0, 1e18) as u64)
}

fn scaled(estimate: &Estimate, by: f64) -> Estimate {
    Estimate {
        value: estimate.value * by,
        low: estimate.low.map(|low| low * by),
        high: estimate.high.map(|high| high * by),
        samples: estimate.samples,
    }
}

/// Nanoseconds for one, from how many there are in a second.
fn reciprocal(rate: &Estimate) -> Estimate {
    let turned = |value: f64| if value > 0.0 { 1e9 / value } else { 0.0 };
    Estimate {
        value: turned(rate.value),
        low: rate.high.map(turned),
        high: rate.low.map(turned),
        samples: rate.samples,
    }
}

/// The plots of one case.
pub(super) fn plots(case: &ClientsRecord) -> Vec<Plot> {
    let entries: Vec<(&ClientEntry, &ClientFigures)> = case
        .entries
        .iter()
        .filter_map(|entry| Some((entry, entry.figures.as_ref()?)))
        .take(CLIENTS_MAX)
        .collect();
    if entries.is_empty() {
        return Vec::new();
    }
    KINDS.iter().map(|kind| plot(case, &entries, kind)).collect()
}

fn plot(case: &ClientsRecord, entries: &[(&ClientEntry, &ClientFigures)], kind: &Kind) -> Plot {
    let known: Vec<Estimate> = entries.iter().map(|(_, figures)| (kind.of)(figures)).collect();
    let axis = Axis::from_zero(
        known.iter().map(|one| one.high.unwrap_or(one.value)).filter(|v| v.is_finite()),
        kind.unit,
    );
    let floor = entries.iter().position(|(entry, _)| case.floor.as_ref() == Some(&entry.label));
    let rows = entries.iter().zip(&known).map(|((entry, _), estimate)| {
        let word = entry.verdict.as_ref().map(|verdict| verdict.word);
        row(&axis, visible(&entry.label), class_of(case, entry.state, word), estimate, kind.text)
    });
    Plot {
        title: kind.title.to_owned(),
        note: kind.note,
        ticks: ticks(&axis, kind.text),
        line: floor.map(|index| {
            (place(&axis, known[index].value), visible(&format!("floor: {}", entries[index].0.label)))
        }),
        rows: rows.collect(),
    }
}

fn row(
    axis: &Axis,
    label: String,
    class: &'static str,
    estimate: &Estimate,
    text: fn(f64) -> String,
) -> PlotRow {
    let ends = estimate.low.zip(estimate.high);
    PlotRow {
        label,
        class,
        at: place(axis, estimate.value),
        interval: ends.map(|(low, high)| {
            let (left, right) = (axis.place(low.min(high)), axis.place(high.max(low)));
            (percent(left), percent(right - left))
        }),
        text: match ends {
            Some((low, high)) => format!("{} [{}–{}]", text(estimate.value), text(low), text(high)),
            None => text(estimate.value),
        },
    }
}

fn ticks(axis: &Axis, text: fn(f64) -> String) -> Vec<(String, String)> {
    let last = axis.ticks.len().saturating_sub(1);
    let ends = [0, last / 2, last].map(|index| axis.ticks.get(index).map_or(0.0, |tick| tick.at));
    ends.into_iter().map(|at| (place(axis, at), if at == 0.0 { "0".to_owned() } else { text(at) })).collect()
}

fn place(axis: &Axis, value: f64) -> String {
    percent(axis.place(value))
}

fn percent(share: f64) -> String {
    format!("{:.2}", share * 100.0)
}

/// The cases of a sweep side by side: one plot per client, one row per case, the CPU against the reference.
pub(super) fn across(record: &ClientsRecord) -> Vec<Plot> {
    if record.cases.len() < 2 {
        return Vec::new();
    }
    let mut labels: Vec<&str> = Vec::new();
    for entry in record.cases.iter().flat_map(|case| &case.entries) {
        if entry.verdict.is_some() && !labels.contains(&entry.label.as_str()) && labels.len() < CLIENTS_MAX {
            labels.push(&entry.label);
        }
    }
    let found = |label: &str| -> Vec<(String, Estimate)> {
        let of_case = record.cases.iter().take(CASES_MAX).filter_map(|case| {
            let entry = case.entries.iter().find(|entry| entry.label == label)?;
            Some((visible(&case.name), entry.verdict.as_ref()?.cpu_ratio))
        });
        of_case.collect()
    };
    let all: Vec<(&str, Vec<(String, Estimate)>)> =
        labels.into_iter().map(|label| (label, found(label))).collect();
    let highs = all.iter().flat_map(|(_, rows)| rows).map(|(_, ratio)| ratio.high.unwrap_or(ratio.value));
    // One axis for all, so that the plots can be compared; one is always on it.
    let axis = Axis::from_zero(highs.filter(|value| value.is_finite()).chain([1.0]), Unit::Count);
    all.into_iter()
        .map(|(label, ratios)| Plot {
            title: visible(label),
            note: "CPU per request over that of the reference, case by case",
            ticks: ticks(&axis, rows::times),
            line: Some((place(&axis, 1.0), visible(&record.reference))),
            rows: ratios
                .into_iter()
                .map(|(name, ratio)| row(&axis, name, "neutral", &ratio, rows::times))
                .collect(),
        })
        .collect()
}
