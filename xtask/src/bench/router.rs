//! `cargo xtask bench router`: how long our router takes to find one of a thousand routes.
//!
//! The measuring is done by an example of `dyno-server`, optimised as every release. Called by `bench`.

use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::failure::Failure;

use super::bars::{self, Bar};
use super::build::{Building, build_example};
use super::machine::{self, Cores, Stop};
use super::process;
use super::spread::Spread;

const LOOKUP_NS_MAX: f64 = 150.0;

/// The flags of `bench router`.
#[derive(Debug, Args)]
pub struct RouterArguments {
    /// How often every kind of path is measured
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long, each time, in milliseconds
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..))]
    milliseconds: u32,
}

/// One line of the example.
#[derive(Debug, Deserialize)]
struct Line {
    kind: String,
    routes: u32,
    nanoseconds_per_lookup: f64,
}

/// One kind of path over all rounds.
#[derive(Debug)]
struct Kind {
    name: String,
    nanoseconds: Vec<f64>,
}

/// Builds, plays, and prints the table.
pub fn command(arguments: &RouterArguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let Some(program) = build_example(Building::Fresh, "dyno-server", "router_lookup") else {
        return Err(Failure::Bench("the example `router_lookup` could not be built".to_owned()));
    };
    let cores = Cores::choose()?;
    let mut kinds: Vec<Kind> = Vec::new();
    let mut routes = 0;
    for _ in 0..arguments.rounds {
        let mut command = Command::new(&program);
        command.arg(arguments.milliseconds.to_string());
        let limit = Duration::from_millis(u64::from(arguments.milliseconds) * 20) + Duration::from_secs(20);
        let finished = process::run_generator(&mut command, cores, limit, &stop)?;
        for line in read(&finished.output).map_err(Failure::Bench)? {
            routes = line.routes;
            match kinds.iter_mut().find(|kind| kind.name == line.kind) {
                Some(kind) => kind.nanoseconds.push(line.nanoseconds_per_lookup),
                None => kinds.push(Kind { name: line.kind, nanoseconds: vec![line.nanoseconds_per_lookup] }),
            }
        }
    }
    println!("{}", text(&kinds, routes, arguments.rounds));
    Ok(ExitCode::SUCCESS)
}

fn read(output: &str) -> Result<Vec<Line>, String> {
    let lines: Result<Vec<Line>, _> = output.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|_| format!("the example said: {output}"))?;
    if lines.is_empty() { Err("the example said nothing".to_owned()) } else { Ok(lines) }
}

fn text(kinds: &[Kind], routes: u32, rounds: u32) -> String {
    let mut text = format!("# Finding a route of {routes}\n\n| path | ns per lookup |\n|---|---|\n");
    let mut bars = Vec::new();
    for kind in kinds {
        let spread = Spread::of(kind.nanoseconds.clone());
        text.push_str(&format!("| {} | {} |\n", kind.name, Spread::with_ends(spread, 1)));
        bars.push(Bar::at_most(
            format!("{}: ns per lookup", kind.name),
            spread.map(|it| it.median),
            LOOKUP_NS_MAX,
        ));
    }
    text.push_str(&format!("\nMedian (min–max) of {rounds} rounds. {}.\n", machine::description()));
    text.push_str(&bars::table(&bars));
    text
}

#[cfg(test)]
mod tests;
