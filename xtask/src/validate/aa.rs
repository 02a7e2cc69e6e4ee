//! False alarms: two copies of one server are compared as if they were two builds, gate after gate.
//!
//! Each gate starts both copies anew, at paths of equal length, and the copies take turns at being the baseline.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::disturbance::{Neighbours, Quota};
use super::gate::{self, Ending, Gate, Setting};
use super::{Common, append, directory, lines, proportion};
use crate::bench::Stop;
use crate::failure::Failure;

/// How gates are played: a dozen seconds each.
const FLAGS: [&str; 9] = [
    "--ready",
    "http://127.0.0.1:{port}/plaintext",
    "--round",
    "200ms",
    "-w",
    "100ms",
    "-c",
    "4",
    "--restart=auto",
];

/// The flags of `validate aa`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// For how many minutes gates are played; those of earlier times count as well
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// What disturbs them
    #[arg(long, value_enum, default_value_t)]
    environment: Environment,
    #[command(flatten)]
    common: Common,
}

/// What disturbs a gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// Nothing that we know of
    #[default]
    Idle,
    /// A thread for each two cores that works and rests at random
    Noisy,
    /// A quota of one and a half cores for generator and both servers together
    Quota,
}

impl Environment {
    fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Noisy => "noisy",
            Self::Quota => "quota",
        }
    }
}

/// Plays gates until the time is over, then says what all of them showed.
pub fn command(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let quota = match arguments.environment {
        Environment::Idle | Environment::Noisy => None,
        Environment::Quota => match Quota::make() {
            Ok(quota) => Some(quota),
            Err(reason) => {
                println!("skipped: {reason}");
                return Ok(ExitCode::SUCCESS);
            }
        },
    };
    let _neighbours = (arguments.environment == Environment::Noisy).then(|| Neighbours::start(1));
    let program = arguments.common.program()?;
    let directory = directory()?;
    let copies = ["copy-a", "copy-b"].map(|name| copy(&program, &directory.join(name)));
    let [a, b] = copies;
    let servers = [a?, b?].map(|copy| format!("'{}' serve --listen 127.0.0.1:{{port}}", copy.display()));
    let kind = format!("{} {}", arguments.environment.word(), gate::build_of(&program)?);
    let path = directory.join("aa.jsonl");
    let mut gates: Vec<Gate> = lines(&path).into_iter().filter(|gate: &Gate| gate.kind == kind).collect();
    let end = Instant::now() + Duration::from_secs(arguments.minutes * 60);
    while Instant::now() < end && stop.check().is_ok() {
        let seed = gates.len() as u64;
        let [first, second] = servers.clone();
        let sides = if seed.is_multiple_of(2) { [first, second] } else { [second, first] };
        let flags = FLAGS.map(str::to_owned).into();
        let setting = Setting { program: program.clone(), sides, flags, seed };
        let gate = gate::play(&setting, &kind, quota.as_ref(), &stop)?;
        append(&path, &gate)?;
        eprintln!(
            "gate {}: {:?} after {:.1} s {}",
            seed + 1,
            gate.ending(),
            gate.seconds,
            gate.regressed.join(", ")
        );
        gates.push(gate);
    }
    // The page shows every environment of this build, as far as it was played.
    let all: Vec<Gate> = lines(&path);
    let build = kind.split(' ').next_back().unwrap_or_default();
    arguments.common.publish("aa", &section(&all, build))?;
    Ok(ExitCode::SUCCESS)
}

/// A copy of the program in a directory of its own.
fn copy(program: &Path, directory: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory).map_err(Failure::file("make", directory))?;
    let copy = directory.join("dyno");
    // A program that still runs cannot be written to, but it can be replaced.
    let _removed = fs::remove_file(&copy);
    fs::copy(program, &copy).map_err(Failure::file("copy the program to", &copy))?;
    Ok(copy)
}

/// The table of the page.
fn section(gates: &[Gate], build: &str) -> String {
    let mut text = String::from(
        "## False alarms\n\nTwo copies of one server, at paths of equal length, started anew for each quad and \
         compared by the real `dyno compare --run` as if they were two builds. A failed gate is a false alarm; the bound is \
         the upper 95 % limit of Clopper and Pearson. `cargo xtask validate aa --environment NAME` plays more gates and \
         writes this table.\n\n\
         | environment | gates | false alarms | bound | not enough evidence or passed | machine not fit | seconds a gate |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for environment in [Environment::Idle, Environment::Noisy, Environment::Quota] {
        let kind = format!("{} {build}", environment.word());
        let of_kind: Vec<&Gate> = gates.iter().filter(|gate| gate.kind == kind).collect();
        let count = |ending| of_kind.iter().filter(|gate| gate.ending() == ending).count() as u64;
        let (passed, failed, unfit) = (count(Ending::Passed), count(Ending::Failed), count(Ending::Unfit));
        if of_kind.is_empty() {
            continue;
        }
        let seconds = of_kind.iter().map(|gate| gate.seconds).sum::<f64>() / of_kind.len() as f64;
        let bound = 100.0 * proportion::upper(failed, passed + failed, 0.95);
        let name = environment.word();
        let decided = passed + failed;
        writeln!(
            text,
            "| {name} | {decided} | {failed} | {bound:.2} % | {passed} | {unfit} | {seconds:.0} |"
        )
        .expect("invariant: writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests;
