//! Results of benchmarks of client libraries: listing, showing, and reading those of http-client-benchmarker.

use std::path::Path;

use dyno_model::{BenchmarkFigures, BenchmarkResult, BenchmarkStatus, MemoryUnit, units};
use dyno_store::{BenchmarkFilter, Store, StoreError, read_foreign_results};

use super::clip;
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;

/// The ids of all results, or of those with this name, newest first.
///
/// # Errors
/// When the store cannot be read.
pub fn ids(store: &mut Store, name: Option<&str>) -> Result<Vec<String>, StoreError> {
    let filter = BenchmarkFilter { name: name.map(str::to_owned), ..BenchmarkFilter::default() };
    Ok(store.benchmarks(&filter)?.results.into_iter().map(|result| result.id).collect())
}

/// Prints the list, newest first.
///
/// # Errors
/// When stdout cannot be written.
pub fn list(results: &[BenchmarkResult], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&pretty(&results));
    }
    if results.is_empty() {
        console::talk("the store has no such results; `dyno monitor` plays benchmarks of clients");
        return Ok(());
    }
    let plain = |text: String| (text, Tone::Plain);
    let rows: Vec<Vec<(String, Tone)>> = results
        .iter()
        .map(|result| {
            let figure = |of: fn(&BenchmarkFigures) -> String| {
                plain(result.figures.as_ref().map_or("–".to_owned(), of))
            };
            vec![
                plain(result.id.clone()),
                plain(clip(&result.name)),
                plain(format!("{} {}", result.client_library, result.client_type)),
                plain(result.http_method.clone()),
                plain(result.start_time.chars().take("2026-01-01T00:00:00".len()).collect()),
                (result.status.name().to_owned(), tone(result.status)),
                figure(|figures| units::format_count(figures.requests_count)),
                figure(|figures| units::format_rate(figures.requests_per_second)),
                figure(mean),
                figure(|figures| units::format_share(figures.error_rate_percent() / 100.0)),
            ]
        })
        .collect();
    let header = [
        "result",
        "name",
        "client",
        "method",
        "started (UTC)",
        "status",
        "requests",
        "answers",
        "mean",
        "errors",
    ];
    console::data(table::toned(&header, &rows, Wrapping::Never).as_bytes())
}

/// Prints one, with the labels of http-client-benchmarker.
///
/// # Errors
/// When stdout cannot be written.
pub fn show(result: &BenchmarkResult, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&pretty(result));
    }
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut say = |label: &str, text: String| rows.push([label.to_owned(), text]);
    say("Name", result.name.clone());
    say("Status", result.status.name().to_owned());
    if let Some(error) = &result.error {
        say("Error", error.clone());
    }
    say("Client Library", format!("{} {}", result.client_library, result.client_type));
    say("URL", result.url.clone());
    say("HTTP Method", result.http_method.clone());
    if let Some(figures) = &result.figures {
        let unknown = || "–".to_owned();
        say("Duration", units::format_ns(figures.duration_ns));
        say("Requests", units::format_count(figures.requests_count));
        say("RPS", units::format_rate(figures.requests_per_second));
        if let Some(times) = &figures.response_time {
            say("Avg Response Time", units::format_ns(times.avg_ns));
            say("Min Response Time", units::format_ns(times.min_ns));
            say("Max Response Time", units::format_ns(times.max_ns));
            say("95th Percentile", units::format_ns(times.p95_ns));
            say("99th Percentile", units::format_ns(times.p99_ns));
        }
        say("Error Rate", units::format_share(figures.error_rate_percent() / 100.0));
        say(
            "CPU Usage (avg)",
            figures.cpu_usage_percent.map_or_else(unknown, |percent| format!("{percent:.1} %")),
        );
        let unit =
            if figures.memory_unit == MemoryUnit::Megabytes { "MB" } else { "(unit unknown: MB or percent)" };
        say(
            "Memory Usage (avg)",
            figures.memory_usage.map_or_else(unknown, |value| format!("{value:.1} {unit}")),
        );
    }
    console::data(table::plain(&rows).as_bytes())
}

/// Reads a database of http-client-benchmarker into the store; prints the ids that are new.
///
/// # Errors
/// When the file is no such database, or the store cannot be written.
pub fn import(store: &mut Store, path: &Path) -> Result<(), CommandError> {
    let found = read_foreign_results(path)?;
    let imported = store.import_benchmarks(&found.results)?;
    for problem in &found.problems {
        console::warn(&format!("{}: {} is left out: {}", path.display(), problem.id, problem.problem));
    }
    for id in &imported.conflicts {
        console::warn(&format!(
            "{}: {id} is stored already with different content; `dyno runs rm {id}` makes room",
            path.display()
        ));
    }
    let left_out = found.problems.len() + imported.conflicts.len();
    console::talk(&format!(
        "{}: {} added, {} there already, {left_out} left out",
        path.display(),
        imported.added.len(),
        imported.skipped.len()
    ));
    let unknown = found.results.iter().filter_map(|result| result.figures.as_ref());
    if unknown
        .into_iter()
        .any(|figures| figures.memory_unit == MemoryUnit::Unknown && figures.memory_usage.is_some())
    {
        console::talk(
            "memory figures of http-client-benchmarker are kept, their unit is unknown: it documents MB and writes percent",
        );
    }
    imported.added.iter().try_for_each(|id| console::data(format!("{id}\n").as_bytes()))
}

fn mean(figures: &BenchmarkFigures) -> String {
    figures.response_time.as_ref().map_or("–".to_owned(), |times| units::format_ns(times.avg_ns))
}

fn tone(status: BenchmarkStatus) -> Tone {
    match status {
        BenchmarkStatus::Completed => Tone::Good,
        BenchmarkStatus::Failed => Tone::Bad,
        BenchmarkStatus::Running => Tone::Plain,
    }
}
