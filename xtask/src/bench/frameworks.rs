//! `cargo xtask bench frameworks`: the six scenarios of the original suite on our framework and three of Python's.
//!
//! A table for continuity: `bench server` compares with what is fast. Failures are counted and never averaged in.
//! Called by `bench`.

mod play;
mod report;
mod scenarios;
mod servers;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::foreign;
use crate::project;

use super::build::{Building, build_release};
use super::machine::{Cores, Stop};

use self::play::Player;
use self::servers::Server;

/// The flags of `bench frameworks`.
#[derive(Debug, Args)]
pub struct FrameworksArguments {
    /// How often every server plays every scenario
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measured requests of one scenario in one round, after 10 that are not
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// Take our programs and the contenders as an earlier command has built them
    #[arg(long)]
    no_build: bool,
    /// Write the result to this file [default: frameworks.txt in the target folder]
    #[arg(long, value_name = "FILE.txt")]
    out: Option<PathBuf>,
}

/// Installs, builds, plays, prints and saves the result.
pub fn command(arguments: &FrameworksArguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let building = Building::unless(arguments.no_build);
    eprintln!("needs of the comparison:");
    foreign::ensure(foreign::FOR_BENCH_FRAMEWORKS)?;
    let Some(generator) = build_release(building, "dynamometer", "dyno") else {
        return Err(Failure::Bench("`dyno`, which asks the servers, could not be built".to_owned()));
    };
    let cores = Cores::choose()?;
    let folder = TempDir::with_prefix("dyno-bench-").map_err(Failure::system("make a temporary folder"))?;
    let mut running = Vec::new();
    for server in Server::available(building) {
        stop.check()?;
        running.extend(server.start(folder.path(), &stop)?);
    }
    let player = Player { generator: &generator, requests: arguments.requests, cores, stop: &stop };
    let results = player.play(&running, arguments.rounds)?;

    let text = report::text(&results, arguments.rounds, arguments.requests);
    println!("{text}");
    let file = arguments.out.clone().unwrap_or_else(|| project::target_dir().join("frameworks.txt"));
    fs::write(&file, &text).map_err(Failure::file("write", &file))?;
    eprintln!("saved in {}", file.display());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
