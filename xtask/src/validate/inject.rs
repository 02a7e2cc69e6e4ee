//! What the gate finds: the embedded target of one side is slowed by a known amount, in every way that it can be.
//!
//! Kinds and sizes take turns, so that a table is useful whenever the time is over. What a slowness truly does is measured
//! by one long comparison of each setting, which judges nothing; then gates of the usual length count how often it is
//! found. `kinds` says what is put in, `report` writes what came out.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use self::kinds::{KINDS, Kind};
use super::gate::{self, Ending, Gate, Setting};
use super::{Common, append, directory, lines};
use crate::bench::Stop;
use crate::failure::Failure;

mod kinds;
mod report;

/// How every comparison is played: short rounds, warm after a new start because nothing of this target is compiled late.
const PACE: [&str; 4] = ["--round", "200ms", "-w", "50ms"];
/// Rounds of the comparison that measures the truth.
const TRUTH_ROUND: &str = "500ms";
/// A truth that could not be measured is tried again after so many gates of its setting.
const TRUTH_AGAIN: usize = 4;

/// The flags of `validate inject`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// For how many minutes gates are played; those of earlier times count as well
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Sizes, in percent of what a request takes anyway; the first ones are played first
    #[arg(long, value_delimiter = ',', default_value = "5,0,10,2,20", value_name = "PERCENT", value_parser = size)]
    sizes: Vec<f64>,
    /// Kinds of slowness [default: all]
    #[arg(long, value_delimiter = ',', value_name = "KIND", value_parser = kinds::named)]
    kinds: Vec<&'static Kind>,
    /// Quads of the long comparison that says how large a change truly is
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(6..))]
    truth_quads: u32,
    #[command(flatten)]
    common: Common,
}

/// One slowness of one size.
#[derive(Debug, Clone, Copy)]
struct Case {
    kind: &'static Kind,
    /// In percent of what a request takes anyway.
    size: f64,
}

/// What is played next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// How large the change truly is.
    Truth,
    /// Whether it is found.
    Gate,
}

/// Plays until the time is over, then says how often each slowness was found.
pub fn command(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let program = arguments.common.program()?;
    let build = gate::build_of(&program)?;
    let path = directory()?.join("inject.jsonl");
    let cases = cases(arguments);
    let mut gates: Vec<Gate> = lines(&path);
    let end = Instant::now() + Duration::from_secs(arguments.minutes * 60);
    while Instant::now() < end && stop.check().is_ok() {
        let Some((case, step)) = next(&cases, &gates, &build) else { break };
        let key = case.key(step, &build);
        let setting = Setting {
            program: program.clone(),
            sides: case.sides(),
            flags: case.flags(step, arguments.truth_quads),
            seed: gates.iter().filter(|gate| gate.kind == key).count() as u64,
        };
        let gate = match gate::play(&setting, &key, None, &stop) {
            // What was played until now is shown all the same.
            Err(Failure::Interrupted) => break,
            played => played?,
        };
        append(&path, &gate)?;
        eprintln!("{}", case.said(step, &gate));
        gates.push(gate);
    }
    let text = report::section(&cases, &gates, &build);
    arguments.common.publish("inject", &text, &report::chart(&cases, &gates, &build))?;
    Ok(ExitCode::SUCCESS)
}

fn size(text: &str) -> Result<f64, String> {
    let size: f64 = text.trim().parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=100.0).contains(&size) { Ok(size) } else { Err(format!("{size} % is not between 0 and 100")) }
}

/// All that is to be played, in the order in which a first round goes through them.
fn cases(arguments: &Arguments) -> Vec<Case> {
    let kinds: Vec<&'static Kind> =
        if arguments.kinds.is_empty() { KINDS.iter().collect() } else { arguments.kinds.clone() };
    let of_size = |&size: &f64| {
        let has_size = move |kind: &&&Kind| kind.has_sizes || size == 0.0;
        kinds.iter().filter(has_size).map(move |&kind| Case { kind, size }).collect::<Vec<_>>()
    };
    arguments.sizes.iter().flat_map(of_size).collect()
}

/// The case with the fewest gates is next, the first of them in order; its truth comes before its second gate.
fn next(cases: &[Case], gates: &[Gate], build: &str) -> Option<(Case, Step)> {
    let played = |case: &Case| case.gates(gates, build).count();
    let case = *cases.iter().min_by_key(|case| played(case))?;
    let truths: Vec<&Gate> = gates.iter().filter(|gate| gate.kind == case.key(Step::Truth, build)).collect();
    let is_known = case.is_nothing() || truths.iter().any(|gate| gate.ending() != Ending::Unfit);
    let is_due = played(&case) > 0 && truths.len() <= played(&case) / TRUTH_AGAIN;
    Some((case, if is_due && !is_known { Step::Truth } else { Step::Gate }))
}

impl Case {
    /// Whether a request takes no longer than that of the other side.
    fn is_nothing(self) -> bool {
        self.size == 0.0
    }

    /// Under which name its gates and its truth are kept.
    fn key(self, step: Step, build: &str) -> String {
        let word = match step {
            Step::Truth => "truth",
            Step::Gate => "gate",
        };
        format!("{word} {} {} % {build}", self.kind.name, self.size)
    }

    fn gates<'a>(self, gates: &'a [Gate], build: &str) -> impl Iterator<Item = &'a Gate> {
        let key = self.key(Step::Gate, build);
        gates.iter().filter(move |gate| gate.kind == key)
    }

    /// Baseline and candidate as `--a` and `--b` take them.
    fn sides(self) -> [String; 2] {
        let side = |injection: String| format!("embedded {injection}").trim_end().to_owned();
        [side((self.kind.baseline)()), side((self.kind.candidate)(self.size))]
    }

    fn flags(self, step: Step, truth_quads: u32) -> Vec<String> {
        let flags = self.kind.load.iter().chain(&PACE).map(|&flag| flag.to_owned());
        let quads = truth_quads.to_string();
        let more: Vec<&str> = match step {
            // The round of the pace is replaced: the last one counts.
            Step::Truth => vec!["--no-confirm", "--quads", &quads],
            Step::Gate => vec!["--fail-on", self.kind.rule],
        };
        let mut flags: Vec<String> = flags.chain(more.into_iter().map(str::to_owned)).collect();
        if step == Step::Truth {
            flags.iter_mut().filter(|flag| *flag == "200ms").for_each(|flag| TRUTH_ROUND.clone_into(flag));
        }
        flags
    }

    /// Whether a gate failed because of the metric that was made worse.
    fn is_found_by(self, gate: &Gate) -> bool {
        gate.ending() == Ending::Failed && gate.regressed.iter().any(|name| name == self.kind.metric)
    }

    /// What is said of a comparison once it is over.
    fn said(self, step: Step, gate: &Gate) -> String {
        let Kind { name, metric, .. } = self.kind;
        let size = self.size;
        match step {
            Step::Truth => {
                let truth = gate.changes.get(*metric).map_or("unknown".to_owned(), |c| self.kind.words(c));
                format!("truth of {name} {size} %: {metric} {truth} worse, after {:.1} s", gate.seconds)
            }
            Step::Gate => {
                let is_found = if self.is_found_by(gate) { "found" } else { "not found" };
                let regressed = gate.regressed.join(", ");
                format!(
                    "{name} {size} %: {is_found}, {:?} after {:.1} s {regressed}",
                    gate.ending(),
                    gate.seconds
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
