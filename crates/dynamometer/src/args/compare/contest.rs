//! Flags of `dyno compare --run`, which starts both builds and plays them in turns.

use clap::Args;

/// What is played.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Two builds in turns")]
pub struct ContestArgs {
    /// Start two builds and load them in turns, instead of reading results
    #[arg(long)]
    pub run: bool,
}
