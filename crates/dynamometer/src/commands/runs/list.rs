//! The list of stored runs and contests of clients, newest first.

use dyno_model::units;
use dyno_store::{ClientsFilter, ClientsSummary, RunFilter, RunSummary, Store};
use serde_json::Value;

use super::clip;
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// Runs and contests of clients.
    All,
    /// Contests of clients alone.
    Clients,
}

/// One line of the list.
enum Line {
    Run(RunSummary),
    Clients(ClientsSummary),
}

/// Prints the list.
///
/// # Errors
/// When the store cannot be read, or stdout not be written.
pub fn list(store: &mut Store, filter: &RunFilter, kinds: Kinds, as_json: bool) -> Result<(), CommandError> {
    let of_clients =
        ClientsFilter { name: filter.name.clone(), tag: filter.tag.clone(), limit: filter.limit };
    let mut lines: Vec<Line> = store.list_clients(&of_clients)?.into_iter().map(Line::Clients).collect();
    if kinds == Kinds::All {
        lines.extend(store.list(filter)?.into_iter().map(Line::Run));
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.at().parse::<jiff::Timestamp>().unwrap_or_default()));
    lines.truncate(filter.limit.map_or(usize::MAX, |limit| limit as usize));
    if as_json {
        let all: Vec<Value> = lines.iter().map(Line::json).collect();
        return console::data(&pretty(&all));
    }
    if lines.is_empty() {
        console::talk(match kinds {
            Kinds::All => "the store has no such runs; `dyno run` plays the tour",
            Kinds::Clients => "the store has no such contests; `dyno clients compare stdlib httpx` plays one",
        });
        return Ok(());
    }
    let rows: Vec<Vec<(String, Tone)>> = lines.iter().map(Line::cells).collect();
    let header = ["run", "kind", "name", "started (UTC)", "verdict", "requests", "ok rate", "p99", "tags"];
    console::data(table::toned(&header, &rows, Wrapping::Never).as_bytes())
}

impl Line {
    fn at(&self) -> &str {
        match self {
            Self::Run(run) => &run.started_at,
            Self::Clients(contest) => &contest.at,
        }
    }

    /// The summary with the word that tells the kinds apart.
    fn json(&self) -> Value {
        let (kind, value) = match self {
            Self::Run(run) => ("run", serde_json::to_value(run)),
            Self::Clients(contest) => ("clients", serde_json::to_value(contest)),
        };
        let mut value = value.expect("invariant: a summary is made of JSON types");
        value["kind"] = kind.into();
        value
    }

    fn cells(&self) -> Vec<(String, Tone)> {
        let plain = |text: String| (text, Tone::Plain);
        let at = plain(self.at().chars().take("2026-01-01T00:00:00".len()).collect());
        match self {
            Self::Run(run) => vec![
                plain(run.id.clone()),
                plain("run".to_owned()),
                plain(clip(&run.name)),
                at,
                (judgement(run), tone_of(run)),
                plain(units::format_count(run.requests)),
                plain(units::format_rate(run.throughput_per_s)),
                plain(units::format_ns(run.p99_ns)),
                plain(run.tags.join(" ")),
            ],
            Self::Clients(contest) => {
                let (word, tone) = match contest.validity.as_str() {
                    "valid" => ("ranking", Tone::Good),
                    "suspect" => ("not a ranking", Tone::Doubtful),
                    _ => ("invalid", Tone::Bad),
                };
                vec![
                    plain(contest.id.clone()),
                    plain("clients".to_owned()),
                    plain(clip(&contest.name)),
                    at,
                    (word.to_owned(), tone),
                    plain(units::format_count(contest.requests)),
                    // Rates and times are those of each client.
                    plain("–".to_owned()),
                    plain("–".to_owned()),
                    plain(contest.tags.join(" ")),
                ]
            }
        }
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
