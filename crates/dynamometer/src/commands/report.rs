//! `dyno report`: any output of a stored run, comparison or contest of clients.

use std::path::Path;

use dyno_store::{Found, Store};

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
    let mut store = Store::open(store)?;
    let id = match store.find_any(&args.run)? {
        Found::Run(id) => id,
        Found::Comparison(id) => return comparison(args, &store, &id),
        Found::Benchmark(id) => {
            return Err(CommandError::usage(format!(
                "`{id}` is a result of a benchmark, which has no report"
            ))
            .hint(format!(
                "see it with `dyno runs show {id}`, write it with `dyno runs export {id} -o FILE.csv`"
            )));
        }
        Found::Clients(id) => return clients(args, &store, &id),
    };
    let outputs = outputs::check(&args.outputs)?;
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

fn comparison(args: &ReportArgs, store: &Store, id: &str) -> Result<Exit, CommandError> {
    let outputs = outputs::check_comparison(&args.outputs)?;
    let record = store.load_comparison(id)?;
    for output in &outputs {
        output.write_comparison(&record)?;
        console::talk(&format!("wrote {}", output.path().display()));
    }
    if outputs.is_empty() || args.json {
        outputs::print_comparison(&record, args.json, false)?;
    }
    Ok(Exit::Passed)
}

fn clients(args: &ReportArgs, store: &Store, id: &str) -> Result<Exit, CommandError> {
    let outputs = outputs::check_clients(&args.outputs)?;
    let record = store.load_clients(id)?;
    for output in &outputs {
        output.write_clients(&record)?;
        console::talk(&format!("wrote {}", output.path().display()));
    }
    if outputs.is_empty() || args.json {
        outputs::print_clients(&record, args.json)?;
    }
    Ok(Exit::Passed)
}
