//! `dyno schema`.

use clap::{Args, ValueEnum};

/// Prints a JSON Schema.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dyno schema plan > dyno-plan.schema.json")]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub subject: SchemaSubject,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaSubject {
    /// Plan files.
    Plan,
    /// Run records.
    Run,
    /// Records of comparisons.
    Comparison,
    /// What `dyno history --json` prints.
    History,
    /// Profile files.
    Profile,
}
