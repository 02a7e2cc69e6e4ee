//! `dyno worker`: the load engine as a worker of a contest, started by the host of that contest.

use std::io;

use dyno_floor::Identity;

use crate::error::CommandError;
use crate::exit::Exit;

/// Plays the worker protocol on standard input and output until the host is done.
///
/// # Errors
/// When its orders cannot be read.
pub fn worker() -> Result<Exit, CommandError> {
    let identity =
        Identity { version: env!("CARGO_PKG_VERSION").to_owned(), runtime: env!("DYNO_COMPILER").to_owned() };
    dyno_floor::serve(&identity, io::stdin().lock(), io::stdout()).map_err(|error| {
        CommandError::internal("cannot read the orders of a contest from standard input").because(error)
    })?;
    Ok(Exit::Passed)
}
