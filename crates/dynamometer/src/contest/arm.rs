//! One side: what it is, how it is started, where it is asked, and whether it still lives.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dyno_plan::Overrides;

use crate::contest::process::Process;
use crate::contest::ready::{self, Answer};
use crate::error::CommandError;
use crate::play::EmbeddedTarget;
use crate::play::signals::Interrupts;

/// The place of a port in commands and URLs.
pub const PORT: &str = "{port}";

/// How often a side that starts is asked.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// One side, before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArmSpec {
    /// It runs already.
    Url(String),
    /// A shell command starts it.
    Command {
        /// The command; `{port}` becomes a free port.
        text: String,
        /// Where it is started; `None` is here.
        directory: Option<PathBuf>,
        /// The same for each further build of the same revision.
        rebuilt: Vec<PathBuf>,
        /// What answers 2xx when it is ready; `{port}` becomes the same port.
        ready: String,
        /// What people call it, when that is not the command.
        label: Option<String>,
        /// The commit that it was built from.
        build: Option<String>,
    },
    /// The tool's own target.
    Embedded {
        /// Which copy of this program; `None` is this one.
        program: Option<PathBuf>,
        /// More flags of its hidden command.
        flags: Vec<String>,
    },
}

impl ArmSpec {
    /// What people call it.
    pub fn label(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Command { text, label, .. } => label.as_ref().unwrap_or(text).clone(),
            Self::Embedded { flags, .. } if flags.is_empty() => "embedded target".to_owned(),
            Self::Embedded { flags, .. } => format!("embedded target {}", flags.join(" ")),
        }
    }

    /// Whether we start it.
    pub fn is_ours(&self) -> bool {
        !matches!(self, Self::Url(_))
    }

    /// How many builds of it there are.
    pub fn builds(&self) -> u32 {
        match self {
            Self::Command { rebuilt, .. } => 1 + rebuilt.len() as u32,
            Self::Url(_) | Self::Embedded { .. } => 1,
        }
    }

    /// Whether we can start it again and again: at a port of its own each time, which nobody still holds.
    pub fn restarts_easily(&self) -> bool {
        match self {
            Self::Url(_) => false,
            Self::Command { ready, .. } => ready.contains(PORT),
            Self::Embedded { .. } => true,
        }
    }
}

/// What starting needs to know.
pub struct Starter<'a> {
    /// Where logs are kept.
    pub logs: &'a Path,
    /// How long it may take.
    pub patience: Duration,
    /// Flags of the connections to it.
    pub flags: &'a Overrides,
    /// Threads of an embedded target.
    pub threads: u32,
    /// Ends the waiting.
    pub interrupts: &'a Interrupts,
}

/// A side that runs.
#[derive(Debug)]
pub struct Arm {
    /// Scheme, host and port, such as `http://127.0.0.1:40123`; `None` when the plan says where it is.
    pub origin: Option<String>,
    /// From the start of the program to its first 2xx; `None` when we did not start it.
    pub start_up: Option<Duration>,
    letter: &'static str,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Elsewhere,
    Child(Process),
    Embedded(EmbeddedTarget),
}

impl Arm {
    /// Starts a build of a side, counted from zero, and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready in time; with the end of its log.
    pub fn start(
        spec: &ArmSpec,
        build: u32,
        letter: &'static str,
        starter: &Starter<'_>,
    ) -> Result<Self, CommandError> {
        match spec {
            ArmSpec::Url(_) => Ok(Self { origin: None, start_up: None, letter, body: Body::Elsewhere }),
            ArmSpec::Embedded { program, flags } => {
                let begun = Instant::now();
                let here = || {
                    std::env::current_exe()
                        .map_err(|error| CommandError::internal("cannot find this program").because(error))
                };
                let program = program.clone().map_or_else(here, Ok)?;
                let target = EmbeddedTarget::start_program(&program, starter.threads, flags)?;
                let origin = Some(target.url().to_owned());
                Ok(Self { origin, start_up: Some(begun.elapsed()), letter, body: Body::Embedded(target) })
            }
            ArmSpec::Command { text, directory, rebuilt, ready, .. } => {
                let further = build.checked_sub(1).and_then(|index| rebuilt.get(index as usize));
                let directory = further.or(directory.as_ref());
                Self::start_command(text, directory.map(PathBuf::as_path), ready, letter, starter)
            }
        }
    }

    fn start_command(
        text: &str,
        directory: Option<&Path>,
        ready: &str,
        letter: &'static str,
        starter: &Starter<'_>,
    ) -> Result<Self, CommandError> {
        let port = free_port()?;
        let number = port.to_string();
        let (text, ready) = (text.replace(PORT, &number), ready.replace(PORT, &number));
        refuse_taken(&ready, letter, starter)?;
        let log = starter.logs.join(format!("{}.log", letter.to_lowercase()));
        let begun = Instant::now();
        // Both environments are of one size: names and lengths of values are the same.
        let variables = [("PORT", number), ("DYNO_ARM", letter.to_lowercase())];
        let mut process = Process::start(&text, directory, &variables, &log)?;
        wait_until_ready(&mut process, &text, &ready, letter, starter)?;
        let start_up = Some(begun.elapsed());
        Ok(Self { origin: Some(split(&ready).0.to_owned()), start_up, letter, body: Body::Child(process) })
    }

    /// Its processes, when they are known.
    pub fn pids(&self) -> Vec<u32> {
        match &self.body {
            Body::Elsewhere => Vec::new(),
            Body::Child(process) => vec![process.pid()],
            Body::Embedded(target) => vec![target.pid()],
        }
    }

    /// Ends it, when we started it.
    pub fn end(&mut self) {
        match std::mem::replace(&mut self.body, Body::Elsewhere) {
            Body::Elsewhere => {}
            Body::Child(process) => drop(process),
            Body::Embedded(target) => drop(target),
        }
    }

    /// That it still runs.
    ///
    /// # Errors
    /// When it has ended; with the end of its log.
    pub fn check(&mut self) -> Result<(), CommandError> {
        let letter = self.letter;
        match &mut self.body {
            Body::Elsewhere => Ok(()),
            Body::Embedded(target) => {
                let message =
                    || format!("{letter}, the embedded target, has ended in the middle of the contest");
                if target.is_running() { Ok(()) } else { Err(CommandError::target(message())) }
            }
            Body::Child(process) => match process.ended() {
                None => Ok(()),
                Some(status) => {
                    let message = format!("{letter} has ended in the middle of the contest: {status}");
                    Err(with_tail(CommandError::target(message), process))
                }
            },
        }
    }
}

/// Whoever answers before the side is started is not the side.
fn refuse_taken(ready: &str, letter: &str, starter: &Starter<'_>) -> Result<(), CommandError> {
    match ready::ask(ready, starter.flags)? {
        Answer::Nobody(_) => Ok(()),
        Answer::Ready | Answer::Not(_) => {
            let message = format!("somebody already listens at {ready}, before {letter} is started");
            let hint =
                "stop that program, or write {port} in the command and in `--ready` to get a free port";
            Err(CommandError::target(message).hint(hint))
        }
    }
}

fn wait_until_ready(
    process: &mut Process,
    text: &str,
    ready: &str,
    letter: &str,
    starter: &Starter<'_>,
) -> Result<(), CommandError> {
    let deadline = Instant::now() + starter.patience;
    loop {
        let answer = ready::ask(ready, starter.flags)?;
        if let Some(status) = process.ended() {
            let message = format!("{letter} has ended before it was ready: `{text}` gave {status}");
            return Err(with_tail(CommandError::target(message), process));
        }
        let words = match answer {
            Answer::Ready => return Ok(()),
            Answer::Not(words) | Answer::Nobody(words) => words,
        };
        if starter.interrupts.count() > 0 {
            return Err(CommandError::interrupted(format!("stopped while {letter} was started")));
        }
        if Instant::now() >= deadline {
            let message = format!(
                "{letter} is not ready after {}: {ready} does not answer 2xx ({words})",
                dyno_model::units::format_duration(starter.patience)
            );
            let error = CommandError::target(message).hint("give it more time with `--ready-timeout`");
            return Err(with_tail(error, process));
        }
        std::thread::sleep(ASK_AGAIN);
    }
}

/// The error with what the program said last.
fn with_tail(error: CommandError, process: &Process) -> CommandError {
    let tail = process.tail();
    if tail.trim().is_empty() {
        error.hint("it wrote nothing")
    } else {
        error.because(format!("its last words were:\n{tail}"))
    }
}

/// A port that nobody uses now, out of those that the system gives to anybody, which all have as many digits.
fn free_port() -> Result<u16, CommandError> {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let address = bound.map_err(|error| CommandError::target("cannot find a free port").because(error))?;
    Ok(address.port())
}

/// A URL as origin and path; the path is empty or starts with `/` or `?`.
pub fn split(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
    url.split_at(end)
}
