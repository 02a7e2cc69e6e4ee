//! `dyno runs export`: what the store holds as JSON that can be imported again, and results as a table.

use std::path::Path;

use dyno_report::benchmarks;
use dyno_store::{Store, StoreError};

use crate::console;
use crate::error::CommandError;

/// Writes what has these ids to the file, or to stdout.
///
/// # Errors
/// When a table is asked for of what is no result, one of them is not there, or the file cannot be written.
pub fn export(store: &mut Store, ids: &[String], output: Option<&Path>) -> Result<(), CommandError> {
    let is_table =
        output.and_then(Path::extension).is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let text = if is_table { table(store, ids)? } else { json(store, ids)? };
    let Some(path) = output else { return console::data(text.as_bytes()) };
    std::fs::write(path, text)
        .map_err(|error| CommandError::output(format!("cannot write `{}`", path.display())).because(error))?;
    console::talk(&format!("wrote {}", path.display()));
    Ok(())
}

fn json(store: &mut Store, ids: &[String]) -> Result<String, StoreError> {
    match ids {
        [id] => store.export(id),
        ids => store.export_bundle(ids),
    }
}

fn table(store: &mut Store, ids: &[String]) -> Result<String, CommandError> {
    let mut results = Vec::new();
    for id in ids {
        let Some(result) = store.benchmark(id)? else {
            let text = format!("`{id}` is no result of a benchmark, which alone are written as one table");
            return Err(CommandError::usage(text)
                .hint(format!("write it with `dyno report {id} -o FILE.csv`, or as FILE.json")));
        };
        results.push(result);
    }
    Ok(benchmarks::rows(&results))
}
