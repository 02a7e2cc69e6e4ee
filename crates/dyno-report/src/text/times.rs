//! The table of times, the line of connection times and the spark line of the terminal summary.
//!
//! Called by the summary only.

use dyno_model::{Headline, RunRecord, units};

use super::ROWS_MAX;
use super::layout::{Page, Tone};
use crate::escape::{clip, line};
use crate::words;

const CELL: usize = 9;

/// One row per operation under the names of the three times.
pub(super) fn push_table(page: &mut Page, record: &RunRecord) {
    let rows = words::rows(record);
    // A narrow terminal loses the middle of the distribution before it loses a whole time.
    let narrow = page.width < 90;
    let columns = if narrow { 6 } else { 8 };
    let longest =
        rows.iter().take(ROWS_MAX).map(|(name, _, _)| line(name).chars().count()).max().unwrap_or(0);
    let room = page.width.saturating_sub(columns * CELL + 4);
    let name_width = longest.max("operation".len()).min(room);
    let response: &[(&str, f64)] = if narrow {
        &[("p50", 0.5), ("p99", 0.99), ("max", 1.0)]
    } else {
        &[("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)]
    };
    let service: &[(&str, f64)] = &[("p50", 0.5), ("p99", 0.99)];
    let lateness: &[(&str, f64)] = &[("p99", 0.99)];
    let groups = [("response time", response), ("service time", service), ("lateness", lateness)];
    let titles: Vec<String> = groups
        .iter()
        .map(|(title, columns)| format!("{title:>width$}", width = columns.len() * CELL))
        .collect();
    page.line(&page.toned(Tone::Plain, &format!("  {:name_width$}{}", "", titles.join(" "))));
    let labels: Vec<String> = groups
        .iter()
        .map(|(_, columns)| columns.iter().map(|(label, _)| format!("{label:>CELL$}")).collect::<String>())
        .collect();
    page.line(&page.toned(Tone::Plain, &format!("  {:name_width$}{}", "operation", labels.join(" "))));
    for (name, _, times) in rows.iter().take(ROWS_MAX) {
        let headlines = [&times.response_time_ns, &times.service_time_ns, &times.lateness_ns];
        let cells: Vec<String> = groups
            .iter()
            .zip(headlines)
            .map(|((_, columns), headline)| {
                columns.iter().map(|(_, q)| cell(headline, *q)).collect::<String>()
            })
            .collect();
        let name = clip(&line(name), name_width);
        page.line(&format!("  {name:name_width$}{}", cells.join(" ")));
    }
    page.rest(rows.len(), ROWS_MAX, "operations");
}

fn cell(headline: &Headline, q: f64) -> String {
    let value = if q >= 1.0 { headline.max } else { headline.histogram.quantile(q) };
    format!("{:>CELL$}", words::time(headline, value))
}

/// First byte, connecting and TLS: the parts that a response time does not show.
pub(super) fn push_connections(page: &mut Page, record: &RunRecord) {
    let pair = |h: &Headline| format!("p50 {} p99 {}", words::time(h, h.p50), words::time(h, h.p99));
    let mut parts = Vec::new();
    if record.times.first_byte_ns.count > 0 {
        parts.push(format!("first byte {}", pair(&record.times.first_byte_ns)));
    }
    for (name, times) in [("connect", &record.connect_ns), ("TLS", &record.tls_ns)] {
        if let Some(times) = times.as_ref().filter(|times| times.count > 0) {
            parts.push(format!("{name} {}", pair(times)));
        }
    }
    if record.times.failure_time_ns.count > 0 {
        parts.push(format!("until failure {}", pair(&record.times.failure_time_ns)));
    }
    if !parts.is_empty() {
        page.wrapped("also", &parts.join("; "));
    }
}

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SPARKS_MAX: usize = 60;

/// The worst p99 of each column over time, on a logarithmic scale; a blank where nothing succeeded.
pub(super) fn push_spark_line(page: &mut Page, record: &RunRecord) {
    let measured: Vec<_> = record.intervals.iter().filter(|interval| interval.measured).collect();
    let per_column = measured.len().div_ceil(SPARKS_MAX.min(page.room())).max(1);
    let columns: Vec<u64> = measured
        .chunks(per_column)
        .map(|chunk| chunk.iter().map(|interval| interval.histogram.quantile(0.99)).max().unwrap_or(0))
        .collect();
    let seen = || columns.iter().copied().filter(|value| *value > 0);
    let (Some(low), Some(high)) = (seen().min(), seen().max()) else { return };
    if columns.len() < 3 {
        return;
    }
    // The scale spans a factor of ten at least, or the noise of a steady run would look like mountains.
    let span = (high as f64 / low as f64).max(10.0).ln();
    let bar = |value: u64| match value {
        0 => ' ',
        _ => BARS[((value as f64 / low as f64).ln() / span * 7.0).round() as usize],
    };
    let line: String = columns.iter().map(|value| bar(*value)).collect();
    let range = format!("{} to {}", units::format_ns(low), units::format_ns(high));
    page.wrapped("over time", &line);
    page.wrapped("", &format!("response time p99 per second, {range}, log scale"));
}
