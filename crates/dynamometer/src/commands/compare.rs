//! `dyno compare`: results that are there, or two builds that are played in turns.

mod played;
mod show;
mod stored;

use std::path::Path;

use crate::args::compare::CompareArgs;
use crate::error::CommandError;
use crate::exit::Exit;

/// Compares and says what the gate says.
///
/// # Errors
/// When a result cannot be found or read, or an output cannot be written.
pub fn compare(args: &CompareArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    if args.contest.run { played::compare(args, store) } else { stored::compare(args, store) }
}
