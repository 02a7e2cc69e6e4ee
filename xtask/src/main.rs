//! The project's own commands: `cargo xtask test`, `ci`, `tidy`, `conformance`, `bench`, `soak`, `validate` and
//! `container`.
//!
//! Not part of the product and never published: it builds, checks and compares, and it is the only
//! place that may install packages. Called by developers and by `.ci/run`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command line")]

mod bench;
mod ci;
mod conformance;
mod container;
mod failure;
mod foreign;
mod packages;
mod project;
mod raw_requester;
mod raw_responder;
mod soak;
mod test;
mod tidy;
mod validate;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::bench::BenchCommand;
use crate::failure::Failure;
use crate::raw_requester::RequesterArguments;
use crate::soak::SoakCommand;
use crate::validate::ValidateCommand;

/// The command line of `cargo xtask`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, checks and compares Dynamometer", max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests need and is missing, build, run every test, print one line of counts
    Test {
        /// Run only the tests whose name contains one of these
        filters: Vec<String>,
    },
    /// Everything a change must pass: formatting, tidy, clippy, documentation, tests
    Ci,
    /// Check the rules of the source tree that no other tool knows
    Tidy,
    /// Run every suite of conformance and write docs/conformance.md
    Conformance(conformance::Arguments),
    /// Compare with other tools
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Lint the container file, then build the image, or execute the commands of its build where no engine runs
    Container {
        /// Lint, and nothing else
        #[arg(long)]
        lint: bool,
    },
    /// Load one of our programs for minutes
    #[command(subcommand)]
    Soak(SoakCommand),
    /// Play the gate of comparisons where the truth is known
    #[command(subcommand)]
    Validate(ValidateCommand),
    /// Answer every request with the same bytes and look at nothing (a target for `bench load`)
    #[command(hide = true)]
    RawResponder {
        /// Address to accept connections on
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Ask the same thing as fast as it is answered, and count (the generator of `bench server`)
    #[command(hide = true)]
    RawRequester(RequesterArguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test { filters } => test::command(&filters),
        Command::Ci => ci::command(),
        Command::Tidy => tidy::command(),
        Command::Conformance(arguments) => conformance::command(&arguments),
        Command::Bench(command) => bench::command(&command),
        Command::Container { lint } => container::command(lint),
        Command::Soak(command) => soak::command(&command),
        Command::Validate(command) => validate::command(&command),
        Command::RawResponder { listen } => raw_responder::serve(listen).map(|()| ExitCode::SUCCESS),
        Command::RawRequester(arguments) => raw_requester::play(&arguments).map(|counts| {
            println!("{{\"ok\":{},\"failed\":{}}}", counts.ok, counts.failed);
            ExitCode::SUCCESS
        }),
    };
    result.unwrap_or_else(|failure| {
        print_failure(&failure);
        ExitCode::FAILURE
    })
}

fn print_failure(failure: &Failure) {
    eprintln!("error: {failure}");
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
