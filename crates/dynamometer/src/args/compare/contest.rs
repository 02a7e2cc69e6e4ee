//! Flags of `dyno compare --run`, which starts both builds and plays them in turns.

use std::time::Duration;

use clap::{Args, ValueEnum};
use dyno_model::Warmup;

use crate::args::values;

/// What is played.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Two builds in turns")]
pub struct ContestArgs {
    /// Start two builds and load them in turns, instead of reading results
    #[arg(long)]
    pub run: bool,
    /// The baseline: a command that starts it, or the URL of one that runs; {port} becomes a free port
    #[arg(long, value_name = "COMMAND|URL", requires = "run")]
    pub a: Option<String>,
    /// The candidate, in the same way
    #[arg(long, value_name = "COMMAND|URL", requires = "run")]
    pub b: Option<String>,
    /// The baseline as a commit, branch or tag of the git repository here
    #[arg(long, value_name = "REVISION", requires_all = ["run", "start"], conflicts_with = "a")]
    pub a_rev: Option<String>,
    /// The candidate as a commit, branch or tag; `.` is the working tree as it is
    #[arg(long, value_name = "REVISION", requires_all = ["run", "start"], conflicts_with = "b")]
    pub b_rev: Option<String>,
    /// The command that builds a revision, in its own directory; played once per commit
    #[arg(long, value_name = "COMMAND", requires = "run")]
    pub build: Option<String>,
    /// Builds of each revision, played in turns: a regression has to show in each; {build} in `--build` is the number
    #[arg(long, value_name = "N", requires = "build", value_parser = clap::value_parser!(u32).range(2..=8))]
    pub rebuild: Option<u32>,
    /// The command that starts a built revision
    #[arg(long, value_name = "COMMAND", requires = "run")]
    pub start: Option<String>,
    /// What to ask until it answers 2xx, such as http://127.0.0.1:{port}/health; twice without {port}: A's, then B's
    #[arg(long, value_name = "URL", requires = "run")]
    pub ready: Vec<String>,
    /// How long a build may take to be ready
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "30s", requires = "run")]
    pub ready_timeout: Duration,
    /// Without a plan: the path that is asked for; that of `--ready` unless given
    #[arg(long, value_name = "PATH", requires = "run")]
    pub path: Option<String>,
    /// Connections, as in `dyno http`
    #[arg(short = 'c', long, value_name = "N", requires = "run")]
    pub connections: Option<u32>,
    /// Requests per second, as in `dyno http`: makes the load open loop
    #[arg(short = 'q', long, value_name = "RATE", value_parser = values::rate, requires = "run")]
    pub rate: Option<f64>,
    /// Load of each build before the first round: a time (5s), or auto until it is steady [default: auto]
    #[arg(short = 'w', long, value_name = "WARMUP", value_parser = values::warmup, requires = "run")]
    pub warmup: Option<Warmup>,
    /// Time that may be spent; rounds become shorter to fit, and confirming ends with it
    #[arg(long, value_name = "TIME", value_parser = values::duration, requires = "run")]
    pub budget: Option<Duration>,
    /// Quads (four rounds, ABBA or BAAB) of the first pass
    #[arg(long, value_name = "N", requires = "run", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub quads: Option<u32>,
    /// Length of a round [default: 2s, longer for slow targets]
    #[arg(long, value_name = "TIME", value_parser = values::duration, requires = "run")]
    pub round: Option<Duration>,
    /// When both builds are started anew: for each quad, never, or as it pays off
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, requires = "run")]
    pub restart: RestartArg,
    /// Do not measure suspicious metrics again: nothing can then fail
    #[arg(long, requires = "run")]
    pub no_confirm: bool,
}

/// When both builds are started anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RestartArg {
    /// For each quad when starting is quick, else for each quad of the second pass if there is time
    #[default]
    Auto,
    /// Not at all
    Never,
    /// For each quad, however long it takes
    Each,
}
