//! Line charts as SVG, and the same values as data for the script.
//!
//! Colours are classes, so that one drawing serves light, dark and paper. Called by the sections of the page.

use std::fmt::Write as _;

use serde::Serialize;

use super::axis::{Axis, Tick, Unit};
use crate::escape::xml;

const IN_MEMORY: &str = "invariant: writing to memory does not fail";

/// Margins around the plot, wide enough for `100 ms` in the larger letters of a narrow screen.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 30.0;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// A line.
    Line,
    /// A broken line, for what was wanted rather than seen.
    Dashed,
    /// A line with a tinted area down to 0.
    Area,
    /// Dots, for values that stand apart.
    Dots,
}

/// One line of a chart. `None` is a gap.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    /// The class of its colour.
    pub(super) colour: &'static str,
    pub(super) stroke: Stroke,
    pub(super) values: Vec<Option<f64>>,
}

/// A horizontal line with a label, such as a limit.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) label: String,
}

/// A chart with everything that is drawn.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// A word that is unique on the page.
    pub(super) id: String,
    pub(super) title: String,
    /// What the values are, in a few words.
    pub(super) note: String,
    pub(super) height: f64,
    pub(super) width: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) places: Vec<f64>,
    pub(super) series: Vec<Series>,
    pub(super) marks: Vec<Mark>,
    /// Tinted spans of x, such as the warm-up.
    pub(super) shaded: Vec<(f64, f64)>,
    /// Tinted area between two series, by their indices, such as an interval.
    pub(super) band: Option<(usize, usize)>,
}

/// What the script needs of a chart.
#[derive(Debug, Serialize)]
pub(super) struct ChartData {
    id: String,
    /// Left, top, width and height of the plot in drawing units.
    plot: [f64; 4],
    x: AxisData,
    y_unit: Unit,
    /// Places of the values; absent when they are those of the time charts.
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Vec<f64>>,
    series: Vec<SeriesData>,
}

#[derive(Debug, Serialize)]
struct AxisData {
    min: f64,
    max: f64,
    unit: Unit,
    ticks: Vec<(f64, String)>,
}

#[derive(Debug, Serialize)]
struct SeriesData {
    name: String,
    values: Vec<Option<serde_json::Number>>,
}

/// The plot inside of a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Plot {
    pub(super) fn of(width: f64, height: f64) -> Self {
        Self { left: LEFT, top: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM }
    }

    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.place(value) * self.width
    }

    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.top + (1.0 - axis.place(value)) * self.height
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

impl Chart {
    fn plot(&self) -> Plot {
        Plot::of(self.width, self.height)
    }

    /// The drawing.
    pub(super) fn svg(&self) -> String {
        let plot = self.plot();
        let mut svg = open(&self.id, self.width, self.height, &self.title, &plot);
        for (from, to) in &self.shaded {
            let (left, right) = (plot.x(&self.x, *from), plot.x(&self.x, *to));
            let (width, top, height) = (right - left, plot.top, plot.height);
            let shaded = format!(
                "<g class=\"zoom\"><rect class=\"warmup\" x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{height}\"/></g>"
            );
            write!(svg, "<g clip-path=\"url(#clip-{})\">{shaded}</g>", self.id).expect(IN_MEMORY);
        }
        push_axes(&mut svg, &plot, &self.x, &self.y);
        write!(svg, "<g clip-path=\"url(#clip-{})\"><g class=\"zoom\">", self.id).expect(IN_MEMORY);
        if let Some((low, high)) = self.band {
            let (low, high) = (&self.series[low], &self.series[high]);
            let edge = self.between(&low.values, &high.values);
            write!(svg, "<g class=\"{}\"><path class=\"area\" d=\"{edge}\"/></g>", low.colour)
                .expect(IN_MEMORY);
        }
        for (index, series) in self.series.iter().enumerate() {
            self.push_series(&mut svg, &plot, index, series);
        }
        svg.push_str("</g></g>");
        for mark in &self.marks {
            let (y, right) = (plot.y(&self.y, mark.at), plot.left + plot.width);
            let label = xml(&mark.label);
            write!(svg, "<path class=\"limit\" d=\"M{:.1} {y:.1}H{right:.1}\"/>", plot.left)
                .expect(IN_MEMORY);
            write!(
                svg,
                "<text class=\"limit\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                right - 4.0,
                y - 4.0
            )
            .expect(IN_MEMORY);
        }
        svg.push_str("</svg>");
        svg
    }

    fn push_series(&self, svg: &mut String, plot: &Plot, index: usize, series: &Series) {
        let line = match series.stroke {
            Stroke::Dots => self.dots(&series.values),
            _ => self.path(plot, &series.values),
        };
        let colour = series.colour;
        let style = match series.stroke {
            Stroke::Dashed => " dashed",
            Stroke::Dots => " dots",
            Stroke::Line | Stroke::Area => "",
        };
        write!(svg, "<g class=\"series {colour}{style}\" data-series=\"{index}\">").expect(IN_MEMORY);
        if series.stroke == Stroke::Area {
            write!(svg, "<path class=\"area\" d=\"{}\"/>", self.area(plot, &series.values)).expect(IN_MEMORY);
        }
        write!(svg, "<path class=\"line\" d=\"{line}\"/></g>").expect(IN_MEMORY);
    }

    /// Points that follow each other without a gap.
    fn runs(&self, values: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
        let plot = self.plot();
        let mut runs = vec![Vec::new()];
        for (place, value) in self.places.iter().zip(values) {
            match value {
                Some(value) => {
                    let point = (plot.x(&self.x, *place), plot.y(&self.y, *value));
                    runs.last_mut().expect("invariant: there is a first run").push(point);
                }
                None => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn path(&self, _plot: &Plot, values: &[Option<f64>]) -> String {
        let mut path = String::new();
        for run in self.runs(values) {
            for (i, (x, y)) in run.iter().enumerate() {
                write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' }).expect(IN_MEMORY);
            }
            // A lone point has no length; a round cap shows a stroke of none as a dot.
            if run.len() == 1 {
                path.push_str("h0");
            }
        }
        path
    }

    /// A stroke of no length per value; its round cap shows as a dot.
    fn dots(&self, values: &[Option<f64>]) -> String {
        let mut path = String::new();
        for (x, y) in self.runs(values).into_iter().flatten() {
            write!(path, "M{x:.1} {y:.1}h0").expect(IN_MEMORY);
        }
        path
    }

    /// The area between two lines, where both are known.
    fn between(&self, low: &[Option<f64>], high: &[Option<f64>]) -> String {
        let plot = self.plot();
        let at = |place: &f64, value: f64| (plot.x(&self.x, *place), plot.y(&self.y, value));
        let ends = self.places.iter().zip(low.iter().zip(high));
        let known: Vec<_> =
            ends.filter_map(|(place, (low, high))| Some((at(place, (*low)?), at(place, (*high)?)))).collect();
        let mut path = String::new();
        let there = known.iter().map(|(low, _)| low);
        for (i, (x, y)) in there.chain(known.iter().rev().map(|(_, high)| high)).enumerate() {
            write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' }).expect(IN_MEMORY);
        }
        if !path.is_empty() {
            path.push('Z');
        }
        path
    }

    fn area(&self, plot: &Plot, values: &[Option<f64>]) -> String {
        let bottom = plot.bottom();
        let mut path = String::new();
        for run in self.runs(values).into_iter().filter(|run| run.len() > 1) {
            let (first, last) = (run[0].0, run[run.len() - 1].0);
            write!(path, "M{first:.1} {bottom:.1}").expect(IN_MEMORY);
            for (x, y) in run {
                write!(path, "L{x:.1} {y:.1}").expect(IN_MEMORY);
            }
            write!(path, "L{last:.1} {bottom:.1}Z").expect(IN_MEMORY);
        }
        path
    }

    /// The values for the script; `shares_places` when they lie where those of all time charts do.
    pub(super) fn data(&self, shares_places: bool) -> ChartData {
        let plot = self.plot();
        ChartData {
            id: self.id.clone(),
            plot: [plot.left, plot.top, plot.width, plot.height],
            x: AxisData {
                min: self.x.min,
                max: self.x.max,
                unit: self.x.unit,
                ticks: self.x.ticks.iter().map(|tick| (tick.at, tick.label.clone())).collect(),
            },
            y_unit: self.y.unit,
            places: (!shares_places).then(|| self.places.iter().map(|place| round_to(*place, 1e4)).collect()),
            series: self
                .series
                .iter()
                .map(|series| SeriesData {
                    name: series.name.clone(),
                    values: series.values.iter().map(|value| value.and_then(short)).collect(),
                })
                .collect(),
        }
    }
}

pub(super) fn round_to(value: f64, factor: f64) -> f64 {
    (value * factor).round() / factor
}

/// Four significant digits, as a whole number where that is shorter. `None` when not finite.
fn short(value: f64) -> Option<serde_json::Number> {
    let digits = if value == 0.0 { 0 } else { 3 - value.abs().log10().floor() as i32 };
    let factor = 10_f64.powi(digits);
    let rounded = (value * factor).round() / factor;
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        return Some((rounded as i64).into());
    }
    serde_json::Number::from_f64(rounded)
}

/// The start of a drawing with its name for those who do not see it.
pub(super) fn open(id: &str, width: f64, height: f64, title: &str, plot: &Plot) -> String {
    let title = xml(title);
    let mut svg = format!(
        "<svg class=\"chart\" data-chart=\"{id}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">"
    );
    let Plot { left, top, width, height } = plot;
    write!(
        svg,
        "<clipPath id=\"clip-{id}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
    )
    .expect(IN_MEMORY);
    svg
}

/// Grid lines and labels. The labels of x stand in a group of their own, which zooming rewrites.
pub(super) fn push_axes(svg: &mut String, plot: &Plot, x: &Axis, y: &Axis) {
    let right = plot.left + plot.width;
    for tick in &y.ticks {
        let at = plot.y(y, tick.at);
        write!(svg, "<path class=\"grid\" d=\"M{:.1} {at:.1}H{right:.1}\"/>", plot.left).expect(IN_MEMORY);
        let label = xml(&tick.label);
        write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            plot.left - 8.0,
            at + 4.0
        )
        .expect(IN_MEMORY);
    }
    svg.push_str("<g class=\"ticks\">");
    for (index, tick) in x.ticks.iter().enumerate() {
        push_x_tick(svg, plot, x, index, tick);
    }
    svg.push_str("</g>");
}

fn push_x_tick(svg: &mut String, plot: &Plot, x: &Axis, index: usize, tick: &Tick) {
    let (at, bottom) = (plot.x(x, tick.at), plot.bottom());
    // Every second label may be left out where letters are large.
    let class = if index % 2 == 1 { " class=\"second\"" } else { "" };
    let label = xml(&tick.label);
    write!(svg, "<path class=\"tick\" d=\"M{at:.1} {bottom:.1}v5\"/>").expect(IN_MEMORY);
    write!(
        svg,
        "<text{class} x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
        bottom + 19.0
    )
    .expect(IN_MEMORY);
}
