//! `dyno runs`: the store.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::args::values;

const HELP: &str = "\
Examples:
  dyno runs list --name checkout
  dyno runs show latest
  dyno runs show checkout@-1           the run before the newest of that name
  dyno runs export latest -o run.json
  dyno runs prune --keep 20 --older-than 30d

A run is named by its id or the start of it, by a name (its newest run), NAME@-1, a tag, or `latest`;
a comparison by its id or the start of it, or `latest-comparison`;
a contest of clients like a run, or `latest-clients`.";

/// Looks at stored runs, comparisons and contests of clients, and manages them.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct RunsArgs {
    #[command(subcommand)]
    pub command: RunsCommand,
}

/// What can be done with stored runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs and contests of clients, the newest first
    #[command(after_help = "Example:\n  dyno runs list --limit 5 --json")]
    List {
        /// Only runs of this name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Only runs with this tag
        #[arg(long, value_name = "TAG")]
        tag: Option<String>,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        /// List comparisons instead
        #[arg(long, conflicts_with = "tag")]
        comparisons: bool,
        /// List results of benchmarks of client libraries instead
        #[arg(long, conflicts_with_all = ["tag", "comparisons"])]
        results: bool,
        /// List contests of clients alone
        #[arg(long, conflicts_with_all = ["comparisons", "results"])]
        clients: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the summary of a run, comparison or contest of clients
    #[command(after_help = "Example:\n  dyno runs show latest")]
    Show {
        /// The run, comparison or contest
        #[arg(default_value = "latest")]
        run: String,
        /// Print the record as JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove runs, comparisons and contests of clients
    #[command(after_help = "Example:\n  dyno runs rm 01J8ZQ 01J90A")]
    Rm {
        /// The runs, comparisons and contests
        #[arg(required = true)]
        runs: Vec<String>,
    },
    /// Write runs, comparisons, contests of clients and results of benchmarks as JSON, without loss; results also as CSV
    #[command(
        after_help = "Examples:\n  dyno runs export latest -o run.json\n  dyno runs export --results -o results.csv"
    )]
    Export {
        /// The runs, comparisons, contests and results
        #[arg(required_unless_present = "results")]
        runs: Vec<String>,
        /// All results of benchmarks of client libraries, the newest first
        #[arg(long, conflicts_with = "runs")]
        results: bool,
        /// Only results of this name
        #[arg(long, value_name = "NAME", requires = "results")]
        name: Option<String>,
        /// The file to write instead of stdout; `.csv` makes results a table, their times in milliseconds
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Read exported runs, comparisons, contests of clients and results, and databases of http-client-benchmarker
    #[command(after_help = "Examples:\n  dyno runs import run.json\n  dyno runs import benchmark_results.db")]
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Remove old runs, comparisons, contests and results by rule; what is tagged stays, and comparisons with tagged runs
    #[command(after_help = "Example:\n  dyno runs prune --keep 20 --older-than 30d")]
    Prune {
        /// Keep this many of the newest runs of each name
        #[arg(long, value_name = "N", required_unless_present = "older_than")]
        keep: Option<u32>,
        /// Keep runs that are younger than this
        #[arg(long, value_name = "TIME", value_parser = values::duration)]
        older_than: Option<Duration>,
    },
    /// Tag a run or contest of clients, so that it is found by the tag, can be a baseline, and is never pruned
    ///
    /// A run that is invalid, interrupted or full of errors cannot be tagged: it can never become a baseline.
    #[command(after_help = "Example:\n  dyno runs tag latest before-upgrade")]
    Tag {
        /// The run
        run: String,
        /// The tag
        tag: String,
    },
    /// Take a tag away
    #[command(after_help = "Example:\n  dyno runs untag main main")]
    Untag {
        /// The run
        run: String,
        /// The tag
        tag: String,
    },
}
