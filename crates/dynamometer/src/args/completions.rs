//! `dyno completions` and `dyno man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Prints completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dyno completions bash > ~/.local/share/bash-completion/completions/dyno")]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the manual page, or writes one page per command.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dyno man --dir ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Directory for one page per command
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
}
