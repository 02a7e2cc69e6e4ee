//! The servers of the comparison and how each is started.
//!
//! Measures nothing. Called by `frameworks`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::foreign;
use crate::project;

use super::super::build::{Building, build_example};
use super::super::machine::Stop;
use super::super::process::Background;
use super::super::start::{self, Transport, free_port};

/// Where the applications in Python lie; the versions of their frameworks are in `xtask/foreign.toml`.
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
    pub fn available(building: Building) -> Vec<Self> {
        let mut servers = Vec::new();
        match build_example(building, "dyno-server", "contender") {
            Some(program) => servers.push(Self { name: "dyno", program, application: None }),
            None => eprintln!("skip: our server could not be built"),
        }
        let python = foreign::directory("python-frameworks").join("bin/python");
        if !python.is_file() {
            eprintln!("skip: there is no Python with Starlette, Flask and Tornado");
            return servers;
        }
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
