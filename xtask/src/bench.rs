//! `cargo xtask bench`: our programs beside others', on the same machine, in interleaved rounds.
//!
//! Each comparison is a module of its own; what they share (cores, processes, certificates, spreads) is beside them.
//! Called by `main`.

mod bars;
mod build;
mod certificate;
mod frameworks;
mod load;
mod machine;
mod nginx;
mod process;
mod router;
mod server;
mod spread;
mod start;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;

pub use self::build::{Building, build_release};
pub use self::machine::{Stop, description as machine_description, raise_open_files_limit};
pub use self::process::Background;
pub use self::start::{Transport, free_port, server as start_server};

/// What can be compared.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// HTTP load generators: requests per CPU-second against targets on another core
    Load(load::LoadArguments),
    /// The scenarios of the original suite: mean and 95th percentile beside Starlette, Flask and Tornado
    Frameworks(frameworks::FrameworksArguments),
    /// Our router: nanoseconds to find one of a thousand routes
    Router(router::RouterArguments),
    /// HTTP servers: CPU time per request, on one core, under a generator on another one
    Server(server::ServerArguments),
}

/// Runs one comparison.
pub fn command(command: &BenchCommand) -> Result<ExitCode, Failure> {
    match command {
        BenchCommand::Load(arguments) => load::command(arguments),
        BenchCommand::Frameworks(arguments) => frameworks::command(arguments),
        BenchCommand::Router(arguments) => router::command(arguments),
        BenchCommand::Server(arguments) => server::command(arguments),
    }
}

#[cfg(test)]
mod tests;
