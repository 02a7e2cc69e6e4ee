//! Clients in Rust are started from the binary that was built, by whatever compiler that was.
//!
//! So what was set up once plays offline and without a compiler. Each says in its `hello` which one made it.

use std::path::PathBuf;

use dyno_workers::Spawn;

use super::{EnvironmentError, Environments, Installed, cargo, read_mark, runtime, write_mark};
use crate::contender::Contender;
use crate::files;

impl Environments {
    /// Builds the client, unless the build that is there will do: that of this compiler, or of any when there is none.
    pub(super) fn set_up_rust(
        &self,
        contender: &Contender,
        talk: &mut dyn FnMut(&str),
    ) -> Result<Installed, EnvironmentError> {
        let compiler = runtime::of(contender);
        if contender.is_foreign {
            return of_project(contender, talk).map(|(installed, _)| installed);
        }
        let mut why = String::new();
        if let Some(built) = self.built(contender) {
            match &compiler {
                Ok(compiler) if compiler.version != built.runtime => {
                    why = format!(
                        ", which Rust {} has built and Rust {} is here",
                        built.runtime, compiler.version
                    );
                }
                _ => return Ok(built),
            }
        }
        let compiler = compiler?;
        let what = match contender.requires.as_slice() {
            [] => "its own sources".to_owned(),
            requires => requires.join(", "),
        };
        talk(&format!("setting up {}: {what}{why}", contender.name));
        let (home, target, folder) =
            (self.unpack()?, self.root.join("rust-target"), self.folder_of_build(contender));
        let resolved = cargo::build(contender, &compiler.program, &home, &target, &folder, talk)?;
        let installed =
            Installed { requires: contender.requires.clone(), resolved, runtime: compiler.version };
        write_mark(&folder, &installed)?;
        Ok(installed)
    }

    /// How to start a client that was built.
    pub(super) fn spawn_rust(&self, contender: &Contender) -> Result<Spawn, EnvironmentError> {
        if contender.is_foreign {
            return of_project(contender, &mut |_| {}).map(|(_, program)| of_program(contender, program));
        }
        if self.built(contender).is_some() {
            let folder = self.folder_of_build(contender);
            return Ok(of_program(contender, folder.join(&contender.file)));
        }
        // Without a compiler that works with it, setting up would not help.
        runtime::of(contender)?;
        Err(EnvironmentError::NotInstalled { client: contender.name.clone() })
    }

    /// What is known of the client's build, when there is one of the sources that this `dyno` carries.
    pub(super) fn built(&self, contender: &Contender) -> Option<Installed> {
        let folder = self.folder_of_build(contender);
        read_mark(&folder).filter(|_| folder.join(&contender.file).is_file())
    }

    fn folder_of_build(&self, contender: &Contender) -> PathBuf {
        self.folder(contender, &files::rust_fingerprint())
    }
}

/// A user's own project, which cargo keeps up to date in its own folder; what it links, and its binary.
///
/// Cargo knows what has changed since the last time; a stale binary would be measured without a word. Where there is no
/// cargo, the binary is used as long as nothing has changed.
fn of_project(
    contender: &Contender,
    talk: &mut dyn FnMut(&str),
) -> Result<(Installed, PathBuf), EnvironmentError> {
    let installed = |resolved, runtime| Installed { requires: Vec::new(), resolved, runtime };
    match runtime::of(contender) {
        Ok(compiler) => {
            let (program, resolved) = cargo::build_foreign(contender, &compiler.program, talk)?;
            Ok((installed(resolved, compiler.version), program))
        }
        Err(EnvironmentError::NoRuntime { client, program: missing }) => {
            let program = cargo::built_foreign(contender, &missing)?;
            let program = program.ok_or(EnvironmentError::NoRuntime { client, program: missing })?;
            Ok((installed(Vec::new(), String::new()), program))
        }
        Err(error) => Err(error),
    }
}

/// A binary that needs nothing beside it.
fn of_program(contender: &Contender, program: PathBuf) -> Spawn {
    Spawn {
        name: contender.name.clone(),
        program,
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: None,
    }
}

#[cfg(test)]
mod tests;
