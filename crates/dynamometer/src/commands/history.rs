//! `dyno history`: the stored runs of one plan, in order, and where they changed.

use std::path::Path;

use dyno_model::{HistoryRecord, Measured};
use dyno_report::{Format, text};
use dyno_store::{RunFilter, Store};
use dyno_verdict::{MetricKind, Session};

use crate::args::history::HistoryArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Shows the history.
///
/// # Errors
/// When a metric is not known, there are no such runs, or an output cannot be written.
pub fn history(args: &HistoryArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    let formats: Vec<(&Path, Format)> = args
        .outputs
        .iter()
        .map(|path| Ok((path.as_path(), Format::from_path(path)?)))
        .collect::<Result<_, CommandError>>()?;
    for (path, format) in &formats {
        if !matches!(format, Format::Html | Format::Json) {
            return Err(CommandError::usage(format!(
                "cannot write a history as {} to `{}`; write .html or .json",
                format.name(),
                path.display()
            )));
        }
    }
    for metric in &args.metrics {
        check_metric(metric)?;
    }
    let mut store = Store::open(store)?;
    let record = record(&mut store, args)?;
    for (path, format) in formats {
        let bytes = dyno_report::history::render(format, &record)?;
        std::fs::write(path, bytes).map_err(|error| {
            CommandError::output(format!("cannot write the history to `{}`", path.display())).because(error)
        })?;
        console::talk(&format!("wrote {}", path.display()));
    }
    if args.json {
        console::data(&dyno_report::history::render(Format::Json, &record)?)?;
    } else if args.outputs.is_empty() {
        let style = text::Style { colour: console::stdout_has_colour(), width: console::width() };
        console::data(dyno_report::history::summary(&record, style, args.limit).as_bytes())?;
    }
    Ok(Exit::Passed)
}

fn check_metric(metric: &str) -> Result<(), CommandError> {
    if MetricKind::of(metric).is_some() {
        return Ok(());
    }
    Err(CommandError::usage(format!("there is no metric `{metric}`")).hint(
        "known are p50, p99 and other quantiles, mean, max, service.p99, rate, errors, cpu_per_request, rss",
    ))
}

/// The history of the named plan from the newest runs of it.
fn record(store: &mut Store, args: &HistoryArgs) -> Result<HistoryRecord, CommandError> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let id = store.find("latest")?;
            store.load(&id)?.name
        }
    };
    let filter = RunFilter { name: Some(name.clone()), limit: Some(args.last), ..RunFilter::default() };
    let mut runs = store.list(&filter)?;
    if runs.is_empty() {
        // Says which names there are.
        store.find(&name)?;
        return Err(CommandError::usage(format!("`{name}` is not the name of a plan"))
            .hint("see the names with `dyno runs list`"));
    }
    runs.reverse();
    let mut sessions = Vec::with_capacity(runs.len());
    for run in runs {
        let record = store.load(&run.id)?;
        sessions.push(Session {
            measured: Measured::from(&record),
            verdict: record.verdict.state,
            tags: record.tags,
        });
    }
    Ok(dyno_verdict::history(&name, &sessions, &args.metrics))
}
