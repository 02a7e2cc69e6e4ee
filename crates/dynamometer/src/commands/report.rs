//! `dyno report`: any output of a stored run.

use std::path::Path;

use dyno_store::Store;

use crate::args::report::ReportArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::outputs;

/// Writes the files, or prints the run when none is named.
///
/// # Errors
/// When the run is not there or a file cannot be written.
pub fn report(args: &ReportArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    let outputs = outputs::check(&args.outputs)?;
    let mut store = Store::open(store)?;
    let id = store.find(&args.run)?;
    let record = store.load(&id)?;
    for output in &outputs {
        output.write(&record)?;
        console::talk(&format!("wrote {}", output.path().display()));
    }
    if outputs.is_empty() || args.json {
        outputs::print(&record, args.json)?;
    }
    Ok(Exit::Passed)
}
