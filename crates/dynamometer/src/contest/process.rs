//! A program of one side as a child process: a group of its own, a log, and a certain end.
//!
//! The whole group ends with the contest, on errors, on signals and on panics. Called by `arm`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::CommandError;

/// How long a program may take to end in order before it is killed.
const ENDING: Duration = Duration::from_secs(3);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);
/// How much of a log is shown.
const TAIL_BYTES: u64 = 4_096;
const TAIL_LINES: usize = 15;

/// The groups that live, for a process that has to exit at once.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills every program that was started here; for a process that exits without unwinding.
pub fn kill_all() {
    let groups = GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for &group in groups.iter() {
        // It may be gone already.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// A running program with everything it started.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Pid,
    log: PathBuf,
    ended: Option<ExitStatus>,
    guardian: Option<Guardian>,
}

/// Kills a group when this process is gone without having done so, as after SIGKILL: it waits for the end of a pipe
/// that only this process holds.
#[derive(Debug)]
struct Guardian {
    shell: Child,
}

impl Guardian {
    /// Watches over a group. Without one the group is only less safe.
    fn of(group: Pid) -> Option<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", "read -r _; kill -s KILL -- \"-$0\"", &group.as_raw_nonzero().to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Neither a Ctrl-C of the terminal nor the end of the group is meant for it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Some(Self { shell: command.spawn().ok()? })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        // It is killed before its pipe closes, so that it kills nobody.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

impl Process {
    /// Starts a shell command in a group of its own; its output goes to the file `log`.
    ///
    /// # Errors
    /// When the log cannot be written or the shell cannot be started.
    pub fn start(
        text: &str,
        directory: Option<&Path>,
        variables: &[(&str, String)],
        log: &Path,
    ) -> Result<Self, CommandError> {
        let cannot =
            |error: std::io::Error| CommandError::target(format!("cannot start `{text}`")).because(error);
        let output = File::create(log).map_err(cannot)?;
        let errors = output.try_clone().map_err(cannot)?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(text).stdin(Stdio::null()).stdout(output).stderr(errors);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = directory {
            command.current_dir(directory);
        }
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(cannot)?;
        let group = Pid::from_child(&child);
        GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(group);
        Ok(Self { child, group, log: log.to_owned(), ended: None, guardian: Guardian::of(group) })
    }

    /// Its process number, which is that of its group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Ends the whole group: asks first, kills what is left.
    pub fn end(&mut self) {
        // Any of the group may be gone already, at any of these steps.
        let _ = kill_process_group(self.group, Signal::TERM);
        let asked = Instant::now();
        while self.ended().is_none() && asked.elapsed() < ENDING {
            std::thread::sleep(LOOK);
        }
        let _ = kill_process_group(self.group, Signal::KILL);
        if self.ended.is_none() {
            self.ended = self.child.wait().ok();
        }
        self.guardian = None;
        GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|group| *group != self.group);
    }

    /// The last lines that it wrote.
    pub fn tail(&self) -> String {
        tail(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last lines of a file.
pub fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}

#[cfg(test)]
mod tests;
