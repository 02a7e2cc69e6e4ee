//! The heat map: how many successes took how long, over time.
//!
//! Shows what quantiles hide: two humps, stripes, a freeze. Called by the page.

use std::fmt::Write as _;

use dyno_model::{IntervalRecord, RunRecord};
use serde::Serialize;

use super::axis::{Axis, Unit};
use super::chart::{self, Plot};

const WIDTH: f64 = 1_300.0;
const HEIGHT: f64 = 330.0;
const COLUMNS_MAX: usize = 120;
const ROWS_MAX: usize = 40;
/// Steps of colour, the faintest for a single request.
const LEVELS: usize = 8;
const IN_MEMORY: &str = "invariant: writing to memory does not fail";

/// Counts by time and response time.
pub(super) struct HeatMap {
    x: Axis,
    y: Axis,
    /// Start and end of each column in seconds.
    spans: Vec<(f64, f64)>,
    /// Per column, from the shortest time up.
    counts: Vec<Vec<u64>>,
    rows: usize,
    warmup_end_s: Option<f64>,
}

/// What the script needs to read the map.
#[derive(Debug, Serialize)]
pub(super) struct HeatMapData {
    id: &'static str,
    plot: [f64; 4],
    x: (f64, f64),
    y: (f64, f64),
    y_unit: Unit,
    rows: usize,
    spans: Vec<(f64, f64)>,
    /// Per column: the row of the first count, then the counts upwards.
    cells: Vec<Vec<u64>>,
}

impl HeatMap {
    /// `None` when nothing succeeded.
    pub(super) fn of(record: &RunRecord) -> Option<Self> {
        let intervals: Vec<_> = record.intervals.iter().filter(|interval| interval.length_ns > 0).collect();
        let filled = || intervals.iter().filter(|interval| !interval.histogram.is_empty());
        let low = filled().map(|interval| interval.histogram.min()).min()? as f64;
        let high = filled().map(|interval| interval.histogram.max()).max()? as f64;
        let y = Axis::log_time([low, high].into_iter());
        // Rows narrower than the histogram's own buckets would show stripes that are not there.
        let rows = (((y.max / y.min).ln() / 1.02_f64.ln()) as usize).clamp(8, ROWS_MAX);
        let per_column = intervals.len().div_ceil(COLUMNS_MAX).max(1);
        let mut map = Self {
            x: Axis::seconds(start_s(intervals[0]), intervals[intervals.len() - 1].at_ns as f64 / 1e9),
            y,
            spans: Vec::new(),
            counts: Vec::new(),
            rows,
            warmup_end_s: (record.load.measure_start_ns > 0)
                .then_some(record.load.measure_start_ns as f64 / 1e9),
        };
        for chunk in intervals.chunks(per_column) {
            map.spans.push((start_s(chunk[0]), chunk[chunk.len() - 1].at_ns as f64 / 1e9));
            map.counts.push(map.column(chunk));
        }
        Some(map)
    }

    fn column(&self, intervals: &[&IntervalRecord]) -> Vec<u64> {
        let mut counts = vec![0_u64; self.rows];
        for (value_ns, count) in intervals.iter().flat_map(|interval| interval.histogram.buckets()) {
            let row = (self.y.place(value_ns as f64) * self.rows as f64) as usize;
            let cell = &mut counts[row.min(self.rows - 1)];
            *cell = cell.saturating_add(count);
        }
        counts
    }

    /// A column's counts per second of its time, so that a short one is not fainter.
    fn density(&self, column: usize, count: u64) -> f64 {
        let (from, to) = self.spans[column];
        count as f64 / (to - from).max(1e-3)
    }

    /// The drawing: one path per step of colour.
    pub(super) fn svg(&self) -> String {
        let plot = Plot::of(WIDTH, HEIGHT);
        let mut svg = chart::open("heat-map", WIDTH, HEIGHT, "Response time over time as a heat map", &plot);
        let cells = || {
            self.counts.iter().enumerate().flat_map(|(column, counts)| {
                counts.iter().enumerate().filter(|(_, n)| **n > 0).map(move |(row, n)| (column, row, *n))
            })
        };
        let densest = cells().map(|(column, _, n)| self.density(column, n)).fold(0.0, f64::max);
        let faintest = cells().map(|(column, _, n)| self.density(column, n)).fold(f64::INFINITY, f64::min);
        let span = (densest / faintest).ln();
        let mut paths = vec![String::new(); LEVELS];
        for (column, row, count) in cells() {
            let share = if span > 0.0 { (self.density(column, count) / faintest).ln() / span } else { 1.0 };
            let level = ((share * (LEVELS - 1) as f64).round() as usize).min(LEVELS - 1);
            self.push_cell(&mut paths[level], &plot, column, row);
        }
        svg.push_str("<g clip-path=\"url(#clip-heat-map)\"><g class=\"zoom\">");
        for (level, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            write!(svg, "<path class=\"heat heat-{level}\" d=\"{path}\"/>").expect(IN_MEMORY);
        }
        if let Some(end) = self.warmup_end_s {
            let (x, top, bottom) = (plot.x(&self.x, end), plot.top, plot.top + plot.height);
            write!(svg, "<path class=\"warmup-end\" d=\"M{x:.1} {top}V{bottom}\"/>").expect(IN_MEMORY);
        }
        svg.push_str("</g></g>");
        chart::push_axes(&mut svg, &plot, &self.x, &self.y);
        svg.push_str("</svg>");
        svg
    }

    fn push_cell(&self, path: &mut String, plot: &Plot, column: usize, row: usize) {
        let (from, to) = self.spans[column];
        let (left, right) = (plot.x(&self.x, from), plot.x(&self.x, to));
        let height = plot.height / self.rows as f64;
        let top = plot.top + plot.height - height * (row + 1) as f64;
        // Overlapping by a hair hides the seams that renderers leave between neighbours.
        let (width, tall) = (right - left + 0.3, height + 0.3);
        write!(path, "M{left:.1} {top:.1}h{width:.1}v{tall:.1}h-{width:.1}z").expect(IN_MEMORY);
    }

    /// The counts for the script.
    pub(super) fn data(&self) -> HeatMapData {
        let plot = Plot::of(WIDTH, HEIGHT);
        let cells = self.counts.iter().map(|counts| {
            let first = counts.iter().position(|n| *n > 0).unwrap_or(0);
            let last = counts.iter().rposition(|n| *n > 0).map_or(first, |last| last + 1);
            std::iter::once(first as u64).chain(counts[first..last].iter().copied()).collect()
        });
        HeatMapData {
            id: "heat-map",
            plot: [plot.left, plot.top, plot.width, plot.height],
            x: (self.x.min, self.x.max),
            y: (self.y.min, self.y.max),
            y_unit: Unit::Ns,
            rows: self.rows,
            spans: self
                .spans
                .iter()
                .map(|(a, b)| (chart::round_to(*a, 1e3), chart::round_to(*b, 1e3)))
                .collect(),
            cells: cells.collect(),
        }
    }
}

fn start_s(interval: &IntervalRecord) -> f64 {
    interval.at_ns.saturating_sub(interval.length_ns) as f64 / 1e9
}
