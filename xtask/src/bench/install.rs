//! Programs that no package brings: oha from its source, `dyno` from ours.
//!
//! A program that cannot be had is left out with a message; the others still play. Called by `bench`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use crate::project;

use super::tools::Tool;

/// Where each available tool is.
pub type Programs = HashMap<Tool, PathBuf>;

/// Finds or builds the programs of `wanted`; `dyno` too when it is to serve.
pub fn programs(wanted: &[Tool], serves_dyno: bool, may_build_oha: bool) -> Programs {
    let mut programs = Programs::new();
    for tool in Tool::ALL {
        let is_wanted = wanted.contains(&tool) || (tool == Tool::Dyno && serves_dyno);
        if !is_wanted {
            continue;
        }
        let program = match tool {
            Tool::Dyno => build_dyno(),
            Tool::Oha => find_or_build_oha(may_build_oha),
            _ => project::find_program(tool.name()),
        };
        match program {
            Some(program) => {
                programs.insert(tool, program);
            }
            None => eprintln!("skip: `{}` is not available here", tool.name()),
        }
    }
    programs
}

fn build_dyno() -> Option<PathBuf> {
    let is_built = succeeds(project::cargo(&["build", "--release", "--package", "dynamometer"]));
    let program = project::target_dir().join("release/dyno");
    (is_built && program.is_file()).then_some(program)
}

fn find_or_build_oha(may_build: bool) -> Option<PathBuf> {
    let tools = project::target_dir().join("tools");
    let built = tools.join("bin/oha");
    if built.is_file() {
        return Some(built);
    }
    if let Some(found) = project::find_program("oha") {
        return Some(found);
    }
    if !may_build {
        return None;
    }
    eprintln!("building oha from source, which takes some minutes once (`--no-oha` leaves it out)");
    let mut install = project::cargo(&["install", "oha", "--locked", "--root"]);
    install.arg(&tools);
    (succeeds(install) && built.is_file()).then_some(built)
}

fn succeeds(mut command: Command) -> bool {
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
