//! `cargo xtask bench`: our programs beside others', on the same machine, in interleaved rounds.
//!
//! Each comparison is a module of its own; what they share (cores, processes, certificates, spreads) is beside them.
//! Called by `main`.

mod bars;
mod build;
mod certificate;
mod load;
mod machine;
mod nginx;
mod process;
mod server;
mod spread;
mod start;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be compared.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// HTTP load generators: requests per CPU-second against targets on another core
    Load(load::LoadArguments),
    /// HTTP servers: CPU time per request, on one core, under a generator on another one
    Server(server::ServerArguments),
}

/// Runs one comparison.
pub fn command(command: &BenchCommand) -> Result<ExitCode, Failure> {
    match command {
        BenchCommand::Load(arguments) => load::command(arguments),
        BenchCommand::Server(arguments) => server::command(arguments),
    }
}

#[cfg(test)]
mod tests;
