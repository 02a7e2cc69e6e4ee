//! A chart as an SVG file that stands by itself, readable on light and on dark pages.
//!
//! Knows points, bars and lines on plain or logarithmic axes. Not for the reports of the product, whose charts are drawn
//! by `dyno-report`. Called by every figure of this program.

use std::fmt::Write as _;

/// One axis: its words, its ends, and where it has lines with which label.
pub struct Axis {
    pub label: &'static str,
    pub min: f64,
    pub max: f64,
    pub is_log: bool,
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// A plain axis with these ticks, written in per cent.
    pub fn percent(label: &'static str, ticks: &[f64]) -> Self {
        Self::of(label, ticks, false, percent)
    }

    /// A logarithmic axis with these ticks, written in per cent.
    pub fn log_percent(label: &'static str, ticks: &[f64]) -> Self {
        Self::of(label, ticks, true, percent)
    }

    /// An axis from its first tick to its last.
    pub fn of(label: &'static str, ticks: &[f64], is_log: bool, write: fn(f64) -> String) -> Self {
        let (min, max) = (ticks[0], ticks[ticks.len() - 1]);
        Self { label, min, max, is_log, ticks: ticks.iter().map(|tick| (*tick, write(*tick))).collect() }
    }

    /// 0 to 1 along the axis; what lies outside is drawn at the end.
    fn place(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.is_log { value.max(self.min).ln() } else { value };
        ((scale(value) - scale(self.min)) / (scale(self.max) - scale(self.min))).clamp(0.0, 1.0)
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

/// What is drawn of one rule or budget.
pub struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// A vertical bar at x from low to high.
    pub bars: Vec<(f64, f64, f64)>,
    pub has_line: bool,
    pub has_dots: bool,
    pub is_dashed: bool,
}

impl Series {
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, bars: vec![], has_line: true, has_dots: false, is_dashed: false }
    }

    pub fn dots(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { has_line: false, has_dots: true, ..Self::line(name, points) }
    }

    /// Leaves out what lies beyond this x.
    pub fn end_at(&mut self, most: f64) {
        self.points.retain(|(x, _)| *x <= most);
        self.bars.retain(|(x, _, _)| *x <= most);
    }

    pub fn dashed(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { is_dashed: true, ..Self::line(name, points) }
    }
}

/// A figure.
pub struct Chart {
    /// The file's name without ending.
    pub id: &'static str,
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

const WIDTH: f64 = 760.0;
const PLOT_HEIGHT: f64 = 340.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 44.0;
const LEGEND_LINE: f64 = 20.0;
const LEGEND_COLUMNS: usize = 3;

/// Colours that stay apart for colour-blind eyes (Okabe and Ito), and grey for what is only a guide.
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#7b4fb5"];
const GUIDE: &str = "#8a8a8a";

const STYLE: &str = "<style>text{font:13px system-ui,sans-serif;fill:#222}.title{font-size:15px;font-weight:600}\
    .grid{stroke:#ddd;fill:none}.page{fill:#fff}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#3a3a3a}.page{fill:#161616}}</style>";

impl Chart {
    /// The file.
    pub fn svg(&self) -> String {
        let legend = self.series.len().div_ceil(LEGEND_COLUMNS) as f64 * LEGEND_LINE;
        let height = TOP + PLOT_HEIGHT + 56.0 + legend;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{0}\">{STYLE}\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/><text class=\"title\" x=\"16\" y=\"26\">{0}</text>",
            escaped(&self.title)
        );
        self.push_axes(&mut svg);
        let mut colours = COLOURS.into_iter().cycle();
        for (index, series) in self.series.iter().enumerate() {
            let colour = if series.is_dashed { GUIDE } else { colours.next().unwrap_or(GUIDE) };
            self.push_series(&mut svg, series, colour);
            push_legend(&mut svg, index, series, colour);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let width = WIDTH - LEFT - RIGHT;
        (LEFT + self.x.place(x) * width, TOP + (1.0 - self.y.place(y)) * PLOT_HEIGHT)
    }

    fn push_axes(&self, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, TOP + PLOT_HEIGHT);
        for (value, label) in &self.y.ticks {
            let (_, y) = self.at(self.x.min, *value);
            push(svg, format_args!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>"));
            push(
                svg,
                format_args!(
                    "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                    LEFT - 8.0,
                    y + 4.0
                ),
            );
        }
        for (value, label) in &self.x.ticks {
            let (x, _) = self.at(*value, self.y.min);
            push(svg, format_args!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>"));
            let y = bottom + 18.0;
            push(svg, format_args!("<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{label}</text>"));
        }
        let middle = f64::midpoint(LEFT, right);
        let y = bottom + 38.0;
        push(
            svg,
            format_args!(
                "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
                escaped(self.x.label)
            ),
        );
        let y = TOP + PLOT_HEIGHT / 2.0;
        push(
            svg,
            format_args!(
                "<text transform=\"translate(16 {y}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                escaped(self.y.label)
            ),
        );
    }

    fn push_series(&self, svg: &mut String, series: &Series, colour: &str) {
        for (x, low, high) in &series.bars {
            let ((x, low), (_, high)) = (self.at(*x, *low), self.at(*x, *high));
            push(svg, format_args!("<path stroke=\"{colour}\" d=\"M{x:.1} {low:.1}V{high:.1}\"/>"));
        }
        let places: Vec<(f64, f64)> = series.points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        if series.has_line {
            let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            let dash = if series.is_dashed { " stroke-dasharray=\"6 5\"" } else { "" };
            push(
                svg,
                format_args!(
                    "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash} d=\"M{}\"/>",
                    path.join("L")
                ),
            );
        }
        if series.has_dots {
            for (x, y) in places {
                push(svg, format_args!("<circle fill=\"{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
            }
        }
    }
}

fn push_legend(svg: &mut String, index: usize, series: &Series, colour: &str) {
    let column = (WIDTH - LEFT) / LEGEND_COLUMNS as f64;
    let x = 24.0 + (index % LEGEND_COLUMNS) as f64 * column;
    let y = TOP + PLOT_HEIGHT + 62.0 + (index / LEGEND_COLUMNS) as f64 * LEGEND_LINE;
    let dash = if series.is_dashed { " stroke-dasharray=\"6 5\"" } else { "" };
    push(
        svg,
        format_args!("<path stroke=\"{colour}\" stroke-width=\"3\"{dash} d=\"M{x:.0} {:.0}h22\"/>", y - 4.0),
    );
    push(svg, format_args!("<text x=\"{:.0}\" y=\"{y:.0}\">{}</text>", x + 28.0, escaped(&series.name)));
}

fn push(svg: &mut String, what: std::fmt::Arguments<'_>) {
    svg.write_fmt(what).expect("invariant: writing to memory does not fail");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
