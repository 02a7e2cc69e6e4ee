//! The comparison in Markdown: a table for each case, the bars, and where the numbers come from.
//!
//! Measures nothing. Called by `bench`.

use std::fmt::Write as _;
use std::process::Command;

use super::super::bars::{self, Bar};
use super::super::machine;
use super::super::spread::Spread;
use super::install::Programs;
use super::samples::{CaseResult, Sample};
use super::tools::Tool;

/// From here on the target, not the generator, sets the pace; starting a process takes the rest.
const TARGET_CORE_FULL_PERCENT: f64 = 95.0;
const EXTRA_CONNECTIONS: f64 = 10_000.0 - 64.0;

/// One table for each case.
pub fn results(results: &[CaseResult]) -> String {
    let mut text = String::from("# Load generators compared\n");
    for result in results {
        let rounds = result.samples.iter().map(|sample| sample.round + 1).max().unwrap_or(0);
        let asked = result.rate_per_s.map(|rate| format!(", asked {rate}/s")).unwrap_or_default();
        let _infallible = write!(
            text,
            "\n## {}: {}{asked}\n\n\
             | tool | thousand requests per CPU-s | × wrk | user µs per request | RSS MB | thousand/s | target's core | errors |\n\
             |---|---|---|---|---|---|---|---|\n",
            result.case.name, result.case.title
        );
        for tool in result.tools() {
            text.push_str(&row(result, tool));
        }
        let _infallible = writeln!(text, "\nMedian (min–max) of {rounds} interleaved rounds.");
        text.push_str(&saturation(result));
    }
    text
}

/// A generator that waits for a full target says less about itself than it could.
fn saturation(result: &CaseResult) -> String {
    let is_full = |tool: &Tool| {
        result
            .spread(*tool, Sample::target_core_percent)
            .is_some_and(|it| it.median >= TARGET_CORE_FULL_PERCENT)
    };
    let names: Vec<&str> = result.tools().into_iter().filter(is_full).map(Tool::name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("The target's core was full under {}, so the target set the pace.\n", names.join(", "))
}

fn row(result: &CaseResult, tool: Tool) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} | {} % | {} |\n",
        tool.name(),
        Spread::with_ends(result.spread(tool, |it| it.requests_per_cpu_s() / 1e3), 1),
        Spread::with_ends(result.ratio_to_wrk(tool), 2),
        Spread::middle(result.spread(tool, Sample::user_us_per_request), 2),
        Spread::middle(result.spread(tool, Sample::rss_mb), 1),
        Spread::middle(result.spread(tool, Sample::thousand_per_s), 1),
        Spread::middle(result.spread(tool, Sample::target_core_percent), 0),
        result.errors(tool),
    )
}

/// What `dyno` is to reach, and whether it did.
pub fn bars(results: &[CaseResult]) -> String {
    let case = |name: &str| results.iter().find(|result| result.case.name == name);
    let median = |spread: Option<Spread>| spread.map(|it| it.median);
    let ratio = |name: &str| median(case(name).and_then(|it| it.ratio_to_wrk(Tool::Dyno)));
    let rss_mb = |name: &str| median(case(name).and_then(|it| it.spread(Tool::Dyno, Sample::rss_mb)));
    let user_us = case("raw-c64").and_then(|it| it.spread(Tool::Dyno, Sample::user_us_per_request));
    let lateness = case("rate-c64").and_then(|it| it.lateness_p99_us(Tool::Dyno));
    let per_connection_kib = rss_mb("raw-c10000")
        .zip(rss_mb("raw-c64"))
        .map(|(many, few)| (many - few) * 1e6 / 1024.0 / EXTRA_CONNECTIONS);

    let bars = [
        Bar::at_least("raw-c64: requests per CPU-s, × wrk", ratio("raw-c64"), 1.2),
        Bar::at_most("raw-c64: user µs per request", median(user_us), 0.6),
        Bar::at_most("raw-c64: RSS in MB", rss_mb("raw-c64"), 12.0),
        Bar::at_least("raw-c1: requests per CPU-s, × wrk", ratio("raw-c1"), 1.0),
        Bar::at_least("raw-c1000: requests per CPU-s, × wrk", ratio("raw-c1000"), 1.3),
        Bar::at_least("nginx-c64: requests per CPU-s, × wrk", ratio("nginx-c64"), 1.0),
        Bar::at_least("tls-c64: requests per CPU-s, × wrk", ratio("tls-c64"), 1.0),
        Bar::at_most("rate-c64: the generator's own lateness, p99 in µs", median(lateness), 100.0),
        Bar::at_most("raw-c10000: RSS per extra connection in KiB", per_connection_kib, 16.0),
    ];
    bars::table(&bars)
}

/// The command, the machine and the versions, so that anyone can repeat it.
pub fn origin(programs: &Programs) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!(
        "\n## Origin\n\n`cargo xtask {}`\n\n{}; load average at the end {}.\n\
         Target and generator each on a core of their own, over loopback. CPU time and memory of the whole\n\
         process are the kernel's; the count of requests is the tool's own.\n\n",
        command.join(" "),
        machine::description(),
        machine::load_average()
    );
    for tool in Tool::ALL {
        let (Some(program), Some(argument)) = (programs.tools.get(&tool), tool.version_argument()) else {
            continue;
        };
        let Ok(said) = Command::new(program).arg(argument).output() else { continue };
        let said = [said.stdout, said.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let _infallible =
            writeln!(text, "- {}: {}", tool.name(), said.lines().next().unwrap_or_default().trim());
    }
    text
}
