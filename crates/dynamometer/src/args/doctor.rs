//! `dyno doctor`.

use clap::Args;

const HELP: &str = "\
Examples:
  dyno doctor              settings and noise of this machine, with what to change
  dyno doctor --self-test  plays runs with known results and shows measured beside computed, in some two minutes";

/// Says whether this machine is fit to measure on.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct DoctorArgs {
    /// Play runs whose results are known, and compare
    #[arg(long)]
    pub self_test: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
