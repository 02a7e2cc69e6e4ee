//! `cargo xtask soak server`: `dyno serve` under full load, churn, faults and slow clients, for minutes.
//!
//! Proves two things: memory stays flat, and nothing goes wrong but what is made to. Measures no speed.
//! Called by `main`.

mod churn;
mod exchange;
mod faults;
mod memory;
mod outcomes;
mod slow;
mod steady;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use tempfile::TempDir;

use crate::bench::{
    Background, Building, Stop, Transport, build_release, free_port, raise_open_files_limit, start_server,
};
use crate::failure::Failure;

use self::memory::Memory;
use self::outcomes::Outcomes;

/// Longer than the server's own deadline for what is in progress.
const STOP_TIME_MAX: Duration = Duration::from_secs(40);
/// How often the memory is read, and the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(250);

/// What can be soaked.
#[derive(Debug, Subcommand)]
pub enum SoakCommand {
    /// `dyno serve`: flat memory, and no error but those that are made on purpose
    Server(SoakArguments),
}

/// The flags of `soak server`.
#[derive(Debug, Args)]
pub struct SoakArguments {
    /// For how many minutes
    #[arg(long, default_value_t = 10, conflicts_with = "seconds", value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// For how many seconds instead; 20 is enough to see that all works
    #[arg(long, value_parser = clap::value_parser!(u64).range(10..))]
    seconds: Option<u64>,
    /// Use this `dyno` instead of building one with optimisation
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Plays, and says what was not as it should be.
pub fn command(command: &SoakCommand) -> Result<ExitCode, Failure> {
    let SoakCommand::Server(arguments) = command;
    let time = Duration::from_secs(arguments.seconds.unwrap_or(arguments.minutes * 60));
    let stop = Stop::on_signals()?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => build_release(Building::Fresh, "dynamometer", "dyno")
            .ok_or_else(|| Failure::Bench("`dyno` could not be built".to_owned()))?,
    };
    raise_open_files_limit();
    let folder = TempDir::with_prefix("dyno-soak-").map_err(Failure::system("make a temporary folder"))?;
    let port = free_port()?;
    let mut serve = Command::new(&program);
    serve.args(["serve", "--max-body", "64MiB", "--listen", &format!("127.0.0.1:{port}")]);
    let started = start_server("dyno", &mut serve, port, Transport::Tcp, folder.path(), &stop)?;
    let mut server = started.ok_or_else(|| Failure::Bench("`dyno serve` does not listen".to_owned()))?;

    let (memory, mut outcomes) = load(&program, port, time, &server, &stop)?;
    outcomes.push(stop_server(&mut server, folder.path())?);
    for outcome in &outcomes {
        println!("{outcome}");
    }
    println!("{memory}");
    let is_good = memory.is_flat() && outcomes.iter().all(Outcomes::are_good);
    println!("{}", if is_good { "soak: passed" } else { "soak: FAILED" });
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything at once for `time`, with the memory read meanwhile.
fn load(
    program: &Path,
    port: u16,
    time: Duration,
    server: &Background,
    stop: &Stop,
) -> Result<(Memory, Vec<Outcomes>), Failure> {
    let is_over = AtomicBool::new(false);
    let mut memory = Memory::default();
    thread::scope(|scope| {
        let is_over = &is_over;
        let threads = [
            scope.spawn(move || steady::play(program, port, time)),
            scope.spawn(move || churn::play(port, is_over)),
            scope.spawn(move || faults::play_servers(port, is_over)),
            scope.spawn(move || faults::play_clients(port, is_over)),
            scope.spawn(move || slow::play(port, is_over)),
        ];
        let begin = Instant::now();
        let mut asked = Ok(());
        while begin.elapsed() < time && asked.is_ok() {
            thread::sleep(TICK);
            memory.add(begin.elapsed(), server.rss_bytes());
            asked = stop.check();
        }
        is_over.store(true, Ordering::Relaxed);
        let outcomes = threads
            .map(|thread| thread.join().expect("invariant: players do not panic"))
            .into_iter()
            .collect();
        asked.map(|()| (memory, outcomes))
    })
}

/// Asks the server to end; it has to do so in order, with nothing left to cut.
fn stop_server(server: &mut Background, folder: &Path) -> Result<Outcomes, Failure> {
    let mut outcomes = Outcomes::new("graceful stop");
    server.ask_to_end()?;
    let asked_at = Instant::now();
    while server.is_running() && asked_at.elapsed() < STOP_TIME_MAX {
        thread::sleep(TICK);
    }
    let log = folder.join("dyno.log");
    let said = fs::read_to_string(&log).map_err(Failure::file("read", &log))?;
    if said.contains("stopped; 0 connections were cut") {
        outcomes.expected += 1;
    } else {
        outcomes.unexpected(format!("the server said: {}", said.trim().lines().last().unwrap_or_default()));
    }
    if said.contains("panicked") {
        outcomes.unexpected("the server has panicked".to_owned());
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests;
