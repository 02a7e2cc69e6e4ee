//! The self-contained page of a contest of clients: one file without network, light and dark.
//!
//! Shows each case of a sweep like a contest of its own, and the cases side by side. Nothing is numbered: tables keep the
//! order of the question. The template escapes all text; only drawings made here are inserted as they are.

use dyno_model::{ClientState, ClientWord, ClientsRecord, ValidityState, units};
use minijinja::context;
use serde::Serialize;

use super::chart::Chart;
use super::facts::{validity_class, visible};
use super::{Figure, PageData, SCRIPT, STYLE, embedded, figures, rendered, safe, shown};
use crate::clients::rows;

mod intervals;
mod notes;
mod spectra;

const TEMPLATE: &str = include_str!("../../assets/clients.html");
const OWN_STYLE: &str = include_str!("../../assets/clients.css");
/// Most cases of a sweep that are drawn.
const CASES_MAX: usize = 60;
/// Most clients of one table.
const CLIENTS_MAX: usize = 100;

/// The page.
#[must_use]
pub(crate) fn page(record: &ClientsRecord) -> String {
    let by_case: Vec<ClientsRecord> = record.by_case().into_iter().take(CASES_MAX).collect();
    let charts: Vec<Option<Chart>> =
        by_case.iter().enumerate().map(|(index, case)| spectra::chart(case, index)).collect();
    let data = PageData {
        times: None,
        charts: charts.iter().flatten().map(|chart| chart.data(false)).collect(),
        heat_map: None,
    };
    let name = |index: usize| record.cases.get(index).map(|case| visible(&case.name)).unwrap_or_default();
    let cases: Vec<Case> = by_case
        .iter()
        .zip(&charts)
        .enumerate()
        .map(|(index, (case, chart))| Case::of(case, name(index), chart.as_ref()))
        .collect();
    let values = context! {
        style => safe([STYLE, OWN_STYLE].concat()),
        script => safe(SCRIPT.to_owned()),
        data => safe(embedded(&data)),
        head => shown(&head(record)),
        reasons => shown(&notes::reasons(record)),
        cases => shown(&cases),
        is_sweep => !record.cases.is_empty(),
        cases_left_out => record.cases.len().saturating_sub(CASES_MAX),
        across => shown(&intervals::across(record)),
        methods => shown(&notes::methods(record)),
        operations_left_out => shown(&notes::left_out_operations(record)),
        clients => shown(&notes::clients(record)),
        facts => shown(&notes::facts(record)),
        played => shown(&visible(&rows::method(record))),
        is_open => record.case.rate_per_s.is_some(),
        reproduce => shown(&visible(&record.reproduce)),
    };
    rendered("clients.html", TEMPLATE, values)
}

/// What stands at the top.
#[derive(Serialize)]
struct Head {
    word: &'static str,
    class: &'static str,
    meaning: &'static str,
    name: String,
    target: String,
    at: String,
    id: String,
    tags: Vec<String>,
    tool: String,
}

fn head(record: &ClientsRecord) -> Head {
    let (word, meaning) = match record.validity.state {
        ValidityState::Valid => ("RANKING", "Differences of CPU and of speed can be read from this contest."),
        ValidityState::Suspect => (
            "NOT A RANKING",
            "Something besides the clients may have made the numbers; the reasons are below.",
        ),
        ValidityState::Invalid => {
            ("INVALID", "Nothing can be concluded from this contest; the reasons are below.")
        }
    };
    Head {
        word,
        class: validity_class(record.validity.state),
        meaning,
        name: visible(&record.name),
        target: visible(&record.target),
        at: visible(&record.at),
        id: visible(&record.id),
        tags: record.tags.iter().take(20).map(|tag| visible(tag)).collect(),
        tool: visible(&format!("dyno {}", record.version)),
    }
}

/// One case with everything that is shown of it.
#[derive(Serialize)]
struct Case {
    name: String,
    asked: String,
    word: &'static str,
    class: &'static str,
    control: Option<notes::Control>,
    reasons: Vec<String>,
    rows: Vec<Row>,
    plots: Vec<intervals::Plot>,
    spectrum: Vec<Figure>,
    left_out: Vec<notes::LeftOut>,
    audit: Vec<notes::Audit>,
}

impl Case {
    fn of(case: &ClientsRecord, name: String, chart: Option<&Chart>) -> Self {
        Self {
            name,
            asked: visible(&rows::case(case)),
            word: rows::validity(case.validity.state),
            class: validity_class(case.validity.state),
            control: notes::control(case),
            reasons: case.validity.reasons.iter().take(10).map(|reason| visible(&reason.detail)).collect(),
            rows: table(case),
            plots: intervals::plots(case),
            spectrum: chart.map(|chart| figures(std::slice::from_ref(chart))).unwrap_or_default(),
            left_out: notes::left_out(case),
            audit: notes::audits(case),
        }
    }
}

/// A client in the table.
#[derive(Serialize)]
struct Row {
    label: String,
    is_floor: bool,
    word: &'static str,
    class: &'static str,
    against: String,
    /// Figures with what they are sorted by.
    cells: Vec<(String, f64)>,
}

fn table(case: &ClientsRecord) -> Vec<Row> {
    let measured = case.entries.iter().filter_map(|entry| Some((entry, entry.figures.as_ref()?)));
    measured
        .take(CLIENTS_MAX)
        .map(|(entry, figures)| {
            let (against, word) = rows::against(case, entry);
            let (service, known) = (&figures.service_time_ns, |value: Option<f64>| value.unwrap_or(-1.0));
            let above = figures.cpu_s_per_1000_above_floor;
            let errors = units::format_count(figures.errors);
            Row {
                label: visible(&entry.label),
                is_floor: case.floor.as_ref() == Some(&entry.label),
                class: class_of(case, entry.state, entry.verdict.as_ref().map(|verdict| verdict.word)),
                word,
                against,
                cells: vec![
                    (rows::cpu(figures.cpu_s_per_1000.value), figures.cpu_s_per_1000.value),
                    (above.map_or_else(|| "–".to_owned(), rows::cpu), known(above)),
                    (units::format_rate(figures.throughput_per_s.value), figures.throughput_per_s.value),
                    (units::format_ns(service.p50), service.p50 as f64),
                    (units::format_ns(service.p99), service.p99 as f64),
                    (
                        figures.rss_peak_bytes.map_or_else(|| "–".to_owned(), units::format_size),
                        known(figures.rss_peak_bytes.map(|bytes| bytes as f64)),
                    ),
                    (errors, figures.errors as f64),
                ],
            }
        })
        .collect()
}

/// The class of a verdict's colour: only a ranking has good and bad.
fn class_of(case: &ClientsRecord, state: ClientState, word: Option<ClientWord>) -> &'static str {
    match (state, word) {
        (ClientState::Ranked, Some(ClientWord::Faster)) if rows::is_ranking(case) => "good",
        (ClientState::Ranked, Some(ClientWord::Slower)) if rows::is_ranking(case) => "doubtful",
        (ClientState::Ranked, _) => "neutral",
        _ => "bad",
    }
}

#[cfg(test)]
mod tests;
