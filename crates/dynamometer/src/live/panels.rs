//! The panels of the page: rate, response time, its spread, and what it costs.

use dyno_model::{ResourceSample, units};
use dyno_verdict::limits;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph};

use super::state::{LiveState, Point, Second};

/// Errors listed at most.
const ERRORS_SHOWN: usize = 5;
/// The charts never show less than this many seconds.
const SECONDS_LEAST: f64 = 10.0;
/// Steps of the spread per power of ten.
const STEPS_PER_DECADE: f64 = 4.0;

type Series = Vec<(f64, f64)>;

/// Requests per second, asked and achieved.
pub fn draw_rate(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let achieved: Series = state.points.iter().map(|point| (point.at_s, point.rate_per_s)).collect();
    let asked: Series =
        state.points.iter().filter_map(|point| Some((point.at_s, point.asked_per_s?))).collect();
    let top = achieved.iter().chain(&asked).map(|(_, rate)| *rate).fold(1.0, f64::max) * 1.1;
    let last = state.points.back();
    let title = match last.and_then(|point| point.asked_per_s) {
        Some(asked) => format!(" rate  achieved {}  asked {} ", rate_of(last), units::format_rate(asked)),
        None => format!(" rate  achieved {} ", rate_of(last)),
    };
    let series = [(asked, Color::DarkGray), (achieved, Color::Cyan)];
    let labels = [0.0, top / 2.0, top].map(units::format_rate);
    draw_chart(frame, area, title, &series, (0.0, top), labels.to_vec());
}

fn rate_of(point: Option<&Point>) -> String {
    point.map_or_else(|| "–".to_owned(), |point| units::format_rate(point.rate_per_s))
}

/// Response time per second, on a logarithmic scale.
pub fn draw_response(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let log = |get: fn(&Point) -> u64| -> Series {
        let known = state.points.iter().filter(|point| get(point) > 0);
        known.map(|point| (point.at_s, (get(point) as f64).log10())).collect()
    };
    let (p50, p99) = (log(|point| point.p50_ns), log(|point| point.p99_ns));
    let values = || p50.iter().chain(&p99).map(|(_, value)| *value);
    let low = values().fold(f64::INFINITY, f64::min);
    let (low, high) = if low.is_finite() { (low.floor(), values().fold(low, f64::max)) } else { (3.0, 9.0) };
    let high = high.ceil().max(low + 1.0);
    let quantile = |q: f64| {
        if state.response_time.is_empty() {
            "–".to_owned()
        } else {
            units::format_ns(state.response_time.quantile(q))
        }
    };
    let title = format!(" response time  p50 {}  p99 {} ", quantile(0.5), quantile(0.99));
    let decades = (high - low).round() as u32;
    let labels =
        (0..=decades).map(|step| units::format_ns(10_f64.powf(low + f64::from(step)) as u64)).collect();
    draw_chart(frame, area, title, &[(p50, Color::Green), (p99, Color::Yellow)], (low, high), labels);
}

fn draw_chart(
    frame: &mut Frame<'_>,
    area: Rect,
    title: String,
    series: &[(Series, Color)],
    bounds: (f64, f64),
    labels: Vec<String>,
) {
    let times = || series.iter().flat_map(|(points, _)| points).map(|(at_s, _)| *at_s);
    let first = times().fold(f64::INFINITY, f64::min);
    let first = if first.is_finite() { first } else { 0.0 };
    let last = times().fold(first + SECONDS_LEAST, f64::max);
    let datasets = series
        .iter()
        .map(|(points, colour)| {
            Dataset::default()
                .marker(Marker::Braille)
                .graph_type(GraphType::Line)
                .style(Style::new().fg(*colour))
                .data(points)
        })
        .collect();
    let seconds = [first, last].map(|at_s| format!("{at_s:.0} s"));
    let chart = Chart::new(datasets)
        .block(Block::bordered().title(title))
        .x_axis(Axis::default().bounds([first, last]).labels(seconds))
        .y_axis(Axis::default().bounds([bounds.0, bounds.1]).labels(labels));
    frame.render_widget(chart, area);
}

/// How response times are spread: a bar per quarter of a power of ten.
pub fn draw_spread(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let block = Block::bordered().title(" spread of response times ");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let bars = spread(state);
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let total = state.response_time.count().max(1);
    let room = usize::from(inner.width.saturating_sub(24));
    let shown = bars.len().min(usize::from(inner.height));
    // The slow end matters more when the window is too small for all.
    let lines: Vec<Line<'_>> = bars[bars.len() - shown..]
        .iter()
        .map(|(limit_ns, count)| {
            let length = (*count as f64 / most as f64 * room as f64).ceil() as usize;
            let share = units::format_share(*count as f64 / total as f64);
            Line::from(vec![
                Span::raw(format!("≤ {:>9} ", units::format_ns(*limit_ns))),
                Span::styled("█".repeat(length), Style::new().fg(Color::Cyan)),
                Span::raw(format!(" {share}")),
            ])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// (upper limit in ns, count) per step, without gaps between the first and the last.
fn spread(state: &LiveState) -> Vec<(u64, u64)> {
    let step_of = |ns: u64| ((ns.max(1) as f64).log10() * STEPS_PER_DECADE).ceil() as i32;
    let mut bars: Vec<(i32, u64)> = Vec::new();
    for (ns, count) in state.response_time.buckets() {
        let step = step_of(ns);
        while bars.last().is_some_and(|(last, _)| *last < step - 1) {
            let next = bars.last().map_or(step, |(last, _)| last + 1);
            bars.push((next, 0));
        }
        match bars.last_mut() {
            Some((last, sum)) if *last == step => *sum += count,
            _ => bars.push((step, count)),
        }
    }
    let limit = |step: i32| 10_f64.powf(f64::from(step) / STEPS_PER_DECADE).round() as u64;
    bars.into_iter().map(|(step, count)| (limit(step), count)).collect()
}

/// Errors, what is in flight, and what both sides use.
pub fn draw_resources(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let mut lines = Vec::new();
    if let Some(second) = &state.last {
        let limit = units::format_count(u64::from(state.plan.load.max_in_flight()));
        lines.push(Line::raw(format!("in flight  {} of {limit}", units::format_count(second.in_flight))));
        lines.push(lateness(second, state));
        if let Some(sample) = &second.generator {
            lines.extend(generator(sample, state.plan.threads));
        }
        lines.extend(second.target.as_ref().map(|sample| {
            let memory = units::format_size(sample.rss_bytes);
            Line::raw(format!("target     {:.2} cores  {memory}", sample.cpu_cores))
        }));
    }
    let red = Style::new().fg(Color::Red);
    if state.errors.is_empty() {
        lines.push(Line::raw("errors     none"));
    }
    for (kind, count) in state.errors.iter().take(ERRORS_SHOWN) {
        lines.push(Line::styled(format!("errors     {}  {kind}", units::format_count(*count)), red));
    }
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" now ")), area);
}

/// Lateness is the generator's doing only while not everything allowed is in flight.
fn lateness(second: &Second, state: &LiveState) -> Line<'static> {
    let text = format!("lateness   p99 {}", units::format_ns(second.lateness_p99_ns));
    let p50_ns = state.points.back().map_or(0, |point| point.p50_ns);
    let is_felt = second.lateness_p99_ns as f64 > p50_ns as f64 * limits::LATENESS_SUSPECT;
    if second.lateness_p99_ns > limits::LATENESS_FLOOR_NS && is_felt {
        let is_full = second.in_flight >= u64::from(state.plan.load.max_in_flight());
        let whose = if is_full { "the in-flight limit is reached" } else { "requests start late" };
        return Line::styled(format!("{text}  {whose}"), Style::new().fg(Color::Red));
    }
    Line::raw(text)
}

fn generator(sample: &ResourceSample, threads: u32) -> Vec<Line<'static>> {
    let memory = units::format_size(sample.rss_bytes);
    let text = format!("generator  {:.2} of {threads} cores  {memory}", sample.cpu_cores);
    if sample.cpu_cores / f64::from(threads.max(1)) < limits::CPU_SUSPECT {
        return vec![Line::raw(text)];
    }
    let bold = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    vec![Line::styled(text, bold), Line::styled("           the generator is the bottleneck", bold)]
}
