//! Each client in an environment of its own, keyed by what is in it: made once, used offline afterwards.
//!
//! Python clients get a virtual environment (by `uv` when it is there, else by `venv` and `pip`), Node clients a folder
//! with `node_modules`, Rust clients a binary (`rust`). Python and Node clients without requirements use the runtime as
//! it is, and the engine is the program that runs anyway.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dyno_workers::{Spawn, spawn_group};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::contender::Contender;
use crate::files;

mod cargo;
mod installer;
mod runtime;
mod rust;

pub(crate) use runtime::find;

/// What marks an environment as complete.
const MARK: &str = "environment.json";

/// Lines of an installer's output that are shown when it fails.
const TAIL_LINES: usize = 15;

/// Why a client cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// Its runtime is not on this machine.
    #[error("`{client}` needs {program}, which is not on this machine")]
    NoRuntime {
        /// The client.
        client: String,
        /// The program that was looked for.
        program: String,
    },
    /// Its runtime is too old or too new.
    #[error("skipped: `{client}` needs {lang} {needs}, here is {has}")]
    WrongRuntime {
        /// The client.
        client: String,
        /// The language.
        lang: String,
        /// The versions that it works with.
        needs: String,
        /// The version that is there.
        has: String,
    },
    /// It was not set up.
    #[error("`{client}` is not set up; `dyno clients setup {client}`")]
    NotInstalled {
        /// The client.
        client: String,
    },
    /// The installer failed.
    #[error("cannot set up `{client}`: `{command}` failed ({status})\n{tail}")]
    Install {
        /// The client.
        client: String,
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        tail: String,
    },
    /// It is a project of the user's own that has changed, and nothing here can build it.
    #[error(
        "`{client}` has to be built again, for `{}` has changed, and {program} is not on this machine",
        changed.display()
    )]
    Outdated {
        /// The client.
        client: String,
        /// What is newer than the binary.
        changed: PathBuf,
        /// The program that would build it.
        program: String,
    },
    /// It is a function of the user's own that cannot be measured.
    #[error("`{client}` cannot be measured: {problem}")]
    Unfit {
        /// The function.
        client: String,
        /// Why, with the end of the traceback when importing it failed.
        problem: String,
    },
    /// A file or folder could not be written or read.
    #[error("cannot {what} `{}`", path.display())]
    Files {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A client that is ready to be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// What was asked for.
    pub requires: Vec<String>,
    /// What is there, dependencies included, such as `httpx==0.28.1`.
    pub resolved: Vec<String>,
    /// The version of the runtime; in Rust that of the compiler that built it.
    pub runtime: String,
}

/// The environments of all clients below one folder.
#[derive(Debug, Clone)]
pub struct Environments {
    root: PathBuf,
}

impl Environments {
    /// Environments below `root`, which need not exist.
    #[must_use]
    pub fn below(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes the client's environment, unless it is there. `talk` hears what is done.
    ///
    /// # Errors
    /// When its runtime is missing or unfit, or the installer fails.
    pub fn set_up(
        &self,
        contender: &Contender,
        talk: &mut dyn FnMut(&str),
    ) -> Result<Installed, EnvironmentError> {
        if contender.lang == "rust" {
            return self.set_up_rust(contender, talk);
        }
        let runtime = runtime::of(contender)?;
        let folder = self.folder(contender, &runtime.version);
        if let Some(installed) = read_mark(&folder) {
            return Ok(installed);
        }
        if !contender.needs_set_up() {
            return Ok(Installed { requires: Vec::new(), resolved: Vec::new(), runtime: runtime.version });
        }
        talk(&format!("setting up {}: {}", contender.name, contender.requires.join(", ")));
        // What an interrupted set-up left is not to be trusted.
        let _ = std::fs::remove_dir_all(&folder);
        let failed = |what, source| EnvironmentError::Files { what, path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(|error| failed("make the folder", error))?;
        let resolved = match contender.lang.as_str() {
            "python" => install_python(contender, &runtime.program, &folder, talk)?,
            _ => install_node(contender, &folder)?,
        };
        let installed =
            Installed { requires: contender.requires.clone(), resolved, runtime: runtime.version };
        write_mark(&folder, &installed)?;
        Ok(installed)
    }

    /// How to start the client; its environment must be there. A client in Rust that was built needs no compiler.
    ///
    /// # Errors
    /// When its runtime is missing or unfit, or it was not set up.
    pub fn spawn(&self, contender: &Contender) -> Result<Spawn, EnvironmentError> {
        if let Some(function) = &contender.function {
            return function.spawn(&contender.name, &self.unpack()?);
        }
        if contender.is_engine() {
            return of_engine(contender);
        }
        if contender.lang == "rust" {
            return self.spawn_rust(contender);
        }
        let runtime = runtime::of(contender)?;
        let folder = self.folder(contender, &runtime.version);
        let is_installed = !contender.needs_set_up() || read_mark(&folder).is_some();
        if !is_installed {
            return Err(EnvironmentError::NotInstalled { client: contender.name.clone() });
        }
        let home = self.unpack()?;
        let program = match contender.lang.as_str() {
            "python" if !contender.requires.is_empty() => folder.join("venv/bin/python"),
            _ => runtime.program,
        };
        let mut environment = Vec::new();
        if contender.lang == "python" {
            environment.push(("PYTHONPATH".to_owned(), home.join("python").to_string_lossy().into_owned()));
            environment.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        }
        if contender.lang == "node" {
            let kit = format!("file://{}", home.join("node/sdk.mjs").display());
            environment.push(("DYNO_SDK".to_owned(), kit));
            // A worker of the user's own has its packages beside it.
            let beside = if contender.is_foreign { contender.file.parent() } else { Some(folder.as_path()) };
            let packages =
                beside.map(|folder| folder.join("node_modules")).filter(|packages| packages.is_dir());
            environment.extend(
                packages.map(|packages| {
                    ("DYNO_NODE_MODULES".to_owned(), packages.to_string_lossy().into_owned())
                }),
            );
        }
        Ok(Spawn {
            name: contender.name.clone(),
            program,
            arguments: arguments(contender, &home),
            environment,
            directory: None,
        })
    }

    /// A contender with what is known when its function was imported once; others as they are.
    ///
    /// What cannot be imported or called stays in `function.problem`, and `spawn` says it.
    ///
    /// # Errors
    /// When there is no Python to ask.
    pub fn look(&self, mut contender: Contender) -> Result<Contender, EnvironmentError> {
        if let Some(function) = &mut contender.function {
            let mode = function.look(&contender.name, &self.unpack()?)?;
            contender.modes = mode.map_or_else(|| vec!["sync".to_owned()], |mode| vec![mode]);
        }
        Ok(contender)
    }

    /// The folder of the workers that ship with the tool.
    fn unpack(&self) -> Result<PathBuf, EnvironmentError> {
        files::unpack(&self.root).map_err(|source| EnvironmentError::Files {
            what: "unpack workers below",
            path: self.root.clone(),
            source,
        })
    }

    /// Whether the client could be started now.
    #[must_use]
    pub fn is_set_up(&self, contender: &Contender) -> bool {
        if contender.lang == "rust" {
            return self.built(contender).is_some();
        }
        runtime::of(contender).is_ok_and(|runtime| {
            !contender.needs_set_up() || read_mark(&self.folder(contender, &runtime.version)).is_some()
        })
    }

    /// The client's folder. What is in it runs with `runtime`; for a client in Rust, is built from these sources.
    fn folder(&self, contender: &Contender, runtime: &str) -> PathBuf {
        let mut digest = Sha256::new();
        digest.update(runtime);
        for requirement in &contender.requires {
            digest.update("\n");
            digest.update(requirement);
        }
        let key: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.root.join(format!("{}-{key}", contender.name))
    }
}

/// The program that runs now, by the command of it that is a worker.
fn of_engine(contender: &Contender) -> Result<Spawn, EnvironmentError> {
    let program = std::env::current_exe().map_err(|source| EnvironmentError::Files {
        what: "find the program of",
        path: PathBuf::from(&contender.name),
        source,
    })?;
    Ok(Spawn {
        name: contender.name.clone(),
        program,
        arguments: vec![contender.file.clone().into()],
        environment: Vec::new(),
        directory: None,
    })
}

/// What follows the program on the command line.
fn arguments(contender: &Contender, home: &Path) -> Vec<OsString> {
    if contender.lang == "program" {
        return Vec::new();
    }
    if contender.is_foreign {
        return vec![contender.file.clone().into()];
    }
    if contender.lang == "python" {
        // By its path: `-m` would look into the current folder first, where a `requests.py` may lie.
        return vec![home.join("python/dynamometer/workers").join(&contender.file).into()];
    }
    vec![home.join("node").join("workers").join(&contender.file).into()]
}

fn read_mark(folder: &Path) -> Option<Installed> {
    serde_json::from_str(&std::fs::read_to_string(folder.join(MARK)).ok()?).ok()
}

fn write_mark(folder: &Path, installed: &Installed) -> Result<(), EnvironmentError> {
    let text = serde_json::to_vec_pretty(installed).expect("invariant: it is made of texts");
    std::fs::write(folder.join(MARK), text).map_err(|source| EnvironmentError::Files {
        what: "write into",
        path: folder.to_owned(),
        source,
    })
}

fn install_python(
    contender: &Contender,
    python: &Path,
    folder: &Path,
    talk: &mut dyn FnMut(&str),
) -> Result<Vec<String>, EnvironmentError> {
    let venv = folder.join("venv");
    let inside = venv.join("bin/python");
    let client = &contender.name;
    let has_uv = runtime::find("uv").is_some();
    if has_uv {
        run(client, Command::new("uv").args(["venv", "--quiet", "--python"]).arg(python).arg(&venv))?;
        let mut install = Command::new("uv");
        install.args(["pip", "install", "--no-progress", "--python"]).arg(&inside).args(&contender.requires);
        installer::run(client, &mut install, talk)?;
        let listed = run(client, Command::new("uv").args(["pip", "freeze", "--python"]).arg(&inside))?;
        return Ok(lines(&listed));
    }
    run(client, Command::new(python).args(["-m", "venv"]).arg(&venv))?;
    let mut install = Command::new(&inside);
    install
        .args(["-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"])
        .args(&contender.requires);
    installer::run(client, &mut install, talk)?;
    let mut list = Command::new(&inside);
    let listed = run(client, list.args(["-m", "pip", "freeze", "--disable-pip-version-check"]))?;
    Ok(lines(&listed))
}

fn install_node(contender: &Contender, folder: &Path) -> Result<Vec<String>, EnvironmentError> {
    let client = &contender.name;
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
    run(client, install.args(&contender.requires))?;
    let lock = std::fs::read_to_string(folder.join("package-lock.json")).unwrap_or_default();
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap_or_default();
    let packages = lock["packages"].as_object().into_iter().flatten();
    let named = packages.filter_map(|(path, package)| {
        let name = path.rsplit_once("node_modules/")?.1;
        Some(format!("{name}@{}", package["version"].as_str()?))
    });
    Ok(named.collect())
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// How an installer of this client fails, from its status and its last words.
fn failing<'a>(client: &'a str, line: &'a str) -> impl Fn(String, String) -> EnvironmentError + use<'a> {
    move |status, tail| EnvironmentError::Install {
        client: client.to_owned(),
        command: line.to_owned(),
        status,
        tail,
    }
}

/// Runs an installer; gives what it printed.
fn run(client: &str, command: &mut Command) -> Result<String, EnvironmentError> {
    let began = std::time::Instant::now();
    let line = command_line(command);
    let failed = failing(client, &line);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = spawn_group(command).and_then(|(child, _group)| child.wait_with_output());
    let output = started.map_err(|error| failed(error.to_string(), String::new()))?;
    tracing::info!(client, command = line, status = %output.status, spent = ?began.elapsed(), "set-up");
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let printed: Vec<&str> = printed.lines().collect();
    let tail = printed[printed.len().saturating_sub(TAIL_LINES)..].join("\n");
    Err(failed(output.status.to_string(), tail))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
