//! Why a command could not do what it was asked: one type, one conversion per library, printed by `console`.

use dyno_engine::{DriverError, RunError};
use dyno_plan::{PlanErrors, ReadError};
use dyno_report::FormatError;
use dyno_store::StoreError;
use dyno_target::TargetError;

use crate::exit::Exit;

/// Which side is to blame; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or a setting.
    Usage,
    /// The plan.
    Plan,
    /// The target, or the machine between.
    Target,
    /// The store of runs.
    Store,
    /// A file or stream that was to be written.
    Output,
    /// `dyno` itself or the system below it.
    Internal,
    /// Nobody: the user stopped it before there was a result.
    Interrupted,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// Which side is to blame.
    pub kind: ErrorKind,
    message: String,
    source: Option<Cause>,
    /// What to do about it, one per line.
    pub hints: Vec<String>,
    plan: Option<Box<PlanErrors>>,
}

impl CommandError {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, hints: Vec::new(), plan: None }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The target cannot be measured.
    pub fn target(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Target, message)
    }

    /// A file or stream cannot be written.
    pub fn output(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Output, message)
    }

    /// The user stopped it before there was a result.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted, message)
    }

    /// Something that should not happen.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Adds the error below.
    pub fn because(mut self, source: impl Into<Cause>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Mistakes of a plan, drawn with their lines.
    pub fn drawn(&self, colour: bool) -> Option<String> {
        self.plan.as_ref().map(|errors| errors.render(colour))
    }

    /// The exit code it leads to.
    pub fn exit(&self) -> Exit {
        match self.kind {
            ErrorKind::Usage | ErrorKind::Plan => Exit::Usage,
            ErrorKind::Target => Exit::Unreachable,
            ErrorKind::Store | ErrorKind::Output | ErrorKind::Internal => Exit::Internal,
            ErrorKind::Interrupted => Exit::Interrupted,
        }
    }
}

impl From<PlanErrors> for CommandError {
    fn from(errors: PlanErrors) -> Self {
        Self { plan: Some(Box::new(errors)), ..Self::new(ErrorKind::Plan, "the plan has mistakes") }
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        Self::new(ErrorKind::Plan, error.problem).hint(error.hint)
    }
}

impl From<DriverError> for CommandError {
    fn from(error: DriverError) -> Self {
        let mut converted = Self::target(error.to_string());
        converted.hints.extend(error.hint);
        converted
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        Self::internal("cannot play the run").because(error)
    }
}

impl From<TargetError> for CommandError {
    fn from(error: TargetError) -> Self {
        Self::target("cannot start the target").because(error)
    }
}

impl From<FormatError> for CommandError {
    fn from(error: FormatError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        // A wrong name of a run is a mistake of the command line, everything else is the store's.
        let kind = match error {
            StoreError::UnknownRun { .. }
            | StoreError::Ambiguous { .. }
            | StoreError::StillRunning { .. }
            | StoreError::Conflict { .. }
            | StoreError::NotARecord { .. }
            | StoreError::WrongSchema { .. }
            | StoreError::NotResults { .. } => ErrorKind::Usage,
            _ => ErrorKind::Store,
        };
        let source = match &error {
            StoreError::Sql { .. } => std::error::Error::source(&error).map(ToString::to_string),
            _ => None,
        };
        let converted = Self::new(kind, error.to_string());
        match source {
            Some(source) => converted.because(source),
            None => converted,
        }
    }
}
