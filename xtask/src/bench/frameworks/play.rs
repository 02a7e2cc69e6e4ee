//! Interleaved playing: in each round every server plays every scenario, next to the others.
//!
//! `dyno http` asks, on a core of its own: ten connections, a time limit of two seconds. Called by `frameworks`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;

use super::super::machine::{Cores, Stop};
use super::super::process;
use super::scenarios::{SCENARIOS, Scenario};
use super::servers::Running;

/// Who asks, how often, and where.
#[derive(Debug)]
pub struct Player<'a> {
    /// `dyno`.
    pub generator: &'a Path,
    /// Measured requests of one play.
    pub requests: u32,
    /// Where processes run.
    pub cores: Cores,
    /// Whether to stop.
    pub stop: &'a Stop,
}

/// Everything about one server.
#[derive(Debug)]
pub struct ServerResult {
    /// Its name.
    pub name: &'static str,
    /// Memory after each play.
    pub rss_bytes: Vec<u64>,
    /// CPU time of all plays.
    pub cpu: Duration,
    /// Time of all plays.
    pub wall: Duration,
    /// What the plays of each scenario gave, in the order of [`SCENARIOS`].
    pub plays: [Vec<Times>; SCENARIOS.len()],
}

/// Times of one play: of its good answers alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// Good answers.
    pub ok: u64,
    /// Requests without one, which have no part in the times.
    pub failed: u64,
    /// Mean time of good answers; `None` when there are none.
    pub mean_ms: Option<f64>,
    /// 95th percentile of the same.
    pub p95_ms: Option<f64>,
}

impl Player<'_> {
    /// Plays all rounds.
    pub fn play(&self, running: &[Running], rounds: u32) -> Result<Vec<ServerResult>, Failure> {
        let mut results: Vec<ServerResult> = running.iter().map(|it| ServerResult::new(it.name)).collect();
        for round in 0..rounds {
            for (index, scenario) in SCENARIOS.iter().enumerate() {
                for (running, result) in running.iter().zip(&mut results) {
                    let times = self.play_once(running, scenario, result)?;
                    eprintln!("round {} {:<16} {:<10} {times:?}", round + 1, scenario.name, running.name);
                    result.plays[index].push(times);
                }
            }
        }
        Ok(results)
    }

    fn play_once(
        &self,
        running: &Running,
        scenario: &Scenario,
        result: &mut ServerResult,
    ) -> Result<Times, Failure> {
        self.stop.check()?;
        let mut command = Command::new(self.generator);
        let requests = self.requests.to_string();
        command
            .args(["http", "-c", "10", "-n", &requests, "-w", "10req", "-t", "2s", "--threads", "1"])
            .args(["--json", "--no-store", "--quiet"]);
        if !scenario.body.is_empty() {
            command.args(["-m", "POST", "-H", "content-type: application/json", "-D", scenario.body]);
        }
        command.arg(format!("http://127.0.0.1:{}{}", running.port, scenario.path));
        let before = running.process.cpu_time();
        // Every request may take its two seconds, ten at a time.
        let limit = Duration::from_secs(u64::from(self.requests) * 2 / 10 + 30);
        let finished = process::run_generator(&mut command, self.cores, limit, self.stop)?;
        result.cpu += running.process.cpu_time().since(before).total();
        result.wall += finished.wall;
        result.rss_bytes.push(running.process.rss_bytes());
        times_of(&finished.output).map_err(|why| {
            Failure::Bench(format!("{}, {}: {why}: {}", running.name, scenario.name, finished.output))
        })
    }
}

impl ServerResult {
    /// Nothing measured yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            rss_bytes: Vec::new(),
            cpu: Duration::ZERO,
            wall: Duration::ZERO,
            plays: std::array::from_fn(|_| Vec::new()),
        }
    }
}

/// Reads a run record.
pub fn times_of(output: &str) -> Result<Times, String> {
    let start = output.find('{').ok_or("no record")?;
    let mut values = serde_json::Deserializer::from_str(&output[start..]).into_iter::<Value>();
    let record = values.next().ok_or("no record")?.map_err(|error| format!("bad record: {error}"))?;
    let total = |name: &str| record["totals"][name].as_u64().ok_or(format!("no `totals.{name}`"));
    let ok = total("ok")?;
    let milliseconds =
        |name: &str| record["response_time_ns"][name].as_f64().filter(|_| ok > 0).map(|time| time / 1e6);
    Ok(Times {
        ok,
        failed: total("failed")? + total("rejected")?,
        mean_ms: milliseconds("mean"),
        p95_ms: milliseconds("p95"),
    })
}
