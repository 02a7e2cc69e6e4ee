//! The tool's own target as a child process, so that its CPU is its own and is seen as such.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde::Deserialize;

use crate::error::CommandError;

/// A running target; dropping it ends it.
#[derive(Debug)]
pub struct EmbeddedTarget {
    child: Child,
    /// Open as long as this process lives: its end ends the child, even when this process is killed.
    _stdin: ChildStdin,
    url: String,
    tls: Option<(String, String)>,
    threads: u32,
}

/// The one line that the child prints.
#[derive(Debug, Deserialize)]
struct Announcement {
    listen: Vec<String>,
    #[serde(default)]
    listen_tls: Vec<String>,
    #[serde(default)]
    ca_pem: Option<String>,
}

impl EmbeddedTarget {
    /// Starts it on a free port of the loopback interface.
    ///
    /// # Errors
    /// When the process cannot be started or does not say its address.
    pub fn start(threads: u32) -> Result<Self, CommandError> {
        Self::start_with(threads, &[])
    }

    /// The same, with more flags of its hidden command.
    ///
    /// # Errors
    /// When the process cannot be started or does not say its address.
    pub fn start_with(threads: u32, flags: &[String]) -> Result<Self, CommandError> {
        let failed = || CommandError::target("cannot start the embedded target");
        let program = std::env::current_exe().map_err(|error| failed().because(error))?;
        Self::start_program(&program, threads, flags)
    }

    /// Starts that of another copy of this program, with more flags of its hidden command.
    ///
    /// # Errors
    /// When the process cannot be started or does not say its address.
    pub fn start_program(program: &Path, threads: u32, flags: &[String]) -> Result<Self, CommandError> {
        let failed = || CommandError::target("cannot start the embedded target");
        let mut command = Command::new(program);
        command.args(["embedded-target", "--threads", &threads.to_string()]).args(flags);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A group of its own: Ctrl-C stops the load first, the target answers until then.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| failed().because(error))?;
        let stdin = child.stdin.take().expect("invariant: stdin is piped");
        let stdout = child.stdout.take().expect("invariant: stdout is piped");
        let mut target = Self { child, _stdin: stdin, url: String::new(), tls: None, threads };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| failed().because(error))?;
        let announcement: Announcement =
            serde_json::from_str(&line).map_err(|error| failed().because(error))?;
        let address = announcement.listen.first().ok_or_else(failed)?;
        target.url = format!("http://{address}");
        let tls = announcement.listen_tls.first().map(|address| format!("https://{address}"));
        target.tls = tls.zip(announcement.ca_pem);
        Ok(target)
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens with TLS, and the authority to trust, PEM; `None` without the flag `--tls`.
    pub fn tls(&self) -> Option<(&str, &str)> {
        self.tls.as_ref().map(|(url, ca_pem)| (url.as_str(), ca_pem.as_str()))
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many threads it serves with.
    pub fn threads(&self) -> u32 {
        self.threads
    }
}

impl Drop for EmbeddedTarget {
    fn drop(&mut self) {
        // It holds nothing that must be kept, so it need not be asked.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
