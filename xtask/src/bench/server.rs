//! `cargo xtask bench server`: our server beside others, on the same core under the same generator.
//!
//! Measures whole server processes from outside: CPU time, memory, answers. Called by `bench`.

mod cases;
mod contenders;
mod generators;
mod goals;
mod idle;
mod programs;
mod rounds;
mod samples;
mod table;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::failure::Failure;
use crate::packages;

use super::build::Building;
use super::machine::{self, Cores, Stop};

use self::programs::Programs;
use self::rounds::Rounds;

/// The flags of `bench server`.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// How often every server plays every case
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long one server plays one case, in seconds
    #[arg(long, default_value = "3", value_parser = seconds)]
    seconds: Duration,
    /// Two rounds of half a second: shows that everything works, proves nothing
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
    /// Play only what contains this in its name CASE/SERVER, such as `json` or `tls/nginx` (repeatable)
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Take our programs and the contenders as an earlier command has built them
    #[arg(long)]
    no_build: bool,
    /// Write the tables, the command and the machine to this file too
    #[arg(long, value_name = "FILE.md")]
    out: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    if (0.1..=60.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("give 0.1 to 60 seconds".to_owned())
    }
}

/// Installs, builds, plays, and prints the tables.
pub fn command(arguments: &ServerArguments) -> Result<ExitCode, Failure> {
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
    packages::ensure(packages::FOR_BENCH_SERVER);
    let programs = Programs::find_or_build(&plays, Building::unless(arguments.no_build));
    stop.check()?;

    machine::raise_open_files_limit();
    let cores = Cores::choose()?;
    let (count, time) =
        if arguments.quick { (2, Duration::from_millis(500)) } else { (arguments.rounds, arguments.seconds) };
    let rounds = Rounds { count, time, programs: &programs, cores, stop: &stop };
    let (mut results, mut idle) = (Vec::new(), Vec::new());
    for play in &plays {
        match play.case.kind {
            cases::Kind::Load(load) => {
                let result = rounds.play(play, load)?;
                if result.is_none() {
                    eprintln!("skip: {}: its generator or all of its servers are missing", play.case.name);
                }
                results.extend(result);
            }
            cases::Kind::Idle { connections } => idle = idle::play(&rounds, play, connections)?,
        }
    }

    let bars = super::bars::table(&goals::bars(&results, &idle));
    let text =
        format!("{}{}{bars}{}", table::results(&results), table::idle(&idle), table::origin(&programs));
    println!("{text}");
    if let Some(file) = &arguments.out {
        fs::write(file, &text).map_err(Failure::file("write", file))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
