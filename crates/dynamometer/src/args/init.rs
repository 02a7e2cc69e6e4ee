//! `dyno init`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

const HELP: &str = "\
Examples:
  dyno init quick                   writes quick.yaml and dyno-plan.schema.json
  dyno init ramp -o tests/ramp.yaml --no-schema";

/// Writes a plan file to start from, and the schema that lets editors complete it.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct InitArgs {
    /// Which plan
    #[arg(value_name = "TEMPLATE", value_parser = PossibleValuesParser::new(dyno_plan::TEMPLATE_NAMES))]
    pub template: String,
    /// The file to write [default: TEMPLATE.yaml]
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Do not write dyno-plan.schema.json beside it
    #[arg(long)]
    pub no_schema: bool,
    /// Overwrite the plan file if there is one
    #[arg(long)]
    pub force: bool,
}
