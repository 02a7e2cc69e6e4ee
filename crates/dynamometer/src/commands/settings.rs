//! Variables named `HTTP_BENCHMARK_…`: aliases of flags of `dyno clients compare`, and defaults of the results API.
//!
//! A flag wins over its variable. What is followed and what is not is said once, on stderr.

use std::sync::OnceLock;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use dyno_model::BenchmarkSettings;

use crate::args::clients::{ClientsCommand, ClientsCompareArgs};
use crate::args::{Cli, Command};
use crate::console;
use crate::error::CommandError;

/// Segments that the duration of a benchmark is played in when nobody says how many.
const SEGMENTS: u32 = 12;

/// The flags that variables stood for, for commands that play the same again.
static AS_FLAGS: OnceLock<Vec<String>> = OnceLock::new();

/// Reads the variables of this process.
///
/// # Errors
/// When one has a value that cannot be used.
pub fn read() -> Result<BenchmarkSettings, CommandError> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    };
    BenchmarkSettings::read(std::env::vars_os().filter_map(text))
        .map_err(|error| CommandError::usage(error.to_string()).hint("correct the variable, or unset it"))
}

/// Says what is followed, and warns of what is not.
pub fn say(settings: &BenchmarkSettings) {
    for (name, value) in &settings.changed {
        console::talk(&format!("{name}={value} is followed"));
    }
    settings.ignored.iter().for_each(|text| console::warn(text));
}

/// Lays the variables under the flags of `dyno clients compare`; other commands are left as they are.
///
/// # Errors
/// When a variable cannot be used, or more requests in flight are asked for than one allows.
pub fn lay_under(cli: &mut Cli, matches: &ArgMatches) -> Result<(), CommandError> {
    let Command::Clients(clients) = &mut cli.command else { return Ok(()) };
    let ClientsCommand::Compare(args) = &mut clients.command else { return Ok(()) };
    let given = matches
        .subcommand_matches("clients")
        .and_then(|matches| matches.subcommand_matches("compare"))
        .expect("invariant: the command was read from these matches");
    let settings = read()?;
    say(&settings);
    let is_given = |id: &str| given.value_source(id) == Some(ValueSource::CommandLine);
    let flags = apply(&settings, args, &is_given);
    check(&settings, args)?;
    // Set once: a process reads its command line once.
    let _ = AS_FLAGS.set(flags);
    Ok(())
}

/// The flags that variables stood for.
pub fn as_flags() -> &'static [String] {
    AS_FLAGS.get().map_or(&[], Vec::as_slice)
}

/// Changes what no flag has set; gives the flags that say the same.
fn apply(
    settings: &BenchmarkSettings,
    args: &mut ClientsCompareArgs,
    is_given: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut flags = Vec::new();
    let mut say = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    if settings.has("DEFAULT_CONCURRENCY") && !is_given("lanes") {
        args.played.lanes = vec![settings.default_concurrency];
        say("--lanes", settings.default_concurrency.to_string());
    }
    if settings.has("DEFAULT_TIMEOUT") && !is_given("timeout") {
        args.asked.timeout = Duration::from_secs_f64(settings.default_timeout_s);
        say("--timeout", in_ms(args.asked.timeout));
    }
    if settings.has("DEFAULT_RETRY_ATTEMPTS") && !is_given("retries") {
        args.asked.retries = Some(settings.default_retry_attempts);
        say("--retries", settings.default_retry_attempts.to_string());
    }
    if settings.has("DEFAULT_DURATION_SECONDS") && !is_given("segment") && !is_given("requests") {
        let parts = args.played.blocks.unwrap_or(SEGMENTS);
        args.played.segment = Duration::from_secs_f64(settings.default_duration_seconds) / parts;
        say("--segment", in_ms(args.played.segment));
    }
    flags
}

/// A time as flags take it, to the millisecond and never nothing.
fn in_ms(time: Duration) -> String {
    format!("{}ms", time.as_millis().max(1))
}

fn check(settings: &BenchmarkSettings, args: &ClientsCompareArgs) -> Result<(), CommandError> {
    match args.played.lanes.iter().find(|lanes| **lanes > settings.max_concurrency) {
        Some(lanes) => Err(CommandError::usage(format!(
            "{lanes} lanes are more than HTTP_BENCHMARK_MAX_CONCURRENCY allows, which is {}",
            settings.max_concurrency
        ))
        .hint("ask for fewer with --lanes, or change the variable")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
