//! `dyno schema`: JSON Schemas, made from the types that read and write the files.

use dyno_model::{ComparisonRecord, HistoryRecord, RunRecord};

use crate::args::schema::{SchemaArgs, SchemaSubject};
use crate::commands::pretty;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Prints a schema.
///
/// # Errors
/// When stdout cannot be written.
pub fn schema(args: &SchemaArgs) -> Result<Exit, CommandError> {
    let bytes = match args.subject {
        SchemaSubject::Plan => pretty(&dyno_plan::plan_schema()),
        SchemaSubject::Comparison => pretty(&schemars::schema_for!(ComparisonRecord)),
        SchemaSubject::History => pretty(&schemars::schema_for!(HistoryRecord)),
        SchemaSubject::Profile => pretty(&dyno_verdict::profile_schema()),
        SchemaSubject::Run => pretty(&schemars::schema_for!(RunRecord)),
    };
    console::data(&bytes)?;
    Ok(Exit::Passed)
}
