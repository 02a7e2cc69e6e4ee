//! `dyno run`.

use std::path::PathBuf;

use clap::Args;

use crate::args::play::PlayArgs;

const HELP: &str = "\
Examples:
  dyno run                          the tour: starts the embedded target, loads it, judges, reports
  dyno run checkout.yaml            plays a plan
  dyno run checkout.yaml --dry-run  says what the plan means, with the origin of every value
  dyno run checkout.yaml --target http://staging:8080 -q 200 -o report.html -o junit.xml

Flags go before DYNO_* variables, those before the plan, the plan before defaults. `-d` is the duration, as `-z`.";

/// Plays a plan; without one, the built-in tour.
///
/// The tour starts the embedded target as a process of its own, loads it for some 14 s, judges, stores the run
/// and writes an HTML report into the current directory.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct RunArgs {
    /// The plan file, YAML or JSON
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// URL of the target in place of the plan's, repeatable
    #[arg(long = "target", value_name = "URL")]
    pub targets: Vec<String>,
    #[command(flatten)]
    pub play: PlayArgs,
}
