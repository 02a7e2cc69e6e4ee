//! Programs that no package brings: oha from its source, `dyno` from ours.
//!
//! A program that cannot be had is left out with a message; the others still play. Called by `bench`.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::project;

use super::super::build::{Building, build_release, succeeds};
use super::cases::Play;
use super::targets::TargetKind;
use super::tools::Tool;

/// Where everything that is started lies; what is missing here could not be had.
#[derive(Debug, Default)]
pub struct Programs {
    /// The load generators. Ours is also a target.
    pub tools: HashMap<Tool, PathBuf>,
    /// This program with optimisation, to be the raw responder: an unoptimised one could be the bottleneck.
    pub raw_responder: Option<PathBuf>,
}

/// Finds or builds what `plays` need.
pub fn programs(plays: &[Play], may_build_oha: bool) -> Programs {
    let uses = |kind| plays.iter().any(|play| play.case.target == kind);
    let mut programs = Programs::default();
    if uses(TargetKind::Raw) {
        programs.raw_responder = build_release(Building::Fresh, "xtask", "xtask");
    }
    for tool in Tool::ALL {
        let is_player = plays.iter().any(|play| play.tools.contains(&tool));
        let is_target = tool == Tool::Dyno && uses(TargetKind::Dyno);
        if !is_player && !is_target {
            continue;
        }
        let program = match tool {
            Tool::Dyno => build_release(Building::Fresh, "dynamometer", "dyno"),
            Tool::Oha => find_or_build_oha(may_build_oha),
            _ => project::find_program(tool.name()),
        };
        match program {
            Some(program) => {
                programs.tools.insert(tool, program);
            }
            None => eprintln!("skip: `{}` is not available here", tool.name()),
        }
    }
    programs
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
    // Its own build directory, so that no other build of this project waits for it.
    install.arg(&tools).arg("--target-dir").arg(tools.join("build"));
    (succeeds(install) && built.is_file()).then_some(built)
}
