//! Why a command of `xtask` could not do its work.
//!
//! A failing test or a broken rule is a result, not a failure. Made by every module of this crate,
//! printed once by `main`.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What was attempted, with which value, and why it did not work.
#[derive(Debug, Error)]
pub enum Failure {
    /// A file or directory could not be read, written or made.
    #[error("cannot {doing} `{}`", path.display())]
    File {
        /// The verb, such as "read".
        doing: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A program could not be started or waited for.
    #[error("cannot run `{command}`")]
    Run {
        /// The command line, shortened to program and arguments.
        command: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A system call of our own failed.
    #[error("cannot {doing}")]
    System {
        /// What was attempted.
        doing: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file has content that this program cannot use.
    #[error("`{}` is not usable: {why}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// A benchmark's target or tool did not behave as needed.
    #[error("{0}")]
    Bench(String),
    /// The user asked to stop.
    #[error("interrupted; everything started was stopped")]
    Interrupted,
}

impl Failure {
    /// Returns a closure for `map_err` on an operation with a file.
    pub fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }

    /// Returns a closure for `map_err` on starting or awaiting a program.
    pub fn run(command: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let command = command.into();
        move |source| Self::Run { command, source }
    }

    /// Returns a closure for `map_err` on a system call.
    pub fn system<E: Into<io::Error>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::System { doing, source: source.into() }
    }
}
