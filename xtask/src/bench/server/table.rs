//! The comparison in Markdown: a table for each case, and where the numbers come from.
//!
//! Measures nothing. Called by `server`.

use std::fmt::Write as _;
use std::process::Command;

use crate::project;

use super::super::machine;
use super::super::spread::Spread;
use super::contenders::Contender;
use super::generators;
use super::goals::OURS;
use super::idle::IdleResult;
use super::programs::Programs;
use super::samples::{CaseResult, Sample};

/// From here on a core counts as full; starting a process takes the rest.
const CORE_FULL_PERCENT: f64 = 90.0;

/// One table for each case of load.
pub fn results(results: &[CaseResult]) -> String {
    let mut text = String::from("# HTTP servers compared\n");
    for result in results {
        let ours: Vec<Contender> =
            OURS.iter().copied().filter(|it| result.of(*it).next().is_some()).collect();
        let ratios: String = ours.iter().map(|it| format!(" {} ÷ it |", it.name())).collect();
        let rule: String = ours.iter().map(|_| "---|").collect();
        let _infallible = write!(
            text,
            "\n## {}: {}\n\n\
             | server | µs CPU per request | user | kernel |{ratios} thousand/s | RSS MB | its core | failed |\n\
             |---|---|---|---|{rule}---|---|---|---|\n",
            result.case.name, result.case.title
        );
        for server in result.servers() {
            text.push_str(&row(result, server, &ours));
        }
        let rounds = result.samples.iter().map(|sample| sample.round + 1).max().unwrap_or(0);
        let generator = generators::name(result.case.form);
        let _infallible =
            writeln!(text, "\nMedian (min–max) of {rounds} interleaved rounds. Generator: {generator}.");
        text.push_str(&bottlenecks(result));
    }
    text
}

fn row(result: &CaseResult, server: Contender, ours: &[Contender]) -> String {
    let middle =
        |number: fn(&Sample) -> f64, decimals| Spread::middle(result.spread(server, number), decimals);
    let ratios: String = ours
        .iter()
        .map(|&ours| {
            let is_itself = ours == server;
            let ratio =
                if is_itself { "1".to_owned() } else { Spread::with_ends(result.ratio(ours, server), 2) };
            format!(" {ratio} |")
        })
        .collect();
    format!(
        "| {} | {} | {} | {} |{ratios} {} | {} | {} % | {} |\n",
        server.name(),
        Spread::with_ends(result.spread(server, Sample::cpu_us), 2),
        middle(Sample::user_us, 2),
        middle(Sample::system_us, 2),
        middle(Sample::thousand_per_s, 1),
        middle(Sample::rss_mb, 1),
        middle(Sample::core_percent, 0),
        result.failed(server),
    )
}

/// Under which servers the generator set the pace: their throughput could be higher than the table says.
fn bottlenecks(result: &CaseResult) -> String {
    let is_full =
        |server| result.spread(server, Sample::core_percent).is_some_and(|it| it.median >= CORE_FULL_PERCENT);
    let names: Vec<&str> =
        result.servers().into_iter().filter(|&it| !is_full(it)).map(Contender::name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "The core of {} was not full: their throughput is the generator's, their CPU time per request their own.\n",
        names.join(", ")
    )
}

/// The table of idle connections.
pub fn idle(results: &[IdleResult]) -> String {
    let Some(first) = results.first() else { return String::new() };
    let mut text = format!(
        "\n## idle: {} connections kept after one request\n\n\
         | server | KB per connection | RSS MB before | RSS MB with all | still answered at the end |\n\
         |---|---|---|---|---|\n",
        first.connections
    );
    let megabytes = |bytes: u64| super::super::spread::count(bytes) / 1e6;
    for result in results {
        let _infallible = writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} | {} |",
            result.server.name(),
            result.bytes_per_connection() / 1e3,
            megabytes(result.rss_before_bytes),
            megabytes(result.rss_idle_bytes),
            result.held
        );
    }
    text
}

/// The command, the machine and the versions, so that anyone can repeat it.
pub fn origin(programs: &Programs) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!(
        "\n## Origin\n\n`cargo xtask {}`\n\n{}; load average at the end {}.\n\
         Server and generator each on a core of their own, over loopback; every server is one process with one thread\n\
         that serves. CPU time and memory are the kernel's, of the whole process; counts are the generator's. All send\n\
         `date` and `content-length`. The contenders are `xtask/contenders`, built with our release profile. `dyno` is\n\
         `dyno serve` with all its limits on, `dyno-app` our framework with the contenders' routes; hyper\n\
         and actix-web have the same limits as far as they know them, axum's `axum::serve` has none on time.\n\
         The floor looks for the end of a request and nothing else; why the kernel's part differs between servers that make\n\
         the same system calls: [0007](adr/0007-calls-after-system-calls.md).\n\n",
        command.join(" "),
        machine::description(),
        machine::load_average()
    );
    for package in ["axum", "actix-web", "hyper", "h3", "quinn"] {
        if let Some(version) = Programs::locked_version(package) {
            let _infallible = writeln!(text, "- {package} {version}");
        }
    }
    let nginx = project::find_program("nginx").map(|it| (it, "-v"));
    let others = [
        programs.dyno.clone().map(|it| (it, "--version")),
        nginx,
        programs.h2load.clone().map(|it| (it, "--version")),
    ];
    for (program, argument) in others.into_iter().flatten() {
        let Ok(said) = Command::new(program).arg(argument).output() else { continue };
        let said = [said.stdout, said.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let _infallible = writeln!(text, "- {}", said.lines().next().unwrap_or_default().trim());
    }
    text
}
