//! `dyno selftest`.

use clap::Args;
use dyno_target::Injection;

use crate::args::calibrate::LoadArgs;
use crate::args::profile::ChoiceArgs;
use crate::commands::selftest::goal::{Goal, goal};

const HELP: &str = "\
Examples:
  dyno selftest --inject p99=+5%                   would a gate here find 5 % more p99?
  dyno selftest --inject rate=-3% --gates 20
  dyno selftest --inject p99=+10% --fail-on 'p99:+5%' --round 1s
  dyno selftest --slowness pause=1s:20ms           a slowness of your own, whatever it does to which metric

The embedded target is compared with a copy of itself that is slowed on purpose, and, as often, with one that is
not. The first should be caught, the second should not.

Exit codes:
  0 caught in more than half of the gates, with no more false alarms than promised · 1 not · 5 this machine is unfit";

/// Tests the gate itself: does it find a slowness that was put in, and leave alone what was not slowed.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct SelftestArgs {
    /// The metric that is made worse, and by how much: `p99=+5%`, `rate=-3%`, `errors=+0.5pp`, `rss=+20%`
    #[arg(long, value_name = "METRIC=CHANGE", value_parser = goal, required_unless_present = "slowness")]
    pub inject: Option<Goal>,
    /// What slows the copy, in place of what `--inject` finds: busy=5us, tail=1%:5ms, lock=10us, errors=0.5%,
    /// alloc=64KiB, held=20MiB, pause=1s:20ms, slow-first=1000:5ms
    #[arg(long, value_name = "TEXT", conflicts_with = "inject")]
    pub slowness: Option<Injection>,
    /// Gates with the slowed copy, and as many with one that is not slowed
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub gates: u32,
    /// A change for the worse that fails, repeatable, as in `dyno compare`
    #[arg(long = "fail-on", value_name = "RULE")]
    pub fail_on: Vec<String>,
    /// Quads (four rounds) of the first pass of a gate
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub quads: u32,
    #[command(flatten)]
    pub load: LoadArgs,
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print nothing but errors and data
    #[arg(long)]
    pub quiet: bool,
}
