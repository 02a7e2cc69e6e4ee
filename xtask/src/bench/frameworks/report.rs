//! The result as text: a block for each server, then our ratios to each other one.
//!
//! Measures nothing. Called by `frameworks`.

use std::fmt::Write as _;

use super::super::machine;
use super::super::spread::{Spread, count};
use super::play::{ServerResult, Times};
use super::scenarios::SCENARIOS;

/// The whole result. The first server is ours.
pub fn text(results: &[ServerResult], rounds: u32, requests: u32) -> String {
    let mut text = format!(
        "Frameworks compared: {rounds} rounds of {requests} requests after 10 of warm-up, 10 connections, limit 2 s\n\
         {}\nTimes are medians over the rounds, of good answers alone; failed requests are counted beside them.\n",
        machine::description()
    );
    for result in results {
        text.push_str(&block(result));
    }
    if let Some((ours, others)) = results.split_first() {
        for other in others {
            text.push_str(&ratios(ours, other));
        }
    }
    text
}

fn block(result: &ServerResult) -> String {
    let mut text = format!("\n{}\n{}\n", result.name, "-".repeat(result.name.len()));
    let _infallible = writeln!(text, "  {:<16} {:8.1} MB", "Memory", result.rss_mb().unwrap_or(0.0));
    let _infallible = writeln!(text, "  {:<16} {:8.1} %", "CPU", result.cpu_percent().unwrap_or(0.0));
    let per_request = result.cpu_us_per_request();
    let _infallible = writeln!(
        text,
        "  {:<16} {} µs",
        "CPU per request",
        per_request.map_or("–".into(), |it| format!("{it:8.1}"))
    );
    for (scenario, plays) in SCENARIOS.iter().zip(&result.plays) {
        let shown = |number: fn(&Times) -> Option<f64>| {
            middle(plays, number).map_or_else(|| "       –".to_owned(), |it| format!("{it:8.3}"))
        };
        let failed: u64 = plays.iter().map(|it| it.failed).sum();
        let all = failed + plays.iter().map(|it| it.ok).sum::<u64>();
        let _infallible = writeln!(
            text,
            "  {:<16} mean {} ms   p95 {} ms   failed {failed} of {all}",
            scenario.name,
            shown(|it| it.mean_ms),
            shown(|it| it.p95_ms)
        );
    }
    text
}

fn ratios(ours: &ServerResult, other: &ServerResult) -> String {
    let title = format!("{} vs {}", ours.name, other.name);
    let mut text = format!("\n{title} (below 1 is better for {})\n{}\n", ours.name, "-".repeat(title.len()));
    let mut row = |name: &str, mean: Option<String>| {
        let _infallible = writeln!(text, "  {name:<16} {}", mean.unwrap_or_else(|| "–".to_owned()));
    };
    row("Memory", ratio(ours.rss_mb(), other.rss_mb()));
    row("CPU", ratio(ours.cpu_percent(), other.cpu_percent()));
    row("CPU per request", ratio(ours.cpu_us_per_request(), other.cpu_us_per_request()));
    for (index, scenario) in SCENARIOS.iter().enumerate() {
        let of = |number: fn(&Times) -> Option<f64>| {
            ratio(middle(&ours.plays[index], number), middle(&other.plays[index], number))
        };
        let both = of(|it| it.mean_ms).zip(of(|it| it.p95_ms));
        row(scenario.name, both.map(|(mean, p95)| format!("{mean}   p95 {p95}")));
    }
    text
}

/// `0.98x`; `None` when either was not measured.
pub fn ratio(ours: Option<f64>, other: Option<f64>) -> Option<String> {
    let (ours, other) = ours.zip(other.filter(|&it| it > 0.0))?;
    Some(format!("{:.2}x", ours / other))
}

/// The middle of a number over the rounds in which it was measured.
fn middle(plays: &[Times], number: fn(&Times) -> Option<f64>) -> Option<f64> {
    Spread::of(plays.iter().filter_map(number).collect()).map(|it| it.median)
}

impl ServerResult {
    /// Mean memory in megabytes of 1,000,000 bytes.
    fn rss_mb(&self) -> Option<f64> {
        let readings = self.rss_bytes.len();
        let sum = self.rss_bytes.iter().map(|&bytes| count(bytes)).sum::<f64>();
        (readings > 0).then(|| sum / 1e6 / count(readings as u64))
    }

    /// How much of its core it used while it was asked.
    fn cpu_percent(&self) -> Option<f64> {
        (!self.wall.is_zero()).then(|| 100.0 * self.cpu.as_secs_f64() / self.wall.as_secs_f64())
    }

    fn cpu_us_per_request(&self) -> Option<f64> {
        let ok: u64 = self.plays.iter().flatten().map(|it| it.ok).sum();
        (ok > 0).then(|| self.cpu.as_secs_f64() * 1e6 / count(ok))
    }
}
