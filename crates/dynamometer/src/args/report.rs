//! `dyno report`.

use std::path::PathBuf;

use clap::Args;

const HELP: &str = "\
Examples:
  dyno report latest -o report.html
  dyno report checkout@-1 -o junit.xml -o summary.md
  dyno report latest                      the summary on stdout
  dyno report latest-comparison -o comparison.html
  dyno report latest-clients -o clients.html

Extensions: .html page · .json record · .md Markdown · .csv operations · .intervals.csv seconds · .xml JUnit ·
  .hgrm percentiles · .hlog histogram log · .prom OpenMetrics";

/// Writes reports of a stored run, comparison or contest of clients, recomputed from its record.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ReportArgs {
    /// The run, comparison or contest: an id or the start of it, a name, NAME@-1, a tag, `latest`, `latest-comparison`,
    /// or `latest-clients`
    #[arg(default_value = "latest")]
    pub run: String,
    /// A file to write, repeatable; its extension says what
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Print the record as JSON
    #[arg(long)]
    pub json: bool,
}
