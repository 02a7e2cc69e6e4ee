//! The curves of the gate on machines that are made up: what it finds, how often it errs, what minutes buy.
//!
//! `curves DIRECTORY` writes one SVG per figure and `curves.json` with their points into the directory, and the tables
//! as Markdown to standard output. Called by `cargo xtask validate curves`. Everything is simulated with fixed seeds; what
//! real machines show is the matter of `cargo xtask validate aa` and `inject`.

mod alarms;
mod chart;
mod cost;
mod detection;
mod history;
mod honesty;

#[path = "../../tests/simulation/intervals.rs"]
mod intervals;
#[path = "../../tests/simulation/play.rs"]
mod play;
#[path = "../../tests/simulation/promises.rs"]
mod promises;
#[path = "../../tests/simulation/rivals.rs"]
mod rivals;
#[path = "../../tests/simulation/world.rs"]
mod world;

use std::io::Write as _;
use std::path::Path;

use self::chart::Chart;

/// Figures, and a text for the document.
pub struct Part {
    /// Each becomes a file.
    pub charts: Vec<Chart>,
    /// A section with its tables.
    pub markdown: String,
}

fn main() -> std::io::Result<()> {
    let Some(directory) = std::env::args_os().nth(1) else {
        return Err(std::io::Error::other("no directory given; write `curves DIRECTORY`"));
    };
    let parts: [fn() -> Part; 6] =
        [detection::part, alarms::part, honesty::part, cost::part, honesty::promises, history::part];
    // Two at a time: each is one thread of arithmetic.
    let mut made = Vec::with_capacity(parts.len());
    for pair in parts.chunks(2) {
        let both: Vec<Part> = std::thread::scope(|scope| {
            let threads: Vec<_> = pair.iter().map(|part| scope.spawn(part)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("invariant: arithmetic does not panic"))
                .collect()
        });
        made.extend(both);
    }
    write(Path::new(&directory), &made)
}

fn write(directory: &Path, parts: &[Part]) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let charts: Vec<&Chart> = parts.iter().flat_map(|part| &part.charts).collect();
    for chart in &charts {
        std::fs::write(directory.join(format!("{}.svg", chart.id)), chart.svg())?;
    }
    let data: serde_json::Map<String, serde_json::Value> =
        charts.iter().map(|chart| (chart.id.to_owned(), points(chart))).collect();
    std::fs::write(directory.join("curves.json"), format!("{:#}\n", serde_json::Value::Object(data)))?;
    let mut out = std::io::stdout().lock();
    for part in parts {
        out.write_all(part.markdown.as_bytes())?;
    }
    out.flush()
}

/// The points of a figure, by series.
fn points(chart: &Chart) -> serde_json::Value {
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let series: serde_json::Map<String, serde_json::Value> = chart
        .series
        .iter()
        .map(|series| {
            let points: Vec<[f64; 2]> =
                series.points.iter().map(|(x, y)| [rounded(*x), rounded(*y)]).collect();
            (series.name.clone(), serde_json::json!(points))
        })
        .collect();
    series.into()
}

/// A table of Markdown.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|word| (*word).to_owned()).collect();
    let rule = format!("|{}\n", " --- |".repeat(head.len()));
    format!("{}{rule}{}\n", line(&head), rows.iter().map(|row| line(row)).collect::<String>())
}

/// A share in per cent, with as many digits as say something.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        value if value >= 9.95 || value == 0.0 => format!("{value:.0} %"),
        value if value >= 0.995 => format!("{value:.1} %"),
        value => format!("{value:.2} %"),
    }
}
