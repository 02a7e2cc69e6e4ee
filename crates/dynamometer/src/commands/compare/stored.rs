//! `dyno compare A B`: results that are there already.

use std::path::Path;

use crate::args::compare::CompareArgs;
use crate::error::CommandError;
use crate::exit::Exit;

/// Compares stored results and shows what came out.
///
/// # Errors
/// When a result cannot be found or read, or an output cannot be written.
pub fn compare(args: &CompareArgs, _store: Option<&Path>) -> Result<Exit, CommandError> {
    if args.runs.len() < 2 {
        return Err(CommandError::usage(format!(
            "a comparison needs a baseline and a candidate, and there {}",
            match args.runs.as_slice() {
                [] => "is neither".to_owned(),
                [one] => format!("is only `{one}`"),
                _ => unreachable!("invariant: fewer than two"),
            }
        ))
        .hint("for example `dyno compare checkout@-1 checkout`; see `dyno runs list`"));
    }
    Err(CommandError::usage("stored results cannot be compared yet"))
}
