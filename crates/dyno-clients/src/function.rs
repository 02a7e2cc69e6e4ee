//! A function of the user's own in place of a library: `py:MODULE:FUNCTION`.
//!
//! It runs in the user's Python, with the host's directory on the search path, through a worker that ships with the
//! tool. Before a contest it is looked at: whether it can be imported and called, in which mode, and whether it takes a
//! URL. Installs nothing.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use dyno_workers::{Spawn, spawn_group};
use serde::Deserialize;

use crate::environment::{EnvironmentError, find};

/// The worker that calls it, below the folder of the Python package.
const WORKER: &str = "python/dynamometer/workers/_function.py";

/// A function that is called in place of a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `MODULE:FUNCTION`.
    pub path: String,
    /// The Python that runs it; `None` is that of the active virtual environment, or `python3`.
    pub python: Option<PathBuf>,
    /// Variables that it keeps, with their values; all others are taken from it as from any worker.
    pub variables: Vec<(String, String)>,
    /// Whether it is called with the URL; true until it was looked at.
    pub takes_url: bool,
    /// Why it cannot be measured, when it was looked at and cannot.
    pub problem: Option<String>,
}

/// What the worker says about the function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Looked {
    Fit { mode: String, takes_url: bool },
    Unfit { problem: String },
}

impl Function {
    /// Reads `py:MODULE:FUNCTION`; both are names with dots.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let path = text.strip_prefix("py:")?;
        let (module, function) = path.split_once(':')?;
        (is_dotted(module) && is_dotted(function)).then(|| Self {
            path: path.to_owned(),
            python: None,
            variables: Vec::new(),
            takes_url: true,
            problem: None,
        })
    }

    /// How its worker is started.
    pub(crate) fn spawn(&self, name: &str, home: &Path) -> Result<Spawn, EnvironmentError> {
        if let Some(problem) = &self.problem {
            return Err(EnvironmentError::Unfit { client: name.to_owned(), problem: problem.clone() });
        }
        Ok(Spawn {
            name: name.to_owned(),
            program: self.program(name)?,
            arguments: vec![home.join(WORKER).into(), self.path.clone().into()],
            environment: self.environment(home),
            directory: None,
        })
    }

    /// Imports it once: gives its mode, and keeps whether it takes a URL, or why it cannot be measured.
    pub(crate) fn look(&mut self, name: &str, home: &Path) -> Result<Option<String>, EnvironmentError> {
        let mut spawn = self.spawn(name, home)?;
        spawn.arguments.insert(1, "--look".into());
        let failed = |problem: String| EnvironmentError::Unfit { client: name.to_owned(), problem };
        let program = spawn.program.display();
        // As the worker itself will be started, so that what holds here holds there.
        let mut command = spawn.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = spawn_group(&mut command)
            .and_then(|(child, _group)| child.wait_with_output())
            .map_err(|error| failed(format!("cannot start `{program}`: {error}")))?;
        match serde_json::from_slice(&output.stdout) {
            Ok(Looked::Fit { mode, takes_url }) => {
                self.takes_url = takes_url;
                Ok(Some(mode))
            }
            Ok(Looked::Unfit { problem }) => {
                self.problem = Some(problem);
                Ok(None)
            }
            Err(_) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let end = said.trim_end().lines().rev().take(6).collect::<Vec<_>>();
                let end = end.into_iter().rev().collect::<Vec<_>>().join("\n");
                let ended = output.status;
                self.problem = Some(format!("`{program}` ended while it imported it ({ended})\n{end}"));
                Ok(None)
            }
        }
    }

    fn program(&self, name: &str) -> Result<PathBuf, EnvironmentError> {
        if let Some(python) = &self.python {
            // A bare name is looked for, as a shell would do.
            let is_bare = python.components().count() == 1 && !python.is_file();
            return Ok(if is_bare {
                find(&python.to_string_lossy()).unwrap_or_else(|| python.clone())
            } else {
                python.clone()
            });
        }
        let active = std::env::var_os("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join("bin/python"));
        active.filter(|python| python.is_file()).or_else(|| find("python3")).ok_or_else(|| {
            EnvironmentError::NoRuntime { client: name.to_owned(), program: "python3".to_owned() }
        })
    }

    fn environment(&self, home: &Path) -> Vec<(String, String)> {
        let ours = home.join("python");
        let theirs = std::env::var_os("PYTHONPATH").unwrap_or_default();
        let folders = std::iter::once(ours).chain(std::env::split_paths(&theirs));
        let path = std::env::join_paths(folders).unwrap_or_default().to_string_lossy().into_owned();
        let mut environment = self.variables.clone();
        environment.push(("PYTHONPATH".to_owned(), path));
        environment.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        environment
    }
}

/// Whether it is `name` or `name.name`, as Python writes names.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|name| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests;
