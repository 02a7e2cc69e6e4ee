//! `dyno compare`.

pub mod contest;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dyno_model::{Evidence, OnInconclusive};

use crate::args::profile::ChoiceArgs;
use crate::args::values;

const HELP: &str = "\
Examples:
  dyno compare checkout@-1 checkout                the newest run of a plan with the one before
  dyno compare before-upgrade latest               a tag with the newest run
  dyno compare main.json branch.json --fail-on 'p99:+10%' --fail-on 'errors:+0.1pp'
  wrk --latency http://127.0.0.1:8080/ | dyno compare wrk-before.txt -
  dyno compare a.json b.json -o comparison.html --explain
  dyno compare --run --a './old --port {port}' --b './new --port {port}' --ready 'http://127.0.0.1:{port}/' plan.yaml
  dyno compare --run --a-rev main --b-rev . --build 'cargo build --release' --start './target/release/app --port {port}' \\
    --ready 'http://127.0.0.1:{port}/health' --budget 3m

The first is the baseline, each of the others is compared with it. A file may hold a record of
`dyno`, or results of wrk, oha, hey, vegeta, k6, criterion and hyperfine. A run of the
store is an id or the start of it, a name, NAME@-1, a tag, or `latest`.

Rules are METRIC:CHANGE or OPERATION/METRIC:CHANGE, as in `p99:+10%`, `browse/p99:+5ms`,
`errors:+0.1pp`, `rate:-5%`.

Exit codes:
  0 nothing got worse · 1 something did · 3 not enough evidence, with --strict · 4 incomparable ·
  5 a build cannot be started or the machine is not fit · 130 interrupted";

/// Compares results: stored runs, files of records, results of other tools.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CompareArgs {
    /// Baseline and candidates: runs of the store, or files; `-` is the standard input
    #[arg(value_name = "RUN|FILE")]
    pub runs: Vec<String>,
    #[command(flatten)]
    pub contest: contest::ContestArgs,
    #[command(flatten)]
    pub gate: GateArgs,
    #[command(flatten)]
    pub output: CompareOutputArgs,
}

/// What fails a comparison.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gate")]
pub struct GateArgs {
    /// A change for the worse that fails, repeatable: `p99:+10%`, `browse/p99:+5ms`, `errors:+0.1pp`
    #[arg(long = "fail-on", value_name = "RULE")]
    pub fail_on: Vec<String>,
    /// The same limit for every time and rate that is judged, in percent; errors keep their own
    #[arg(long, value_name = "PERCENT", value_parser = values::percent)]
    pub threshold: Option<f64>,
    /// The least evidence that is enough: E0 (two runs, nothing known) to E4 (rounds on a certified machine)
    #[arg(long, value_name = "GRADE", value_parser = values::evidence)]
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough
    #[arg(long, value_name = "WHAT", value_enum)]
    pub on_inconclusive: Option<OnInconclusiveArg>,
    /// The same as `--on-inconclusive fail`
    #[arg(long, conflicts_with = "on_inconclusive")]
    pub strict: bool,
    /// Compare what is not alike as well: for reading, it never fails
    #[arg(long)]
    pub allow_incomparable: bool,
    #[command(flatten)]
    pub profile: ChoiceArgs,
    /// The seed of everything random in the comparison
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

impl GateArgs {
    /// What is done when the evidence is not enough; `None` when the command line does not say.
    pub fn on_inconclusive(&self) -> Option<OnInconclusive> {
        if self.strict {
            return Some(OnInconclusive::Fail);
        }
        self.on_inconclusive.map(|what| match what {
            OnInconclusiveArg::Pass => OnInconclusive::Pass,
            OnInconclusiveArg::Warn => OnInconclusive::Warn,
            OnInconclusiveArg::Fail => OnInconclusive::Fail,
        })
    }
}

/// What is done when the evidence is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnInconclusiveArg {
    /// It passes
    Pass,
    /// It passes with a warning
    Warn,
    /// It ends with exit code 3
    Fail,
}

/// Where a comparison goes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct CompareOutputArgs {
    /// Say of every row why its verdict is what it is
    #[arg(long)]
    pub explain: bool,
    /// A file to write, repeatable; its extension says what
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Print the comparison as JSON
    #[arg(long)]
    pub json: bool,
    /// Print nothing but errors and data
    #[arg(long)]
    pub quiet: bool,
    /// Keep it out of the store
    #[arg(long)]
    pub no_store: bool,
    /// The name of the comparison
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}
