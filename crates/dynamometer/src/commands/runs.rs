//! `dyno runs`: listing, showing, moving and removing stored runs, comparisons and contests of clients.

mod benchmarks;
mod comparisons;
mod export;
mod list;

use std::path::{Path, PathBuf};

use dyno_model::ValidityState;
use dyno_store::{BenchmarkFilter, ComparisonFilter, Found, Prune, RunFilter, Store, is_sqlite};

use crate::args::runs::RunsCommand;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{baseline, outputs};

use list::Kinds;

/// Characters of a name that lists show.
const NAME_SHOWN: usize = 40;

/// Does what was asked with the store.
///
/// # Errors
/// When the store cannot be used or a run is not there.
pub fn runs(command: &RunsCommand, store: Option<&Path>) -> Result<Exit, CommandError> {
    let mut store = Store::open(store)?;
    match command {
        RunsCommand::List { name, limit, json, comparisons: true, .. } => {
            let filter = ComparisonFilter { name: name.clone(), limit: Some(*limit) };
            comparisons::list(&store.list_comparisons(&filter)?, *json)?;
        }
        RunsCommand::List { name, limit, json, results: true, .. } => {
            let filter =
                BenchmarkFilter { name: name.clone(), limit: Some(*limit), ..BenchmarkFilter::default() };
            benchmarks::list(&store.benchmarks(&filter)?.results, *json)?;
        }
        RunsCommand::List { name, tag, limit, json, clients, .. } => {
            let filter = RunFilter { name: name.clone(), tag: tag.clone(), limit: Some(*limit) };
            let kinds = if *clients { Kinds::Clients } else { Kinds::All };
            list::list(&mut store, &filter, kinds, *json)?;
        }
        RunsCommand::Show { run, json } => match store.find_any(run)? {
            Found::Run(id) => outputs::print(&store.load(&id)?, *json)?,
            Found::Comparison(id) => {
                outputs::print_comparison(&store.load_comparison(&id)?, *json, false)?;
            }
            Found::Clients(id) => outputs::print_clients(&store.load_clients(&id)?, *json)?,
            Found::Benchmark(id) => {
                let result = store
                    .benchmark(&id)?
                    .ok_or_else(|| CommandError::usage(format!("there is no result `{id}`")))?;
                benchmarks::show(&result, *json)?;
            }
        },
        RunsCommand::Rm { runs } => {
            let ids = find_all(&mut store, runs)?;
            store.remove(&ids)?;
            console::talk(&format!("removed {}", ids.join(", ")));
        }
        RunsCommand::Export { runs, results, name, output } => {
            let ids = if *results {
                benchmarks::ids(&mut store, name.as_deref())?
            } else {
                find_all(&mut store, runs)?
            };
            export::export(&mut store, &ids, output.as_deref())?;
        }
        RunsCommand::Import { files } => import(&mut store, files)?,
        RunsCommand::Prune { keep, older_than } => {
            let removed = store.prune(&Prune { keep_per_name: *keep, older_than: *older_than })?;
            console::talk(&format!("removed {} runs, comparisons, contests and results", removed.len()));
        }
        RunsCommand::Tag { run, tag } => {
            let id = taggable(&mut store, run)?;
            store.tag(&id, tag)?;
            console::talk(&format!("{id} has the tag `{tag}`"));
        }
        RunsCommand::Untag { run, tag } => {
            let id = store.find_any(run)?.id().to_owned();
            if store.untag(&id, tag)? {
                console::talk(&format!("{id} has no longer the tag `{tag}`"));
            } else {
                return Err(CommandError::usage(format!("run `{id}` has no tag `{tag}`"))
                    .hint(format!("see the tags with `dyno runs list --tag {tag}`")));
            }
        }
    }
    Ok(Exit::Passed)
}

fn find_all(store: &mut Store, runs: &[String]) -> Result<Vec<String>, CommandError> {
    runs.iter().map(|run| Ok(store.find_any(run)?.id().to_owned())).collect()
}

/// The id of a run or contest that may have tags: one that says something, since others are compared with it.
fn taggable(store: &mut Store, text: &str) -> Result<String, CommandError> {
    match store.find_any(text)? {
        Found::Run(id) => {
            baseline::check(&store.load(&id)?)?;
            Ok(id)
        }
        Found::Clients(id) => {
            let validity = store.load_clients(&id)?.validity;
            if validity.state == ValidityState::Invalid {
                let message = format!("the contest `{id}` is invalid, so it cannot be tagged");
                let why = validity.reasons.iter().find(|reason| reason.state == ValidityState::Invalid);
                let error = CommandError::usage(message).hint("play it again");
                return Err(match why {
                    Some(reason) => error.because(reason.detail.clone()),
                    None => error,
                });
            }
            Ok(id)
        }
        Found::Comparison(id) => {
            Err(CommandError::usage(format!("`{id}` is a comparison, which has no tags"))
                .hint("tag the run that it has as its baseline"))
        }
        Found::Benchmark(id) => {
            Err(CommandError::usage(format!("`{id}` is a result of a benchmark, which has no tags")))
        }
    }
}

/// The start of a long name.
fn clip(name: &str) -> String {
    match name.char_indices().nth(NAME_SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn import(store: &mut Store, files: &[PathBuf]) -> Result<(), CommandError> {
    for path in files {
        if is_sqlite(path) {
            benchmarks::import(store, path)?;
            continue;
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            CommandError::usage(format!("cannot read `{}`", path.display())).because(error)
        })?;
        let imported = store.import(&text)?;
        let (added, skipped) = (imported.added.len(), imported.skipped.len());
        console::talk(&format!("{}: {added} added, {skipped} there already", path.display()));
        for id in &imported.added {
            console::data(format!("{id}\n").as_bytes())?;
        }
    }
    Ok(())
}
