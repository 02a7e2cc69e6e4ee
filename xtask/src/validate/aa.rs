//! False alarms: two copies of one server are compared as if they were two builds, gate after gate.
//!
//! Each gate starts both copies anew, at paths of equal length, and the copies take turns at being the baseline.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::chart::{Axis, Chart, Series};
use super::disturbance::{Neighbours, Quota};
use super::gate::{self, Ending, Gate, Setting};
use super::{Common, append, directory, lines, proportion};
use crate::bench::{Stop, machine_description};
use crate::failure::Failure;

/// How gates are played: half a minute each.
///
/// Of a quad of 1.7 s a half is measured. The rest is what a comparison needs: 100 ms of load before each round, pauses,
/// fixed work around the rounds, and new programs. Only the load after a new start can be shorter than usual, because this
/// server is as fast in its first second as in its tenth.
const FLAGS: [&str; 9] = [
    "--ready",
    "http://127.0.0.1:{port}/plaintext",
    "--round",
    "200ms",
    "-w",
    "20ms",
    "-c",
    "4",
    "--restart=auto",
];
/// Ends of the axis of changes, of which the first is taken that holds all of them.
const CHART_ENDS: [f64; 5] = [0.01, 0.02, 0.05, 0.2, 0.5];

/// The flags of `validate aa`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// For how many minutes gates are played; those of earlier times count as well
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// What disturbs them
    #[arg(long, value_enum, default_value_t)]
    environment: Environment,
    /// Count gates of this earlier build as well, by its name in target/validate/aa.jsonl: it has to decide the same way
    #[arg(long, value_name = "BUILD")]
    also: Vec<String>,
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
        let gate = match gate::play(&setting, &kind, quota.as_ref(), &stop) {
            // What was played until now is shown all the same.
            Err(Failure::Interrupted) => break,
            played => played?,
        };
        append(&path, &gate)?;
        gates.push(gate);
        eprintln!("{}", said(&gates));
    }
    // The page shows every environment of these builds, as far as it was played.
    let all: Vec<Gate> = lines(&path);
    let build = kind.split(' ').next_back().unwrap_or_default();
    let builds: Vec<&str> = arguments.also.iter().map(String::as_str).chain([build]).collect();
    arguments.common.publish("aa", &section(&all, &builds), &chart(&all, &builds))?;
    Ok(ExitCode::SUCCESS)
}

/// What is said after a gate: how it ended, and what all of them together show.
fn said(gates: &[Gate]) -> String {
    let Counted { passed, failed, unfit, .. } = Counted::of(gates);
    let last = gates.last().map_or_else(String::new, |gate| {
        format!("{:?} after {:.1} s {}", gate.ending(), gate.seconds, gate.regressed.join(", "))
    });
    let decided = passed + failed;
    let bound = 100.0 * proportion::upper(failed, decided, 0.95);
    format!(
        "gate {}: {}; {failed} of {decided} are false alarms, at most {bound:.1} %; {unfit} not fit",
        gates.len(),
        last.trim_end()
    )
}

/// How many gates ended how.
struct Counted {
    passed: u64,
    failed: u64,
    unfit: u64,
    /// What a gate takes on average.
    seconds: f64,
}

impl Counted {
    fn of<'a>(gates: impl IntoIterator<Item = &'a Gate>) -> Self {
        let mut counted = Self { passed: 0, failed: 0, unfit: 0, seconds: 0.0 };
        for gate in gates {
            counted.seconds += gate.seconds;
            match gate.ending() {
                Ending::Passed => counted.passed += 1,
                Ending::Failed => counted.failed += 1,
                Ending::Unfit => counted.unfit += 1,
            }
        }
        counted.seconds /= (counted.passed + counted.failed + counted.unfit).max(1) as f64;
        counted
    }
}

/// Intervals of changes, which on equal builds have to hold 0: more numbers of a gate than its ending.
struct Intervals {
    /// Those that do not.
    wrong: u64,
    all: u64,
}

impl Intervals {
    fn of(gates: &[&Gate]) -> Self {
        let decided = gates.iter().filter(|gate| gate.ending() != Ending::Unfit);
        let ends: Vec<(f64, f64)> = decided
            .flat_map(|gate| gate.changes.values())
            .filter_map(|change| change.interval)
            // What never varied, such as errors that are not there, can hold nothing else.
            .filter(|(low, high)| low < high)
            .collect();
        let wrong = ends.iter().filter(|(low, high)| *low > 0.0 || *high < 0.0).count() as u64;
        Self { wrong, all: ends.len() as u64 }
    }
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

/// Gates of one environment.
fn of_environment<'a>(gates: &'a [Gate], environment: Environment, builds: &[&str]) -> Vec<&'a Gate> {
    let is_one = |gate: &&Gate| {
        gate.kind
            .split_once(' ')
            .is_some_and(|(word, build)| word == environment.word() && builds.contains(&build))
    };
    gates.iter().filter(is_one).collect()
}

/// The section of the page.
fn section(gates: &[Gate], builds: &[&str]) -> String {
    let of_builds =
        if builds.len() == 1 { String::new() } else { format!(" Gates of {} builds.", builds.len()) };
    let mut text = format!(
        "## False alarms\n\nTwo copies of one server, at paths of equal length, started anew for each quad and \
         compared by the real `dyno compare --run` as if they were two builds. A failed gate is a false alarm; the bound is \
         the upper 95 % limit of Clopper and Pearson. *Noisy* has a thread for each two cores that works and rests at \
         random, *quota* a limit of one and a half cores for everything together.\n\n    \
         cargo xtask validate aa --environment NAME\n\nplays more gates and writes this section; `--minutes` says for how \
         long. {}.{of_builds}\n\n![changes](validation/aa.svg)\n\n\
         | environment | gates | false alarms | bound | not enough evidence or passed | machine not fit | seconds a gate | \
         95 % intervals beside 0 |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
        machine_description()
    );
    for environment in Environment::value_variants() {
        let of_kind = of_environment(gates, *environment, builds);
        if of_kind.is_empty() {
            continue;
        }
        let beside = Intervals::of(&of_kind);
        let Counted { passed, failed, unfit, seconds } = Counted::of(of_kind);
        let decided = passed + failed;
        let bound = 100.0 * proportion::upper(failed, decided, 0.95);
        let name = environment.word();
        writeln!(
            text,
            "| {name} | {decided} | {failed} | {bound:.2} % | {passed} | {unfit} | {seconds:.0} | {} of {} |",
            beside.wrong, beside.all
        )
        .expect("invariant: writing to a string does not fail");
    }
    text
}

/// Every gate's change of the median response time, from the least to the greatest: on equal builds around nothing.
fn chart(gates: &[Gate], builds: &[&str]) -> Chart {
    let points = |environment: &Environment| {
        let of_kind = of_environment(gates, *environment, builds);
        let mut changes: Vec<f64> =
            of_kind.iter().filter_map(|gate| Some(gate.changes.get("p50")?.point)).collect();
        changes.sort_by(f64::total_cmp);
        let share = |index: usize| (index as f64 + 0.5) / changes.len() as f64;
        changes.iter().enumerate().map(|(index, change)| (share(index), *change)).collect::<Vec<_>>()
    };
    let series: Vec<Series> = Environment::value_variants()
        .iter()
        .map(|environment| Series::dots(environment.word(), points(environment)))
        .filter(|series| !series.points.is_empty())
        .collect();
    let largest = series.iter().flat_map(|one| &one.points).map(|(_, y)| y.abs()).fold(0.0, f64::max);
    let end = CHART_ENDS.into_iter().find(|end| *end >= largest).unwrap_or(1.0);
    Chart {
        id: "aa",
        title: "Equal builds: change of the median response time, gate by gate".to_owned(),
        x: Axis::percent("share of gates with a smaller change", &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        y: Axis::percent("change", &[-end, -end / 2.0, 0.0, end / 2.0, end]),
        series,
    }
}

#[cfg(test)]
mod tests;
