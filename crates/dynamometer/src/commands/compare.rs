//! `dyno compare`: results that are there, or two builds that are played in turns.

pub mod baseline;
mod played;
mod show;
mod stored;

use std::path::Path;

use dyno_verdict::{Rule, parse_rule};

use crate::args::compare::{CompareArgs, GateArgs};
use crate::error::CommandError;
use crate::exit::Exit;

/// The seed, when no flag says.
const SEED_VARIABLE: &str = "DYNO_PERF_SEED";
/// The seed when none is given: fixed, so that comparisons can be repeated.
const SEED: u64 = 42;

/// Compares and says what the gate says.
///
/// # Errors
/// When a result cannot be found or read, or an output cannot be written.
pub fn compare(args: &CompareArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    if args.contest.run { played::compare(args, store) } else { stored::compare(args, store) }
}

/// The rules of `--fail-on`.
fn rules(texts: &[String]) -> Result<Vec<Rule>, CommandError> {
    let read = |text: &String| {
        parse_rule(text)
            .map_err(|error| CommandError::usage(format!("--fail-on: {}", error.problem)).hint(error.hint))
    };
    texts.iter().map(read).collect()
}

/// The seed of everything random.
fn seed(gate: &GateArgs) -> Result<u64, CommandError> {
    let read = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a whole number"));
    let found = gate.seed.map_or_else(|| variable(SEED_VARIABLE, read), |seed| Ok(Some(seed)))?;
    Ok(found.unwrap_or(SEED))
}

/// What a variable says when no flag does; empty ones say nothing.
fn variable<T>(name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, CommandError> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    let read =
        |text: String| read(&text).map_err(|problem| CommandError::usage(format!("`{name}`: {problem}")));
    text.map(read).transpose()
}
