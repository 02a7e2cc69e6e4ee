//! The servers of the comparison and how each is started.
//!
//! Measures nothing. Called by `frameworks`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::project;

use super::super::build::{build_example, succeeds};
use super::super::machine::Stop;
use super::super::process::Background;
use super::super::start::{self, Transport, free_port};

/// Where the applications in Python lie, with the versions they are compared in.
const PYTHON_FOLDER: &str = "xtask/contenders/python";

/// A server that can be started.
#[derive(Debug)]
pub struct Server {
    /// Its name in the result.
    pub name: &'static str,
    program: PathBuf,
    /// The application, for those in Python.
    application: Option<PathBuf>,
}

/// A server that is ready.
#[derive(Debug)]
pub struct Running {
    /// Its name in the result.
    pub name: &'static str,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The process, killed with this value.
    pub process: Background,
}

impl Server {
    /// Ours first, then those that can be had here; what is missing is said.
    pub fn available() -> Vec<Self> {
        let mut servers = Vec::new();
        match build_example("dyno-server", "contender") {
            Some(program) => servers.push(Self { name: "dyno", program, application: None }),
            None => eprintln!("skip: our server could not be built"),
        }
        let Some(python) = python() else {
            eprintln!("skip: Starlette, Flask and Tornado need python3 with venv and its package index");
            return servers;
        };
        let folder = project::root().join(PYTHON_FOLDER);
        for (name, file) in
            [("Starlette", "starlette_app.py"), ("Flask", "flask_app.py"), ("Tornado", "tornado_app.py")]
        {
            servers.push(Self { name, program: python.clone(), application: Some(folder.join(file)) });
        }
        servers
    }

    /// Starts it; `None` with a message when it does not listen.
    pub fn start(&self, folder: &Path, stop: &Stop) -> Result<Option<Running>, Failure> {
        let port = free_port()?;
        let mut command = Command::new(&self.program);
        match &self.application {
            Some(application) => command.arg(application).arg(port.to_string()),
            None => command.args(["--listen", &format!("127.0.0.1:{port}"), "--form", "http1"]),
        };
        let process = start::server(self.name, &mut command, port, Transport::Tcp, folder, stop)?;
        Ok(process.map(|process| Running { name: self.name, port, process }))
    }
}

/// The interpreter of an environment that has the frameworks in the versions of `requirements.txt`.
fn python() -> Option<PathBuf> {
    let environment = project::target_dir().join("frameworks/venv");
    let python = environment.join("bin/python");
    if !python.is_file() {
        let mut make = Command::new(project::find_program("python3")?);
        make.args(["-m", "venv"]).arg(&environment);
        succeeds(make).then_some(())?;
    }
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(project::root().join(PYTHON_FOLDER).join("requirements.txt"));
    succeeds(install).then_some(python)
}
