//! `dyno history`.

use std::path::PathBuf;

use clap::Args;

const HELP: &str = "\
Examples:
  dyno history checkout
  dyno history checkout --metric p99 --metric errors
  dyno history checkout --since 2026-11-01
  dyno history checkout -o trend.html

Sessions are the runs of one name that can be compared with the newest one: the same machine, the
same requests, the same load. A change is told when it lasts for three sessions and no chance
explains it; what caused it lies between the two runs that are named.";

/// Shows how a plan's figures changed over its stored runs.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct HistoryArgs {
    /// The plan's name; without one, that of the newest run
    pub name: Option<String>,
    /// A metric to follow, repeatable, such as p99, rate, errors, mean
    #[arg(long = "metric", value_name = "METRIC")]
    pub metrics: Vec<String>,
    /// How many of the newest runs are looked at [default: 100; with --since all]
    #[arg(long, value_name = "N")]
    pub last: Option<u32>,
    /// Only runs from here on: a date (2026-11-01, in UTC), a time before now (30d), or a run
    #[arg(long, value_name = "DATE|TIME|RUN")]
    pub since: Option<String>,
    /// How many sessions the table shows
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// A file to write, repeatable: .html or .json
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
