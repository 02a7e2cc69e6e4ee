//! One gate: a `dyno compare --run` from its start to its exit code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::disturbance::Quota;
use crate::bench::Stop;
use crate::failure::Failure;
use crate::project;

/// How one gate is played.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The `dyno` that compares.
    pub program: PathBuf,
    /// Baseline and candidate, as `--a` and `--b` take them.
    pub sides: [String; 2],
    /// Everything else.
    pub flags: Vec<String>,
    /// The seed of the order.
    pub seed: u64,
}

/// What came of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// What was played: only gates of one kind are counted together.
    pub kind: String,
    /// The seed of the order.
    pub seed: u64,
    /// The exit code.
    pub code: i32,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Quads that count, in both passes.
    pub quads: (u64, u64),
    /// Quads that were left out.
    pub discarded: u64,
    /// Cells that are called regressed.
    pub regressed: Vec<String>,
    /// The change of each metric of the whole, with its interval.
    #[serde(default)]
    pub changes: BTreeMap<String, Change>,
    /// The probability of each of these changes without a cause, before any correction.
    #[serde(default)]
    pub p: BTreeMap<String, f64>,
    /// What the rounds were, so that an odd gate can be looked at afterwards.
    #[serde(default)]
    pub rounds: Vec<Round>,
}

/// One round of a gate, by what most metrics follow from in a closed loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// `screen` or `confirm`.
    pub stage: String,
    /// The number of its quad.
    pub quad: u64,
    /// `A` or `B`.
    pub side: String,
    /// Successes per second.
    pub rate: Option<f64>,
    /// CPU of the server per request, in nanoseconds.
    pub cpu_per_request: Option<f64>,
    /// Whether its quad was left out.
    pub is_discarded: bool,
}

/// A change: a share of the baseline, for errors a plain difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The best guess.
    pub point: f64,
    /// Ends of its 95 % interval, when there are enough quads for one.
    pub interval: Option<(f64, f64)>,
}

/// How a gate ended, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It passed, or had not enough evidence to say anything.
    Passed,
    /// It called the candidate worse.
    Failed,
    /// The machine was too disturbed; it says nothing.
    Unfit,
}

impl Gate {
    /// How it ended.
    pub fn ending(&self) -> Ending {
        match self.code {
            0 | 3 => Ending::Passed,
            1 => Ending::Failed,
            _ => Ending::Unfit,
        }
    }
}

/// Plays one gate.
///
/// # Errors
/// When it cannot be played, gives no record, or the user asked to stop.
pub fn play(setting: &Setting, kind: &str, quota: Option<&Quota>, stop: &Stop) -> Result<Gate, Failure> {
    let mut command = Command::new(&setting.program);
    command.args([
        "compare",
        "--run",
        "--json",
        "--quiet",
        "--no-store",
        "--seed",
        &setting.seed.to_string(),
    ]);
    command.args(["--a", &setting.sides[0], "--b", &setting.sides[1]]).args(&setting.flags);
    if let Some(quota) = quota {
        command = quota.around(&command);
    }
    let shown = project::shown(&command);
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().map_err(Failure::run(&shown))?;
    // A Ctrl-C reaches the comparison as well, which then has nothing to count.
    stop.check()?;
    let code = output.status.code().unwrap_or(-1);
    let record: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if record["schema"].is_null() || ![0, 1, 3, 5].contains(&code) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Bench(format!("`{shown}` gave {code} and no record; it said:\n{said}")));
    }
    Ok(Gate { seconds: started.elapsed().as_secs_f64(), ..read(&record, kind, setting.seed, code) })
}

/// What counts of a comparison record.
fn read(record: &Value, kind: &str, seed: u64, code: i32) -> Gate {
    let none = Vec::new();
    let rows = record["rows"].as_array().unwrap_or(&none);
    let name = |row: &Value| match row["operation"].as_str() {
        Some(operation) => format!("{operation}/{}", row["metric"].as_str().unwrap_or_default()),
        None => row["metric"].as_str().unwrap_or_default().to_owned(),
    };
    let change_of = |row: &Value| {
        let change = &row["change"];
        let interval = change["low"].as_f64().zip(change["high"].as_f64());
        Some((name(row), Change { point: change["point"].as_f64()?, interval }))
    };
    let whole = || rows.iter().filter(|row| row["operation"].is_null());
    let changes = whole().filter_map(change_of).collect();
    let p = whole().filter_map(|row| Some((name(row), row["p"].as_f64()?))).collect();
    let contest = &record["contest"];
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    Gate {
        kind: kind.to_owned(),
        seed,
        code,
        seconds: 0.0,
        quads: (count(&contest["quads"][0]), count(&contest["quads"][1])),
        discarded: count(&contest["discarded_quads"]),
        regressed: rows.iter().filter(|row| row["verdict"] == "regressed").map(name).collect(),
        changes,
        p,
        rounds: contest["rounds"].as_array().unwrap_or(&none).iter().map(round).collect(),
    }
}

fn round(record: &Value) -> Round {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    Round {
        stage: text("stage"),
        quad: record["quad"].as_u64().unwrap_or(0),
        side: text("side"),
        rate: record["values"]["rate"].as_f64(),
        cpu_per_request: record["values"]["cpu_per_request"].as_f64(),
        is_discarded: !record["discarded"].is_null(),
    }
}

/// A short name of a program's content, so that gates of different builds are not counted together.
///
/// # Errors
/// When it cannot be read.
pub fn build_of(program: &Path) -> Result<String, Failure> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let bytes = std::fs::read(program).map_err(Failure::file("read", program))?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests;
