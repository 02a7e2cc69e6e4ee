//! The programs of the comparison: ours, the contenders', the generators.
//!
//! What cannot be had is left out with a message; the rest still plays. Called by `server`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::project;

use super::super::build::{Building, build_example, build_release};
use super::cases::Play;
use super::contenders::{Contender, Form};

/// The workspace of the contenders.
const CONTENDERS: &str = "xtask/contenders/Cargo.toml";

/// Where everything that is started lies; what is missing here could not be had.
#[derive(Debug, Default)]
pub struct Programs {
    servers: HashMap<Contender, PathBuf>,
    /// This program with optimisation: the generator of HTTP/1.1 in clear text, and the floor.
    pub xtask: Option<PathBuf>,
    /// The generator of HTTP/1.1 over TLS.
    pub dyno: Option<PathBuf>,
    /// The generator of HTTP/2.
    pub h2load: Option<PathBuf>,
    /// The generator of HTTP/3.
    pub h3_load: Option<PathBuf>,
}

impl Programs {
    /// Finds or builds what `plays` need.
    pub fn find_or_build(plays: &[Play], building: Building) -> Self {
        let uses_form = |form| plays.iter().any(|play| play.case.form == form);
        let wanted: Vec<Contender> = Contender::ALL
            .into_iter()
            .filter(|it| plays.iter().any(|play| play.servers.contains(it)))
            .collect();
        let mut programs = Self::default();
        if uses_form(Form::Http1) {
            programs.xtask = build_release(building, "xtask", "xtask");
        }
        if uses_form(Form::Tls) || wanted.contains(&Contender::Dyno) {
            programs.dyno = build_release(building, "dynamometer", "dyno");
        }
        if uses_form(Form::Http2) {
            programs.h2load = project::find_program("h2load");
        }
        let needs_contenders = wanted.iter().any(|it| it.contender_program().is_some());
        let built =
            (needs_contenders || uses_form(Form::Http3)).then(|| build_contenders(building)).flatten();
        programs.h3_load = program_in(built.as_deref(), "h3_load");
        for contender in wanted {
            let program = match contender {
                Contender::Dyno => programs.dyno.clone(),
                Contender::App => build_example(building, "dyno-server", "contender"),
                Contender::Raw => programs.xtask.clone(),
                Contender::Nginx => project::find_program("nginx"),
                _ => contender.contender_program().and_then(|name| program_in(built.as_deref(), name)),
            };
            match program {
                Some(program) => {
                    programs.servers.insert(contender, program);
                }
                None => eprintln!("skip: `{}` is not available here", contender.name()),
            }
        }
        programs
    }

    /// The program of a server.
    pub fn server(&self, contender: Contender) -> Option<&Path> {
        self.servers.get(&contender).map(PathBuf::as_path)
    }

    /// The version of a package that the contenders are built from, by their lock file.
    pub fn locked_version(package: &str) -> Option<String> {
        let lock = std::fs::read_to_string(project::root().join(CONTENDERS).with_extension("lock")).ok()?;
        let lock: toml::Table = lock.parse().ok()?;
        lock.get("package")?.as_array()?.iter().find_map(|entry| {
            let is_it = entry.get("name")?.as_str()? == package;
            is_it.then(|| entry.get("version")?.as_str().map(str::to_owned)).flatten()
        })
    }
}

fn program_in(folder: Option<&Path>, name: &str) -> Option<PathBuf> {
    folder.map(|folder| folder.join(name)).filter(|program| program.is_file())
}

/// Builds all contenders in a target folder of their own; gives the folder of the programs.
fn build_contenders(building: Building) -> Option<PathBuf> {
    let target = project::target_dir().join("contenders");
    let mut build =
        project::cargo(&["build", "--release", "--locked", "--manifest-path", CONTENDERS, "--target-dir"]);
    build.arg(&target);
    building.run(build).then(|| target.join("release"))
}
