//! `cargo xtask bench load`: our generator beside others, on the same core against the same targets.
//!
//! Measures whole processes from outside and believes no tool about its own cost. Called by `bench`.

mod cases;
mod install;
mod rounds;
mod samples;
mod table;
mod targets;
mod tools;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::packages;

use super::machine::{self, Cores, Stop};

use self::targets::Targets;

/// The flags of `bench load`.
#[derive(Debug, Args)]
pub struct LoadArguments {
    /// How often every tool plays every case
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one tool plays one case, in seconds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,
    /// Two rounds of one second: shows that everything works, proves nothing
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
    /// Play only what contains this in its name CASE/TOOL, such as `raw-c64` or `nginx-c64/wrk` (repeatable)
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Do not build oha when it is missing (it takes minutes)
    #[arg(long)]
    no_oha: bool,
    /// Write the tables, the command and the machine to this file too
    #[arg(long, value_name = "FILE.md")]
    out: Option<PathBuf>,
}

impl LoadArguments {
    fn rounds(&self) -> u32 {
        if self.quick { 2 } else { self.rounds }
    }

    fn seconds(&self) -> u32 {
        if self.quick { 1 } else { self.seconds }
    }
}

/// Installs, builds, plays, and prints the tables.
pub fn command(arguments: &LoadArguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let plays = cases::selected(&arguments.only);
    if plays.is_empty() {
        return Err(Failure::Bench(format!(
            "no case matches {:?}; the names are: {}",
            arguments.only,
            cases::all_names().join(" ")
        )));
    }
    eprintln!("needs of the comparison:");
    packages::ensure(packages::FOR_BENCH);
    let programs = install::programs(&plays, !arguments.no_oha);
    stop.check()?;

    machine::raise_open_files_limit();
    let cores = Cores::choose()?;
    let kinds: Vec<_> = plays.iter().map(|play| play.case.target).collect();
    let targets = Targets::start(&kinds, &programs, &stop)?;
    let rounds = rounds::Rounds {
        count: arguments.rounds(),
        seconds: arguments.seconds(),
        programs: &programs,
        targets: &targets,
        cores,
        stop: &stop,
    };
    let mut results = Vec::new();
    for play in &plays {
        match rounds.play(play)? {
            Some(result) => results.push(result),
            None => eprintln!("skip: {}: its target or all of its tools are missing", play.case.name),
        }
    }
    drop(targets);

    let text = format!("{}{}{}", table::results(&results), table::bars(&results), table::origin(&programs));
    println!("{text}");
    if let Some(file) = &arguments.out {
        fs::write(file, &text).map_err(Failure::file("write", file))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
