//! `cargo xtask container`: the image, as far as this machine can prove it.
//!
//! Lints the container file. With podman or docker it builds the image; without, it executes the commands of the build
//! stage in a copy of the sources, and tries the program that the last stage would take. Called by `main`.

mod file;
mod rehearsal;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::failure::Failure;
use crate::foreign;
use crate::project;

use self::file::ContainerFile;

/// The container file, in the project's root.
const FILE: &str = "Containerfile";
/// The environment that has the linter.
const LINTER: &str = "container-lint";

/// Lints, then builds or rehearses.
pub fn command(is_lint_only: bool) -> Result<ExitCode, Failure> {
    let path = project::root().join(FILE);
    let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    let file = ContainerFile::parse(&text).map_err(|why| Failure::Content { path, why })?;
    if !lint()? {
        return Ok(ExitCode::FAILURE);
    }
    if is_lint_only {
        return Ok(ExitCode::SUCCESS);
    }
    let engine =
        ["podman", "docker"].into_iter().filter_map(project::find_program).find(|engine| runs(engine));
    let is_good = match engine {
        Some(engine) => build(&engine)?,
        None => {
            eprintln!("no podman and no docker runs here: the build stage's commands are executed instead");
            rehearsal::play(&file)?
        }
    };
    println!("container: {}", if is_good { "passed" } else { "FAILED" });
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the linter has nothing to say; where it cannot be had, that is said instead.
fn lint() -> Result<bool, Failure> {
    foreign::ensure(&[LINTER])?;
    let linter = foreign::directory(LINTER).join("bin/hadolint");
    if !linter.is_file() {
        eprintln!("skip: there is no hadolint, so `{FILE}` is not linted");
        return Ok(true);
    }
    succeeds(Command::new(linter).arg(FILE))
}

/// Whether an engine answers; the client of docker can be there without one.
fn runs(engine: &Path) -> bool {
    let mut info = Command::new(engine);
    info.arg("info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    info.status().is_ok_and(|status| status.success())
}

fn build(engine: &Path) -> Result<bool, Failure> {
    succeeds(Command::new(engine).args(["build", "--file", FILE, "--tag", "dyno", "."]))
}

/// Runs a command in the project's root and says so.
fn succeeds(command: &mut Command) -> Result<bool, Failure> {
    let shown = project::shown(command);
    eprintln!("$ {shown}");
    let status = command.current_dir(project::root()).status().map_err(Failure::run(shown))?;
    Ok(status.success())
}

#[cfg(test)]
mod tests;
