//! `dyno calibrate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::args::values;

const HELP: &str = "\
Examples:
  dyno calibrate                              the embedded target against itself
  dyno calibrate checkout.yaml --start './server --port {port}' --ready 'http://127.0.0.1:{port}/'
  dyno calibrate --append                     more sessions, on another day
  dyno calibrate --discover-only              the machine and what would be played; plays nothing

Two copies of one program are compared as if they were two: whatever differs is noise. The profile goes to the
profiles of this machine (see `dyno profile path`) and makes comparisons there E4.

Exit codes:
  0 written · 2 there is a profile already · 5 this machine is unfit, or the target fails · 130 interrupted";

/// Measures the noise of this machine, and how often its gate raises false alarms.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CalibrateArgs {
    /// The plan that is played; without one, GET of `--path`
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub twin: TwinArgs,
    /// Sessions: each starts both copies anew
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub sessions: u32,
    /// Quads (four rounds) of a session
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub quads: u32,
    /// A/A gates for the certificate; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub gates: u32,
    /// Count what the profile holds already as earlier sessions
    #[arg(long)]
    pub append: bool,
    /// Replace what was measured; limits, tolerances and all that people wrote stay
    #[arg(long, conflicts_with = "append")]
    pub overwrite: bool,
    /// Where the profile goes [default: the profiles of this machine]
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// Say what would be played and on which machine; play nothing
    #[arg(long)]
    pub discover_only: bool,
    /// How long the certificate is believed
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub valid_days: u32,
    /// Calibrate where `dyno doctor` says that this machine cannot gate
    #[arg(long)]
    pub allow_unfit: bool,
    /// Print the profile as JSON
    #[arg(long)]
    pub json: bool,
    /// Print nothing but errors and data
    #[arg(long)]
    pub quiet: bool,
}

/// What is played against itself, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is played")]
pub struct TwinArgs {
    /// The command that starts the target, twice; {port} becomes a free port [default: the embedded target]
    #[arg(long, value_name = "COMMAND", requires = "ready")]
    pub start: Option<String>,
    /// What to ask until it answers 2xx, such as http://127.0.0.1:{port}/health
    #[arg(long, value_name = "URL", requires = "start")]
    pub ready: Option<String>,
    /// How long the target may take to be ready
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "30s")]
    pub ready_timeout: Duration,
    #[command(flatten)]
    pub load: LoadArgs,
}

/// What is asked, and for how long.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is played")]
pub struct LoadArgs {
    /// Without a plan: the path that is asked for
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// Connections, as in `dyno http`
    #[arg(short = 'c', long, value_name = "N")]
    pub connections: Option<u32>,
    /// Requests per second, as in `dyno http`: makes the load open loop
    #[arg(short = 'q', long, value_name = "RATE", value_parser = values::rate)]
    pub rate: Option<f64>,
    /// Load of each copy before the first round: a time (5s), or auto until it is steady [default: auto]
    #[arg(short = 'w', long, value_name = "WARMUP", value_parser = values::warmup)]
    pub warmup: Option<dyno_model::Warmup>,
    /// Length of a round [default: 2s, longer for slow targets]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub round: Option<Duration>,
    /// The seed of everything random
    #[arg(long, value_name = "N", default_value_t = 42, env = "DYNO_PERF_SEED", hide_env_values = true)]
    pub seed: u64,
}
