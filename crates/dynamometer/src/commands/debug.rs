//! `--debug`: one request and its answer, as they went over the wire.

use dyno_plan::Resolved;

use crate::error::CommandError;
use crate::exit::Exit;

/// Sends one request and prints both sides.
///
/// # Errors
/// When the target cannot be reached or the output cannot be written.
pub fn show(_resolved: &Resolved, _as_json: bool) -> Result<Exit, CommandError> {
    Err(CommandError::internal("not available"))
}
