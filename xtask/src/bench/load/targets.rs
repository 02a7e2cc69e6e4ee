//! What is loaded: a raw responder, nginx with and without TLS, and our own server.
//!
//! Every target is one process with one thread, on the target's core. Called by `bench`.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::failure::Failure;

use super::super::certificate::Certificate;
use super::super::machine::Stop;
use super::super::nginx;
use super::super::process::Background;
use super::super::start::{self, Transport, free_port};
use super::install::Programs;
use super::tools::Tool;

const ANSWER: &str = " location / { return 200 \"Hello, World!\"; }";

/// A kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// Faster than any generator, and no HTTP server.
    Raw,
    /// nginx, clear text.
    Nginx,
    /// nginx, TLS 1.2 or 1.3 as the tool likes best.
    NginxTls,
    /// `dyno serve`.
    Dyno,
}

/// A target that is ready.
#[derive(Debug)]
pub struct Target {
    /// What generators send to.
    pub url: String,
    /// The process, killed with this value.
    pub process: Background,
}

/// All targets of one comparison, and the folder of their files.
#[derive(Debug)]
pub struct Targets {
    running: HashMap<TargetKind, Target>,
    // Dropped after the processes that write into it.
    _folder: TempDir,
}

impl Targets {
    /// Starts what `kinds` name; a target whose program is missing is left out with a message.
    pub fn start(kinds: &[TargetKind], programs: &Programs, stop: &Stop) -> Result<Self, Failure> {
        let folder =
            TempDir::with_prefix("dyno-bench-").map_err(Failure::system("make a temporary folder"))?;
        let mut running = HashMap::new();
        for &kind in kinds {
            if running.contains_key(&kind) {
                continue;
            }
            let port = free_port()?;
            let Some(mut command) = command_for(kind, port, programs, folder.path())? else {
                eprintln!("skip: no program for the target {kind:?}");
                continue;
            };
            let name = format!("{kind:?}");
            if let Some(process) =
                start::server(&name, &mut command, port, Transport::Tcp, folder.path(), stop)?
            {
                running.insert(kind, Target { url: url_of(kind, port), process });
            }
        }
        Ok(Self { running, _folder: folder })
    }

    /// The target of a kind, if it could be started.
    pub fn find(&self, kind: TargetKind) -> Option<&Target> {
        self.running.get(&kind)
    }
}

fn url_of(kind: TargetKind, port: u16) -> String {
    match kind {
        TargetKind::Raw | TargetKind::Nginx => format!("http://127.0.0.1:{port}/"),
        TargetKind::NginxTls => format!("https://127.0.0.1:{port}/"),
        TargetKind::Dyno => format!("http://127.0.0.1:{port}/plaintext"),
    }
}

fn command_for(
    kind: TargetKind,
    port: u16,
    programs: &Programs,
    folder: &Path,
) -> Result<Option<Command>, Failure> {
    let address = format!("127.0.0.1:{port}");
    match kind {
        TargetKind::Raw => Ok(programs.raw_responder.as_ref().map(|this| {
            let mut command = Command::new(this);
            command.args(["raw-responder", "--listen", &address]);
            command
        })),
        TargetKind::Dyno => Ok(programs.tools.get(&Tool::Dyno).map(|dyno| {
            let mut command = Command::new(dyno);
            command.args(["serve", "--listen", &address, "--threads", "1"]);
            command
        })),
        TargetKind::Nginx => {
            nginx::command(folder, "plain", &format!("listen {address} backlog=4096;{ANSWER}"))
        }
        TargetKind::NginxTls => {
            let Some(certificate) = Certificate::make(folder)? else { return Ok(None) };
            let listen = nginx::listen_tls(&address, &certificate);
            nginx::command(folder, "tls", &format!("{listen}{ANSWER}"))
        }
    }
}
