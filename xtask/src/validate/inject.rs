//! What the gate finds: the embedded target burns a known amount of CPU time more in each request of one side.
//!
//! The truth of each size is measured by a long comparison without a gate; then gates of the usual length are played.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::gate::{self, Ending, Gate, Setting};
use super::{Common, append, directory, lines, proportion};
use crate::bench::Stop;
use crate::failure::Failure;

/// What a request of both sides takes, in microseconds of CPU.
const BASE_US: f64 = 1_000.0;
/// What is added, in percent of that.
const SIZES: [f64; 7] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0];
/// One connection: what a request costs is what it takes, without a queue.
const FLAGS: [&str; 6] = ["--path", "/cpu?us=1000", "-c", "1", "-w", "200ms"];
/// A gate that fails by time alone and says so at a change of 1 %: the tolerance must not hide what is found.
const GATE: [&str; 4] = ["--round", "500ms", "--fail-on", "p50:+1%"];

/// The flags of `validate inject`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Gates of each size; those of earlier times count
    #[arg(long, default_value_t = 20)]
    gates: u64,
    /// Quads of the long comparison that says how large a change truly is
    #[arg(long, default_value_t = 40)]
    truth_quads: u32,
    #[command(flatten)]
    common: Common,
}

/// Plays what is missing, then says how often each size was found.
pub fn command(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let stop = Stop::on_signals()?;
    let program = arguments.common.program()?;
    let build = gate::build_of(&program)?;
    let path = directory()?.join("inject.jsonl");
    for size in SIZES {
        let sides = ["embedded".to_owned(), slowed(size)];
        let quads = arguments.truth_quads.to_string();
        let long = ["--round", "1s", "--no-confirm", "--quads", quads.as_str()];
        for (kind, wanted, more) in
            [(truth(size, &build), 1, &long[..]), (found(size, &build), arguments.gates, &GATE)]
        {
            let played = lines(&path).iter().filter(|gate: &&Gate| gate.kind == kind).count() as u64;
            for seed in played..wanted {
                stop.check()?;
                let flags = FLAGS.iter().chain(more).map(|&flag| flag.to_owned()).collect();
                let setting = Setting { program: program.clone(), sides: sides.clone(), flags, seed };
                let gate = gate::play(&setting, &kind, None, &stop)?;
                eprintln!(
                    "{kind}, {} of {wanted}: {:?} after {:.1} s",
                    seed + 1,
                    gate.ending(),
                    gate.seconds
                );
                append(&path, &gate)?;
            }
        }
    }
    arguments.common.publish("inject", &section(&lines(&path), &build))?;
    Ok(ExitCode::SUCCESS)
}

fn slowed(percent: f64) -> String {
    let us = BASE_US * percent / 100.0;
    if us > 0.0 { format!("embedded busy={us}us") } else { "embedded".to_owned() }
}

fn truth(size: f64, build: &str) -> String {
    format!("truth {size} % {build}")
}

fn found(size: f64, build: &str) -> String {
    format!("gate {size} % {build}")
}

/// The table of the page.
fn section(gates: &[Gate], build: &str) -> String {
    let mut text = String::from(
        "## What is found\n\nThe embedded target burns so much more CPU time in each request of the candidate. *Truth* is the \
         change of the median response time in one long comparison, with its 95 % interval. *Found* counts gates of \
         `dyno compare --run --fail-on 'p50:+1%'` that fail, with the interval of Clopper and Pearson; at 0 % each is a false \
         alarm. `cargo xtask validate inject` plays more gates and writes this table.\n\n\
         | added | truth | found | share | machine not fit |\n|--:|---|--:|---|--:|\n",
    );
    for size in SIZES {
        let of = |kind: String| gates.iter().filter(move |gate| gate.kind == kind);
        let truth = of(truth(size, build)).find_map(|gate| gate.p50);
        let truth = truth.map_or("–".to_owned(), |p50| match p50.interval {
            Some((low, high)) => {
                format!("{:+.1} % [{:+.1}, {:+.1}]", p50.point * 100.0, low * 100.0, high * 100.0)
            }
            None => format!("{:+.1} %", p50.point * 100.0),
        });
        let count = |ending| of(found(size, build)).filter(|gate| gate.ending() == ending).count() as u64;
        let (passed, failed, unfit) = (count(Ending::Passed), count(Ending::Failed), count(Ending::Unfit));
        let decided = passed + failed;
        if decided + unfit == 0 {
            continue;
        }
        let (low, high) = proportion::interval(failed, decided);
        writeln!(
            text,
            "| {size} % | {truth} | {failed} of {decided} | {:.0} % to {:.0} % | {unfit} |",
            low * 100.0,
            high * 100.0
        )
        .expect("invariant: writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests;
