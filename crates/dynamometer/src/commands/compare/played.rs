//! `dyno compare --run`: two builds, loaded in turns on this machine.

use std::path::Path;

use crate::args::compare::CompareArgs;
use crate::error::CommandError;
use crate::exit::Exit;

/// Plays both builds and compares them.
///
/// # Errors
/// When a build cannot be started or loaded.
pub fn compare(_args: &CompareArgs, _store: Option<&Path>) -> Result<Exit, CommandError> {
    Err(CommandError::usage("`--run` cannot be used yet").hint("compare stored results: `dyno compare A B`"))
}
