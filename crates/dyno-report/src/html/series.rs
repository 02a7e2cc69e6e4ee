//! The charts over time: rate, response time, lateness, errors, in flight, CPU.
//!
//! All share their places on x, so that zooming one zooms all. Called by the page.

use dyno_model::RunRecord;

use super::axis::{Axis, Unit};
use super::buckets::{Bucket, gather};
use super::chart::{Chart, Mark, Series, Stroke};
use crate::words;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 230.0;

/// Every chart that has something to show, in the order of the page.
pub(super) fn charts(record: &RunRecord) -> Vec<Chart> {
    let buckets = gather(&record.intervals);
    if buckets.is_empty() {
        return Vec::new();
    }
    let time = TimeAxis::of(record, &buckets);
    let mut charts = vec![rate(&time, &buckets)];
    charts.extend(response(&time, &buckets, record));
    charts.extend(lateness(&time, &buckets));
    charts.push(errors(&time, &buckets));
    charts.extend(cpu(&time, &buckets));
    charts.push(in_flight(&time, &buckets));
    charts
}

/// What all charts over time have in common.
struct TimeAxis {
    axis: Axis,
    places: Vec<f64>,
    warmup: Option<(f64, f64)>,
}

impl TimeAxis {
    fn of(record: &RunRecord, buckets: &[Bucket]) -> Self {
        let end_s = record.intervals.last().map_or(1.0, |interval| interval.at_ns as f64 / 1e9);
        let start_s =
            record.intervals.first().map_or(0.0, |i| i.at_ns.saturating_sub(i.length_ns) as f64 / 1e9);
        let measured_s = record.load.measure_start_ns as f64 / 1e9;
        Self {
            axis: Axis::seconds(start_s, end_s),
            places: buckets.iter().map(|bucket| bucket.at_s).collect(),
            warmup: (measured_s > start_s).then_some((start_s, measured_s)),
        }
    }

    fn chart(&self, id: &'static str, title: &str, note: &str, y: Axis, series: Vec<Series>) -> Chart {
        Chart {
            id: id.to_owned(),
            title: title.to_owned(),
            note: note.to_owned(),
            width: WIDTH,
            height: HEIGHT,
            x: self.axis.clone(),
            y,
            places: self.places.clone(),
            series,
            marks: Vec::new(),
            shaded: self.warmup.into_iter().collect(),
            band: None,
        }
    }
}

fn series(name: &str, colour: &'static str, stroke: Stroke, values: Vec<Option<f64>>) -> Series {
    Series { name: name.to_owned(), colour, stroke, values }
}

fn values(buckets: &[Bucket], value: impl Fn(&Bucket) -> Option<f64>) -> Vec<Option<f64>> {
    buckets.iter().map(value).collect()
}

fn known(lines: &[Series]) -> impl Iterator<Item = f64> + Clone {
    lines.iter().flat_map(|line| line.values.iter().copied().flatten())
}

fn rate(time: &TimeAxis, buckets: &[Bucket]) -> Chart {
    let mut lines = vec![series("ended", "blue", Stroke::Line, values(buckets, |b| Some(b.ended_per_s)))];
    let is_open = buckets.iter().any(|bucket| bucket.asked_per_s.is_some());
    if is_open {
        lines.push(series("asked", "grey", Stroke::Dashed, values(buckets, |b| b.asked_per_s)));
    }
    let (title, note) = if is_open {
        ("Rate, asked and achieved", "arrivals asked for, and requests that ended, per second")
    } else {
        ("Rate achieved", "requests that ended, per second")
    };
    let y = Axis::from_zero(known(&lines), Unit::Rate);
    time.chart("rate", title, note, y, lines)
}

fn response(time: &TimeAxis, buckets: &[Bucket], record: &RunRecord) -> Option<Chart> {
    let lines = vec![
        series("max", "grey", Stroke::Line, values(buckets, |b| b.max_ns)),
        series("p99", "orange", Stroke::Line, values(buckets, |b| b.p99_ns)),
        series("p50", "blue", Stroke::Line, values(buckets, |b| b.p50_ns)),
    ];
    let high = known(&lines).fold(0.0, f64::max);
    if high <= 0.0 {
        return None;
    }
    let marks: Vec<Mark> = record
        .verdict
        .checks
        .iter()
        .filter(|check| words::is_plain_quantile(&check.threshold) && check.value_ns.is_some())
        // A limit far above everything would squeeze the lines to the floor.
        .filter(|check| check.limit > 0.0 && check.limit < high * 20.0)
        .take(3)
        .map(|check| Mark { at: check.limit, label: check.threshold.clone() })
        .collect();
    let y = Axis::log_time(known(&lines).chain(marks.iter().map(|mark| mark.at)));
    let note = "of successes, per second, logarithmic";
    Some(Chart { marks, ..time.chart("response", "Response time", note, y, lines) })
}

fn lateness(time: &TimeAxis, buckets: &[Bucket]) -> Option<Chart> {
    let late = |b: &Bucket| (b.lateness_p99_ns > 0.0).then_some(b.lateness_p99_ns);
    let lines = vec![series("p99", "purple", Stroke::Line, values(buckets, late))];
    known(&lines).next()?;
    let y = Axis::log_time(known(&lines));
    let note = "how far behind its schedule the generator started, logarithmic";
    Some(time.chart("lateness", "Lateness p99", note, y, lines))
}

/// Drawn even without errors: a flat line at 0 is worth seeing.
fn errors(time: &TimeAxis, buckets: &[Bucket]) -> Chart {
    let lines = vec![
        series("failed", "red", Stroke::Area, values(buckets, |b| Some(b.failed_per_s))),
        series("rejected", "purple", Stroke::Area, values(buckets, |b| Some(b.rejected_per_s))),
    ];
    let y = Axis::from_zero(known(&lines), Unit::Rate);
    time.chart("errors", "Errors", "failures and rejections per second", y, lines)
}

fn in_flight(time: &TimeAxis, buckets: &[Bucket]) -> Chart {
    let lines = vec![series("in flight", "green", Stroke::Area, values(buckets, |b| Some(b.in_flight)))];
    let y = Axis::from_zero(known(&lines), Unit::Count);
    time.chart("in-flight", "In flight", "requests without an answer at the end of each second", y, lines)
}

fn cpu(time: &TimeAxis, buckets: &[Bucket]) -> Option<Chart> {
    let mut lines = vec![
        series("target", "green", Stroke::Area, values(buckets, |b| b.target_cores)),
        series("generator", "blue", Stroke::Area, values(buckets, |b| b.generator_cores)),
    ];
    lines.retain(|line| line.values.iter().any(Option::is_some));
    known(&lines).next()?;
    let y = Axis::from_zero(known(&lines).chain([1.0]), Unit::Cores);
    Some(time.chart("cpu", "CPU", "cores in use by the generator, and by the target where known", y, lines))
}
