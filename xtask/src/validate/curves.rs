//! `cargo xtask validate curves`: the gate on machines that are made up, where the truth is known.
//!
//! Plays nothing itself: an example of `dyno-verdict` does, writes the figures and prints the tables. What real machines
//! show is the matter of `aa` and `inject`.

use std::process::{ExitCode, Stdio};

use crate::failure::Failure;
use crate::project;

use super::section;

/// Flags of the command.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only print the tables; leave docs/validation.md as it is and draw into the target directory
    #[arg(long)]
    no_write: bool,
}

/// Plays, draws, and writes the section.
pub fn command(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let page = project::root().join("docs/validation.md");
    let figures = if arguments.no_write {
        project::target_dir().join("validate/curves")
    } else {
        page.with_extension("")
    };
    let mut play =
        project::cargo(&["run", "--quiet", "--package", "dyno-verdict", "--example", "curves", "--"]);
    play.arg(&figures).stderr(Stdio::inherit());
    let shown = project::shown(&play);
    eprintln!("$ {shown}");
    let output = play.output().map_err(Failure::run(shown))?;
    if !output.status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    if !arguments.no_write {
        section::write(&page, "curves", &text)?;
    }
    Ok(ExitCode::SUCCESS)
}
