//! `dyno profile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::profiles::ProfileChoice;

const HELP: &str = "\
Examples:
  dyno profile list                      the profiles of this machine and repository, and which are used
  dyno profile explain checkout          what every metric of the plan `checkout` is held to
  dyno profile explain checkout p99      where each value of one metric comes from
  dyno profile path                      where the profiles of this machine are

Layers, the strongest first: --fail-on, DYNO_PERF_OVERRIDE and its like, the files of this machine, the files
of the repository (`dyno-profiles/`), built-in. `dyno calibrate` writes the files of this machine.";

/// Shows limits, tolerances and noise of this machine and where they come from.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ProfileArgs {
    #[command(subcommand)]
    pub command: ProfileCommand,
}

/// What can be shown of profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Say what metrics are held to, and where it comes from
    Explain {
        /// Name of a plan, or its file [default: every plan]
        #[arg(value_name = "PLAN")]
        plan: Option<String>,
        /// A metric such as `p99` or `browse/p99` [default: a line for each]
        #[arg(value_name = "METRIC")]
        metric: Option<String>,
        #[command(flatten)]
        choice: ChoiceArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the profiles that are used here
    List {
        #[command(flatten)]
        choice: ChoiceArgs,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the directories of profiles
    Path,
}

/// Which profiles are used.
#[derive(Debug, Clone, Default, Args)]
pub struct ChoiceArgs {
    /// A profile in place of those of this machine
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// Ignore the environment and the files of this machine
    #[arg(long)]
    pub frozen: bool,
    /// Fail when the environment changes anything
    #[arg(long)]
    pub deny_overrides: bool,
}

impl ChoiceArgs {
    /// The same for the reader of profiles.
    pub fn choice(&self) -> ProfileChoice<'_> {
        ProfileChoice {
            file: self.profile.as_deref(),
            is_frozen: self.frozen,
            denies_overrides: self.deny_overrides,
            is_calibration_only: false,
        }
    }
}
