//! Distributions of the arms: spectra on one drawing, where they shifted, and their course in stored runs.
//!
//! Called by the page.

use std::collections::BTreeMap;

use dyno_model::{ComparisonRecord, Distribution, SeriesPoint, ShiftPoint};

use crate::html::axis::{Axis, Unit, nines_of};
use crate::html::chart::{Chart, Series, Stroke};
use crate::html::spectrum::{HEIGHT, WIDTH, places, quantiles};

/// Most operations with drawings of their own.
const OPERATIONS_MAX: usize = 5;
/// Most candidates in one drawing.
const ARMS_MAX: usize = 5;
/// Most points of a line.
const POINTS_MAX: usize = 600;
/// The colours of the arms, the baseline first: the same in all drawings.
pub(super) const COLOURS: [&str; ARMS_MAX + 1] = ["blue", "orange", "green", "purple", "red", "grey"];

/// The distributions that are drawn: the whole run first, then the operations whose tail changed most.
fn shown(record: &ComparisonRecord) -> Vec<(&String, &Vec<Distribution>)> {
    let mut all: Vec<_> = record.distributions.iter().collect();
    // A single operation is the whole run.
    if record.distributions.len() == 2 {
        all.retain(|(name, _)| *name != crate::words::ALL);
    }
    let largest = |arms: &[Distribution]| {
        let shifts = arms.iter().flat_map(|arm| &arm.shift).filter(|point| point.a_ns > 0.0);
        shifts
            .map(|point| (point.b_ns / point.a_ns - 1.0).abs())
            .filter(|s| s.is_finite())
            .fold(0.0, f64::max)
    };
    all.sort_by(|(a, left), (b, right)| {
        let is_whole = |name: &str| name != crate::words::ALL;
        (is_whole(a), -largest(left)).partial_cmp(&(is_whole(b), -largest(right))).unwrap_or(a.cmp(b))
    });
    all.truncate(OPERATIONS_MAX);
    all
}

/// What people call an arm.
pub(super) fn arm_name(record: &ComparisonRecord, index: usize) -> String {
    record.arms.get(index).map_or_else(|| "?".to_owned(), |arm| format!("{}: {}", arm.letter, arm.label))
}

/// For each operation the response times of all arms on one drawing, and beside it how much each quantile of a
/// candidate shifted.
pub(super) fn charts(record: &ComparisonRecord) -> Vec<Chart> {
    let mut charts = Vec::new();
    for (index, (name, arms)) in shown(record).into_iter().enumerate() {
        charts.extend(spectrum(record, index, name, arms));
        for arm in arms.iter().filter(|arm| arm.shift.len() > 1).take(ARMS_MAX) {
            let id = format!("shift-{index}-{}", arm.arm);
            charts.push(shift(record, id, name, arm));
        }
    }
    charts
}

fn spectrum(
    record: &ComparisonRecord,
    index: usize,
    operation: &str,
    arms: &[Distribution],
) -> Option<Chart> {
    let filled = arms.iter().filter_map(|arm| Some((arm.arm, arm.histogram.as_ref()?)));
    let filled: Vec<_> = filled.filter(|(_, histogram)| histogram.max() > 0).take(COLOURS.len()).collect();
    let count = filled.iter().map(|(_, histogram)| histogram.count()).max()?;
    let x = Axis::nines(count);
    let places = places(&x);
    let series: Vec<Series> = filled
        .iter()
        .map(|(arm, histogram)| Series {
            name: arm_name(record, *arm),
            colour: COLOURS[*arm % COLOURS.len()],
            stroke: Stroke::Line,
            values: quantiles(histogram, &places),
        })
        .collect();
    let y = Axis::log_time(series.iter().flat_map(|line| line.values.iter().copied().flatten()));
    Some(Chart {
        id: format!("spectrum-{index}"),
        title: format!("Latency spectrum: {operation}"),
        note: "response time of successes, logarithmic on both axes".to_owned(),
        width: WIDTH,
        height: HEIGHT,
        x,
        y,
        places,
        series,
        marks: Vec::new(),
        shaded: Vec::new(),
        band: None,
    })
}

fn shift(record: &ComparisonRecord, id: String, operation: &str, arm: &Distribution) -> Chart {
    let points: Vec<&ShiftPoint> =
        arm.shift.iter().filter(|point| point.a_ns > 0.0 && (0.0..1.0).contains(&point.q)).collect();
    let of = |value: fn(&ShiftPoint) -> Option<f64>| -> Vec<Option<f64>> {
        points.iter().map(|point| value(point).filter(|value| value.is_finite())).collect()
    };
    let line = |name: &str, colour, stroke, values| Series { name: name.to_owned(), colour, stroke, values };
    let colour = COLOURS[arm.arm % COLOURS.len()];
    let mut series = vec![
        line("no change", "grey", Stroke::Dashed, vec![Some(0.0); points.len()]),
        line("change", colour, Stroke::Line, of(|point| Some(point.b_ns / point.a_ns - 1.0))),
    ];
    let (low, high) = (of(|point| point.low), of(|point| point.high));
    let has_band = low.iter().chain(&high).any(Option::is_some);
    if has_band {
        series.push(line("from", colour, Stroke::Dashed, low));
        series.push(line("to", colour, Stroke::Dashed, high));
    }
    let places: Vec<f64> = points.iter().map(|point| nines_of(point.q)).collect();
    let last = points.last().map_or(0.9, |point| point.q);
    let x = Axis::nines((1.0 / (1.0 - last)).min(1e8) as u64);
    let known: Vec<f64> = series.iter().flat_map(|line| line.values.iter().copied().flatten()).collect();
    let name = arm_name(record, arm.arm);
    let band = if has_band { ", with the band that holds for all quantiles at once" } else { "" };
    Chart {
        id,
        title: format!("Shift: {operation}"),
        note: format!("{name}, change of each quantile{band}"),
        width: WIDTH,
        height: HEIGHT,
        x,
        y: Axis::around(known.into_iter(), Unit::Percent),
        places,
        series,
        marks: Vec::new(),
        shaded: Vec::new(),
        band: has_band.then_some((2, 3)),
    }
}

/// Reads one figure of a second.
type Figure = fn(&SeriesPoint) -> f64;

/// The course of the arms of stored runs: p99, p50 and rate of the whole run, second by second.
pub(super) fn series(record: &ComparisonRecord) -> Vec<Chart> {
    let whole: BTreeMap<usize, &Vec<SeriesPoint>> = record
        .distributions
        .get(crate::words::ALL)
        .or_else(|| record.distributions.values().next())
        .into_iter()
        .flatten()
        .filter(|arm| arm.series.len() > 1 && arm.arm < COLOURS.len())
        .map(|arm| (arm.arm, &arm.series))
        .collect();
    let Some(longest) = whole.values().max_by_key(|points| points.len()) else { return Vec::new() };
    let every = longest.len().div_ceil(POINTS_MAX);
    let places: Vec<f64> = longest.iter().step_by(every).map(|point| point.at_ns as f64 / 1e9).collect();
    let kinds: [(&str, &str, Unit, Figure); 3] = [
        ("p99", "Response time p99", Unit::Ns, |point| point.p99_ns),
        ("p50", "Response time p50", Unit::Ns, |point| point.p50_ns),
        ("rate", "Successes", Unit::Rate, |point| point.rate),
    ];
    let chart = |(id, title, unit, value): (&str, &str, Unit, Figure)| {
        let lines: Vec<Series> = whole
            .iter()
            .map(|(arm, points)| {
                let sampled = points.iter().step_by(every).map(|point| Some(value(point)));
                let mut values: Vec<Option<f64>> =
                    sampled.map(|value| value.filter(|v| v.is_finite() && *v > 0.0)).collect();
                values.resize(places.len(), None);
                Series { name: arm_name(record, *arm), colour: COLOURS[*arm], stroke: Stroke::Line, values }
            })
            .collect();
        let known: Vec<f64> = lines.iter().flat_map(|line| line.values.iter().copied().flatten()).collect();
        if known.is_empty() {
            return None;
        }
        Some(Chart {
            id: format!("series-{id}"),
            title: title.to_owned(),
            note: "of each arm, since the start of its own measurement".to_owned(),
            width: WIDTH,
            height: 230.0,
            x: Axis::seconds(0.0, places.last().copied().unwrap_or(1.0)),
            y: Axis::around(known.into_iter(), unit),
            places: places.clone(),
            series: lines,
            marks: Vec::new(),
            shaded: Vec::new(),
            band: None,
        })
    };
    kinds.into_iter().filter_map(chart).collect()
}
