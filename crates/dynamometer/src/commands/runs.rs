//! `dyno runs`: listing, showing, moving and removing stored runs.

mod benchmarks;
mod comparisons;

use std::path::{Path, PathBuf};

use dyno_model::units;
use dyno_store::{BenchmarkFilter, ComparisonFilter, Found, Prune, RunFilter, RunSummary, Store, is_sqlite};

use crate::args::runs::RunsCommand;
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{baseline, outputs};

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
        RunsCommand::List { name, tag, limit, json, .. } => {
            let filter = RunFilter { name: name.clone(), tag: tag.clone(), limit: Some(*limit) };
            list(&store.list(&filter)?, *json)?;
        }
        RunsCommand::Show { run, json } => match store.find_any(run)? {
            Found::Run(id) => outputs::print(&store.load(&id)?, *json)?,
            Found::Comparison(id) => {
                outputs::print_comparison(&store.load_comparison(&id)?, *json, false)?;
            }
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
        RunsCommand::Export { runs, output } => export(&mut store, runs, output.as_ref())?,
        RunsCommand::Import { files } => import(&mut store, files)?,
        RunsCommand::Prune { keep, older_than } => {
            let removed = store.prune(&Prune { keep_per_name: *keep, older_than: *older_than })?;
            console::talk(&format!("removed {} runs, comparisons and results", removed.len()));
        }
        RunsCommand::Tag { run, tag } => {
            let id = store.find(run)?;
            baseline::check(&store.load(&id)?)?;
            store.tag(&id, tag)?;
            console::talk(&format!("{id} has the tag `{tag}`"));
        }
        RunsCommand::Untag { run, tag } => {
            let id = store.find(run)?;
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
    let id = |found: Found| match found {
        Found::Run(id) | Found::Comparison(id) | Found::Benchmark(id) => id,
    };
    runs.iter().map(|run| Ok(id(store.find_any(run)?))).collect()
}

fn list(runs: &[RunSummary], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&pretty(&runs));
    }
    if runs.is_empty() {
        console::talk("the store has no such runs; `dyno run` plays the tour");
        return Ok(());
    }
    let plain = |text: String| (text, Tone::Plain);
    let rows: Vec<Vec<(String, Tone)>> = runs
        .iter()
        .map(|run| {
            vec![
                plain(run.id.clone()),
                plain(clip(&run.name)),
                plain(run.started_at.chars().take("2026-01-01T00:00:00".len()).collect()),
                (judgement(run), tone_of(run)),
                plain(units::format_count(run.requests)),
                plain(units::format_rate(run.throughput_per_s)),
                plain(units::format_ns(run.p99_ns)),
                plain(run.tags.join(" ")),
            ]
        })
        .collect();
    let header = ["run", "name", "started (UTC)", "verdict", "requests", "ok rate", "p99", "tags"];
    console::data(table::toned(&header, &rows, Wrapping::Never).as_bytes())
}

/// The start of a long name.
fn clip(name: &str) -> String {
    match name.char_indices().nth(NAME_SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// The verdict, and what lowers it.
fn judgement(run: &RunSummary) -> String {
    let mut words = vec![run.verdict.as_str()];
    if run.validity != "valid" {
        words.push(&run.validity);
    }
    if run.state != "finished" {
        words.push(&run.state);
    }
    words.join(", ")
}

fn tone_of(run: &RunSummary) -> Tone {
    match (run.verdict.as_str(), run.validity.as_str()) {
        ("fail", _) | (_, "invalid") => Tone::Bad,
        (_, "suspect") => Tone::Doubtful,
        ("pass", _) => Tone::Good,
        _ => Tone::Plain,
    }
}

fn export(store: &mut Store, runs: &[String], output: Option<&PathBuf>) -> Result<(), CommandError> {
    for run in runs {
        if let Found::Benchmark(id) = store.find_any(run)? {
            return Err(no_record(&id));
        }
    }
    let ids = find_all(store, runs)?;
    let text = match ids.as_slice() {
        [id] => store.export(id)?,
        ids => store.export_bundle(ids)?,
    };
    match output {
        None => console::data(text.as_bytes()),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| {
                CommandError::output(format!("cannot write `{}`", path.display())).because(error)
            })?;
            console::talk(&format!("wrote {}", path.display()));
            Ok(())
        }
    }
}

/// A result of a benchmark is no record of a run.
fn no_record(id: &str) -> CommandError {
    CommandError::usage(format!("`{id}` is a result of a benchmark, which has no record to export"))
        .hint(format!("see it with `dyno runs show {id} --json`"))
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
