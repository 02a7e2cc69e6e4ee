//! A worker as a process: its own group, a scrubbed environment, three pipes that never block the host.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::group::{Group, spawn_group};
use crate::protocol::{LINE_MOST, Line, ToHost, ToWorker};

mod line_log;
mod lines;
mod tail;

use line_log::LineLog;
pub use lines::{LineRead, read_line};
pub(crate) use tail::Tail;

/// Variables of the host that a worker keeps. Proxies, certificates and credentials are not among them.
const KEPT: [&str; 9] =
    ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SystemRoot", "TEMP", "TMP", "USERPROFILE"];

/// Messages that may wait for the host; a worker that sends more has to wait itself.
const WAITING_MOST: usize = 256;

/// How long a process may take to exit after it was asked to, before its group is killed.
const GRACE: Duration = Duration::from_secs(2);

/// How long the rest of its stderr is waited for after that.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How to start a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spawn {
    /// What people call it, for messages.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables on top of the few that are kept.
    pub environment: Vec<(String, String)>,
    /// Where it starts; `None` is the host's directory.
    pub directory: Option<PathBuf>,
}

impl Spawn {
    /// The command with the few variables of the host that a worker keeps, and no others.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }
}

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the worker `{name}` with `{}`", program.display())]
pub struct ProcessError {
    /// The worker.
    pub name: String,
    /// Its program.
    pub program: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
    /// It did not, and was killed with its group.
    Killed,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::Signalled(signal) => match signal_name(*signal) {
                Some(name) => f.write_str(name),
                None => write!(f, "signal {signal}"),
            },
            Self::Killed => f.write_str("killed"),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    const NAMES: [(i32, &str); 9] = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (4, "SIGILL"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (15, "SIGTERM"),
    ];
    NAMES.iter().find(|(number, _)| *number == signal).map(|(_, name)| *name)
}

/// What the host hears next.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A message.
    Message(Box<ToHost>),
    /// A message whose fields are wrong.
    Broken { kind: String, problem: String },
    /// The worker closed its stdout.
    Closed,
    /// Nothing within the time.
    Nothing,
}

/// A running worker; dropping it kills its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Group,
    /// Lines for its stdin; dropped to close it.
    to_worker: Option<Sender<Vec<u8>>>,
    from_worker: Receiver<Line>,
    stderr: Arc<Mutex<Tail>>,
    /// Closed once its stderr is read to the end.
    is_read: Receiver<()>,
    ending: Option<Ending>,
}

impl Process {
    /// Starts it.
    pub(crate) fn start(spawn: &Spawn) -> Result<Self, ProcessError> {
        let mut command = spawn.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed =
            |source| ProcessError { name: spawn.name.clone(), program: spawn.program.clone(), source };
        let (mut child, group) = spawn_group(&mut command).map_err(failed)?;
        let stderr = Arc::new(Mutex::new(Tail::default()));
        let (to_worker, lines) = channel::<Vec<u8>>();
        let mut stdin = child.stdin.take().expect("invariant: stdin is piped");
        // A worker that does not read must not stop the host, so a thread of its own waits for the pipe.
        std::thread::spawn(move || {
            lines.into_iter().try_for_each(|line| stdin.write_all(&line).and_then(|()| stdin.flush()))
        });
        let stdout = child.stdout.take().expect("invariant: stdout is piped");
        let (heard, from_worker) = sync_channel(WAITING_MOST);
        let log = Arc::clone(&stderr);
        std::thread::spawn(move || read_lines(BufReader::new(stdout), &log, |line| heard.send(line).is_ok()));
        let pipe = child.stderr.take().expect("invariant: stderr is piped");
        let log = Arc::clone(&stderr);
        tracing::info!(worker = spawn.name, pid = child.id(), program = %spawn.program.display(), "worker begins");
        let name = spawn.name.clone();
        let (reads, is_read) = channel::<()>();
        std::thread::spawn(move || {
            keep_tail(pipe, &log, &mut LineLog::of(name));
            drop(reads);
        });
        Ok(Self { child, group, to_worker: Some(to_worker), from_worker, stderr, is_read, ending: None })
    }

    /// Its process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Says something; a worker that is gone is noticed when it is heard.
    pub(crate) fn say(&self, message: &ToWorker) {
        if let Some(to_worker) = &self.to_worker {
            let _ = to_worker.send(message.line());
        }
    }

    /// Waits for the next message, at most for `wait`.
    pub(crate) fn hear(&self, wait: Duration) -> Heard {
        match self.from_worker.recv_timeout(wait) {
            Ok(Line::Message(message)) => Heard::Message(message),
            Ok(Line::Broken { kind, problem }) => Heard::Broken { kind, problem },
            Ok(Line::Text(_)) => unreachable!("invariant: the reader keeps texts for the log"),
            Err(RecvTimeoutError::Timeout) => Heard::Nothing,
            Err(RecvTimeoutError::Disconnected) => Heard::Closed,
        }
    }

    /// The end of what it wrote to stderr, and to stdout without being a message.
    pub(crate) fn tail(&self) -> String {
        self.stderr.lock().map(|tail| tail.text()).unwrap_or_default()
    }

    /// Closes its stdin, waits a while for its exit, and kills the group if it does not come.
    pub(crate) fn finish(&mut self) -> Ending {
        self.to_worker = None;
        self.end(GRACE)
    }

    /// Asks it to end by SIGTERM, then kills the group.
    pub(crate) fn terminate(&mut self) -> Ending {
        self.group.terminate();
        self.to_worker = None;
        self.end(GRACE)
    }

    /// Kills the group at once.
    pub(crate) fn kill(&mut self) -> Ending {
        self.to_worker = None;
        self.end(Duration::ZERO)
    }

    fn end(&mut self, grace: Duration) -> Ending {
        if let Some(ending) = self.ending {
            return ending;
        }
        let deadline = Instant::now() + grace;
        let ending = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break ending_of(status),
                Ok(None) if Instant::now() < deadline => {
                    // The messages of its last moments; a full pipe must not keep it from exiting.
                    let _ = self.from_worker.recv_timeout(Duration::from_millis(5));
                }
                _ => break Ending::Killed,
            }
        };
        self.kill_group();
        // What it said last explains its end. A process that left the group may hold the pipe open for ever.
        let _ = self.is_read.recv_timeout(LAST_WORDS);
        tracing::info!(pid = self.child.id(), %ending, "worker ends");
        self.ending = Some(ending);
        ending
    }

    /// Kills whatever is left of the group.
    fn kill_group(&mut self) {
        self.group.kill();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ending.is_none() {
            self.kill_group();
        }
    }
}

fn ending_of(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signalled(signal);
    }
    Ending::Exited(status.code().unwrap_or(-1))
}

/// Reads lines until the pipe ends or `hand` refuses. Texts go to the log; a line that is too long is a broken message.
fn read_lines(mut pipe: impl BufRead, log: &Mutex<Tail>, hand: impl Fn(Line) -> bool) {
    let mut line = Vec::new();
    loop {
        let message = match read_line(&mut pipe, &mut line) {
            Ok(LineRead::End) | Err(_) => return,
            Ok(LineRead::Whole) => Line::read(&line),
            Ok(LineRead::TooLong) => Line::Broken {
                kind: "line".to_owned(),
                problem: format!("it is longer than {LINE_MOST} bytes"),
            },
        };
        match message {
            Line::Text(text) => {
                if let Ok(mut log) = log.lock() {
                    log.push(text.as_bytes());
                    log.push(b"\n");
                }
            }
            message => {
                if !hand(message) {
                    return;
                }
            }
        }
    }
}

fn keep_tail(mut pipe: impl Read, log: &Mutex<Tail>, lines: &mut LineLog) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut buffer) {
        lines.push(&buffer[..count]);
        if let Ok(mut log) = log.lock() {
            log.push(&buffer[..count]);
        }
    }
}

#[cfg(test)]
mod tests;
