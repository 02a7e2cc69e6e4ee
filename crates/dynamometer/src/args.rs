//! The command line. Each command has a file of its own; flags that several share are in `shared`.

pub mod calibrate;
pub mod clients;
pub mod compare;
pub mod completions;
pub mod doctor;
pub mod history;
pub mod http;
pub mod init;
pub mod monitor;
pub mod play;
pub mod profile;
pub mod report;
pub mod run;
pub mod runs;
pub mod schema;
pub mod selftest;
pub mod serve;
pub mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  dyno run                                   the tour: embedded target, load, verdict, report
  dyno http http://127.0.0.1:8080/           as many requests as 50 connections can carry, for 10 s
  dyno http -q 500 -z 30s --threshold 'p99<20ms' http://127.0.0.1:8080/
  dyno init quick && dyno run quick.yaml     a plan file to start from

Exit codes:
  0 passed · 1 a threshold is violated or something got worse · 2 wrong command line or plan ·
  3 invalid or inconclusive · 4 incomparable · 5 target unreachable or nothing measured ·
  70 internal error · 130 interrupted";

/// Load tests for HTTP whose numbers can be trusted.
#[derive(Debug, Parser)]
#[command(name = "dyno", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Colour the output; NO_COLOR and CLICOLOR_FORCE are followed too
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Everywhere"
    )]
    pub color: ColourArg,
    /// The file of stored runs
    #[arg(
        long,
        global = true,
        env = "DYNO_STORE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Everywhere"
    )]
    pub store: Option<PathBuf>,
    /// Log what is done to this file; at 10 MB the next one begins, and ten of ten days are kept
    #[arg(
        long,
        global = true,
        env = "DYNO_LOG_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Everywhere"
    )]
    pub log_file: Option<PathBuf>,
    /// What the log holds: error, warn, info, debug or trace
    #[arg(
        long,
        global = true,
        env = "DYNO_LOG_LEVEL",
        hide_env_values = true,
        value_enum,
        default_value_t,
        value_name = "LEVEL",
        hide_possible_values = true,
        help_heading = "Everywhere"
    )]
    pub log_level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may have.
    Warn,
    /// And what was done: commands, runs, contests, workers, set-ups, requests to the results API that change something.
    Info,
    /// And what workers write to stderr, and all other requests to the results API.
    #[default]
    Debug,
    /// And everything else.
    Trace,
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColourArg {
    /// On terminals.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Nowhere.
    Never,
}

/// What `dyno` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a plan; without one, the built-in tour
    Run(Box<run::RunArgs>),
    /// Load an HTTP endpoint
    Http(Box<http::HttpArgs>),
    /// Start the reference target
    Serve(serve::ServeArgs),
    /// Look at stored runs and manage them
    Runs(runs::RunsArgs),
    /// Compare HTTP client libraries: what does asking cost
    Clients(clients::ClientsArgs),
    /// Serve the results API and a page over the store
    Monitor(monitor::MonitorArgs),
    /// Compare results: did anything get slower, and is that more than chance
    Compare(Box<compare::CompareArgs>),
    /// Show how a plan's figures changed over its stored runs
    History(history::HistoryArgs),
    /// Write reports of a stored run or comparison
    Report(report::ReportArgs),
    /// Measure the noise of this machine: how small a change a comparison here can find
    Calibrate(calibrate::CalibrateArgs),
    /// Test the gate itself: does it find a slowness that is put in
    Selftest(Box<selftest::SelftestArgs>),
    /// Show limits, tolerances and noise of this machine, and where they come from
    Profile(profile::ProfileArgs),
    /// Say whether this machine is fit to measure on
    Doctor(doctor::DoctorArgs),
    /// Write a plan file to start from
    Init(init::InitArgs),
    /// Print the JSON Schema of plans, records or profiles
    Schema(schema::SchemaArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print or write manual pages
    Man(completions::ManArgs),
    /// The target as a child process: says its addresses in one line of JSON, ends when its stdin closes
    #[command(hide = true)]
    EmbeddedTarget(serve::EmbeddedTargetArgs),
    /// The load engine as a worker of a contest: speaks the worker protocol on standard input and output
    #[command(hide = true)]
    Worker,
}

#[cfg(test)]
mod tests;
