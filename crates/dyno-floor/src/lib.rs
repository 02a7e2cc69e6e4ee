//! The load engine as a worker: what a contest of client libraries calls the floor of all.
//!
//! Speaks the worker protocol (`docs/worker-protocol.md`) like any other worker, so that it is looked at, warmed up,
//! measured and doubted by the same rules as the libraries. One thread plays, by `dyno-engine` over the lean session of
//! `dyno-http`; another one reads orders. What the engine cannot do is `skipped` with its reason, never left out. Not here:
//! the host's side, which is `dyno-workers`. Called by the hidden command `dyno worker`.

mod conversation;
mod refusal;
mod run;
mod settings;
mod usage;
mod wire;

use std::io::{BufRead, Write};

/// Who this worker says to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The version of `dyno`.
    pub version: String,
    /// The compiler that built it, such as `rustc 1.92.0`.
    pub runtime: String,
}

/// Plays the protocol until the host says `bye` or `orders` ends. Blocks.
///
/// # Errors
/// When an order cannot be read from the pipe. A host that does not listen any more is no error: the end of `orders`
/// follows.
pub fn serve(
    identity: &Identity,
    orders: impl BufRead,
    answers: impl Write + Send + 'static,
) -> std::io::Result<()> {
    conversation::Conversation::new(wire::Wire::new(answers)).hold(identity, orders)
}

#[cfg(test)]
mod tests;
