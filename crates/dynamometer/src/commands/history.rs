//! `dyno history`: the stored runs of one plan, in order, and where they changed.

use std::path::Path;

use dyno_model::{HistoryRecord, Measured, units};
use dyno_report::{Format, text};
use dyno_store::{RunFilter, Store};
use dyno_verdict::{MetricKind, Session};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::args::history::HistoryArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Runs that are looked at when nothing else is said.
const LAST: u32 = 100;

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

/// The first moment that counts: a time before `now`, a date, or when a run started.
fn since(store: &mut Store, text: &str, now: Timestamp) -> Result<Timestamp, CommandError> {
    if let Ok(back) = units::parse_duration(text) {
        return now
            .checked_sub(back)
            .map_err(|error| CommandError::usage(format!("--since `{text}` is too long")).because(error));
    }
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    if let Ok(time) = text.parse::<Timestamp>().or_else(|_| text.parse::<Date>().and_then(midnight)) {
        return Ok(time);
    }
    let id = store.find(text).map_err(|error| {
        CommandError::usage(format!("--since `{text}` is no date, no time before now, and no run"))
            .because(error)
            .hint("write `2026-11-01`, `30d`, or a run of `dyno runs list`")
    })?;
    let started_at = store.load(&id)?.started_at;
    started_at.parse().map_err(|error: jiff::Error| {
        CommandError::usage(format!("the run {id} of --since has no time: `{started_at}`")).because(error)
    })
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
    let since = args.since.as_deref().map(|text| since(store, text, Timestamp::now())).transpose()?;
    let last = args.last.or(since.is_none().then_some(LAST));
    let filter = RunFilter { name: Some(name.clone()), limit: last, ..RunFilter::default() };
    let mut runs = store.list(&filter)?;
    let Some(newest) = runs.first().map(|run| run.started_at.clone()) else {
        // Says which names there are.
        store.find(&name)?;
        return Err(CommandError::usage(format!("`{name}` is not the name of a plan"))
            .hint("see the names with `dyno runs list`"));
    };
    if let Some(since) = since {
        runs.retain(|run| run.started_at.parse::<Timestamp>().is_ok_and(|started| started >= since));
        if runs.is_empty() {
            let message = format!("no run of `{name}` is as young as {since}");
            return Err(CommandError::usage(message).hint(format!("its newest is of {newest}")));
        }
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
