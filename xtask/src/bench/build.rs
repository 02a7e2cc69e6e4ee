//! Building programs of the comparisons, ours and others'.
//!
//! What cannot be built is left out with a message; the rest still plays. Called by the comparisons.

use std::path::PathBuf;
use std::process::Command;

use crate::project;

/// Where the programs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Building {
    /// They are built from the sources as these are now.
    Fresh,
    /// They are taken as an earlier command left them.
    AsItIs,
}

impl Building {
    /// Reads a flag `--no-build`.
    pub fn unless(no_build: bool) -> Self {
        if no_build { Self::AsItIs } else { Self::Fresh }
    }

    /// Runs a command that builds, unless nothing is to be built.
    pub fn run(self, command: Command) -> bool {
        self == Self::AsItIs || succeeds(command)
    }
}

/// `program` of `package` with optimisation.
pub fn build_release(building: Building, package: &str, program: &str) -> Option<PathBuf> {
    let is_built = building.run(project::cargo(&["build", "--release", "--package", package]));
    let built = project::target_dir().join("release").join(program);
    (is_built && built.is_file()).then_some(built)
}

/// An example of `package` with optimisation.
pub fn build_example(building: Building, package: &str, example: &str) -> Option<PathBuf> {
    let is_built =
        building.run(project::cargo(&["build", "--release", "--package", package, "--example", example]));
    let built = project::target_dir().join("release/examples").join(example);
    (is_built && built.is_file()).then_some(built)
}

/// Runs a command whose output is talk; says so when it fails.
pub fn succeeds(mut command: Command) -> bool {
    eprintln!("$ {}", project::shown(&command));
    // Standard output is for the tables.
    match command.stdout(std::io::stderr()).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("cannot run `{}`: {error}", project::shown(&command));
            false
        }
    }
}
