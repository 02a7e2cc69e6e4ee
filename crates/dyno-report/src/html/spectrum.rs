//! Latency spectra: every quantile at once, on an axis that gives each further nine the same room.
//!
//! Called by the page.

use dyno_model::{Headline, Histogram, RunRecord};

use super::axis::{Axis, nines_of};
use super::chart::{Chart, Series, Stroke};

pub(super) const WIDTH: f64 = 640.0;
pub(super) const HEIGHT: f64 = 320.0;
/// Points per nine: enough for a smooth line.
const POINTS_PER_NINE: u32 = 20;
/// Most operations in one chart: more lines could not be told apart.
const OPERATIONS_MAX: usize = 6;
pub(super) const COLOURS: [&str; OPERATIONS_MAX] = ["blue", "orange", "green", "purple", "red", "grey"];

/// The three times of the whole run, and the response time of each operation when there are several.
pub(super) fn charts(record: &RunRecord) -> Vec<Chart> {
    let times = &record.times;
    let mut charts = Vec::new();
    let lines = [
        ("response time", "orange", Stroke::Line, &times.response_time_ns),
        ("service time", "blue", Stroke::Dashed, &times.service_time_ns),
        ("lateness", "purple", Stroke::Line, &times.lateness_ns),
    ];
    let lines: Vec<_> = lines.into_iter().map(|(n, c, s, h)| (n.to_owned(), c, s, h)).collect();
    charts.extend(chart("spectrum", "Latency spectrum", "all requests, logarithmic on both axes", &lines));
    if record.operations.len() > 1 {
        let mut busiest: Vec<_> = record.operations.iter().collect();
        busiest.sort_by_key(|(_, operation)| std::cmp::Reverse(operation.times.response_time_ns.count));
        let lines: Vec<_> = busiest
            .iter()
            .zip(COLOURS)
            .map(|((name, o), colour)| ((*name).clone(), colour, Stroke::Line, &o.times.response_time_ns))
            .collect();
        let note = if busiest.len() > OPERATIONS_MAX {
            format!("response time of the {OPERATIONS_MAX} busiest of {} operations", busiest.len())
        } else {
            "response time per operation".to_owned()
        };
        charts.extend(chart("spectrum-operations", "Spectrum by operation", &note, &lines));
    }
    charts
}

pub(super) type Line<'a> = (String, &'static str, Stroke, &'a Headline);

/// One chart of several distributions; `None` when none has a time.
pub(super) fn chart(id: &str, title: &str, note: &str, lines: &[Line<'_>]) -> Option<Chart> {
    // Lateness of a closed loop is always zero, which a logarithmic axis cannot show.
    let lines: Vec<_> = lines.iter().filter(|(_, _, _, times)| times.count > 0 && times.max > 0).collect();
    let count = lines.iter().map(|(_, _, _, times)| times.count).max()?;
    let x = Axis::nines(count);
    let places = places(&x);
    let series: Vec<Series> = lines
        .iter()
        .map(|(name, colour, stroke, times)| Series {
            name: name.clone(),
            colour,
            stroke: *stroke,
            values: quantiles(&times.histogram, &places),
        })
        .collect();
    let y = Axis::log_time(series.iter().flat_map(|line| line.values.iter().copied().flatten()));
    Some(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        note: note.to_owned(),
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

/// Where an axis of nines is read.
pub(super) fn places(x: &Axis) -> Vec<f64> {
    let steps = (x.max * f64::from(POINTS_PER_NINE)).ceil() as u32;
    (0..=steps).map(|i| (f64::from(i) / f64::from(POINTS_PER_NINE)).min(x.max)).collect()
}

/// Values at the places, up to the last quantile that this many values can tell.
pub(super) fn quantiles(histogram: &Histogram, places: &[f64]) -> Vec<Option<f64>> {
    let last = nines_of(1.0 - 1.0 / histogram.count().max(1) as f64);
    places
        .iter()
        .map(|nines| {
            let value = histogram.quantile(1.0 - 10_f64.powf(-nines)) as f64;
            (*nines <= last + 0.05 && value > 0.0).then_some(value)
        })
        .collect()
}
