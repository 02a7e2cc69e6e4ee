//! From the command line to the command, and from its outcome to the exit code.

mod calibrate;
mod clients;
pub mod compare;
mod completions;
mod debug;
mod doctor;
mod dry_run;
mod embedded_target;
mod history;
mod http;
mod init;
mod monitor;
mod profile;
mod report;
mod run;
mod runs;
mod schema;
pub mod selftest;
mod serve;
mod settings;
mod table;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use dyno_plan::{Overrides, PlanErrors, Surroundings};

use crate::args::{Cli, ColourArg, Command};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::log;

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    console::choose_colour(match cli.global.color {
        ColourArg::Auto => anstream::ColorChoice::Auto,
        ColourArg::Always => anstream::ColorChoice::Always,
        ColourArg::Never => anstream::ColorChoice::Never,
    });
    match settings::lay_under(&mut cli, &matches).and_then(|()| logged(&cli)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            console::complain(&error);
            error.exit().into()
        }
    }
}

/// Performs the command, and logs its begin and its end where that was asked for.
fn logged(cli: &Cli) -> Result<Exit, CommandError> {
    if let Some(path) = &cli.global.log_file {
        log::begin(path, cli.global.log_level.into())?;
    }
    let (version, pid) = (env!("CARGO_PKG_VERSION"), std::process::id());
    // The arguments are left out: they may hold secrets that are not known as such yet.
    let command = std::env::args_os().nth(1).unwrap_or_default();
    tracing::info!(version, pid, command = %command.display(), "dyno begins");
    let outcome = perform(cli);
    match &outcome {
        Ok(exit) => tracing::info!(exit = ?exit, "dyno ends"),
        // What was typed wrongly may hold what nobody has read as a secret yet.
        Err(error) if error.exit() == Exit::Usage => tracing::error!("wrong command line or plan"),
        Err(error) => tracing::error!(exit = ?error.exit(), "{error}"),
    }
    outcome
}

fn perform(cli: &Cli) -> Result<Exit, CommandError> {
    let store = cli.global.store.as_deref();
    match &cli.command {
        Command::Run(args) => run::run(args, store),
        Command::Http(args) => http::http(args, store),
        Command::Serve(args) => serve::serve(args),
        Command::Runs(args) => runs::runs(&args.command, store),
        Command::Clients(args) => clients::clients(args, store),
        Command::Monitor(args) => monitor::monitor(args, store),
        Command::Compare(args) => compare::compare(args, store),
        Command::History(args) => history::history(args, store),
        Command::Report(args) => report::report(args, store),
        Command::Calibrate(args) => calibrate::calibrate(args),
        Command::Selftest(args) => selftest::selftest(args),
        Command::Profile(args) => profile::profile(args),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Init(args) => init::init(args),
        Command::Schema(args) => schema::schema(args),
        Command::Completions(args) => completions::completions(args),
        Command::Man(args) => completions::man(args),
        Command::EmbeddedTarget(args) => embedded_target::embedded_target(args),
        Command::Worker => worker::worker(),
    }
}

/// The environment variable of a name, when it is text.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What plans may ask of this process.
pub fn surroundings() -> Surroundings<'static> {
    Surroundings { lookup: &variable, available_threads: dyno_host::usable_cores() }
}

/// What the environment says on top of a plan.
fn environment() -> Result<Overrides, PlanErrors> {
    Overrides::from_environment(variable)
}

/// The arguments after the name of the program, and the flags that variables stood for; what is not UTF-8 is shown as far as
/// it goes.
fn arguments() -> Vec<String> {
    let given = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    given.chain(settings::as_flags().iter().cloned()).collect()
}

/// JSON for people and programs, with a line end.
fn pretty(value: &impl serde::Serialize) -> Vec<u8> {
    let mut text =
        serde_json::to_vec_pretty(value).expect("invariant: what is printed is made of JSON types");
    text.push(b'\n');
    text
}
