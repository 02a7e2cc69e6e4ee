//! The self-contained page of a comparison, in the style of a run's page: one file without network, light and dark.
//!
//! The template escapes all text; only drawings and data made here are inserted as they are. Called for `.html` files.

use dyno_model::{ComparisonRecord, GateState};
use minijinja::context;
use serde::Serialize;

use super::facts::{validity_class, visible};
use super::{PageData, SCRIPT, STYLE, embedded, figures, rendered, safe, shown};
use crate::comparison::text::explanation;
use crate::comparison::words;

mod distributions;
mod forest;
mod notes;
mod rounds;

const TEMPLATE: &str = include_str!("../../assets/comparison.html");
const OWN_STYLE: &str = include_str!("../../assets/comparison.css");

/// The page. At most 500 KB.
#[must_use]
pub(crate) fn page(record: &ComparisonRecord) -> String {
    let latency = distributions::charts(record);
    let series =
        if record.contest.is_some() { rounds::charts(record) } else { distributions::series(record) };
    let charts = latency.iter().chain(&series);
    let data =
        PageData { times: None, charts: charts.map(|chart| chart.data(false)).collect(), heat_map: None };
    let values = context! {
        style => safe([STYLE, OWN_STYLE].concat()),
        script => safe(SCRIPT.to_owned()),
        data => safe(embedded(&data)),
        head => shown(&head(record)),
        arms => shown(&notes::arms(record)),
        reasons => shown(&notes::reasons(record)),
        overrides => shown(&notes::overrides(record)),
        forests => shown(&forest::forests(record)),
        rows_left_out => record.rows.len().saturating_sub(forest::ROWS_MAX),
        latency => shown(&figures(&latency)),
        series => shown(&figures(&series)),
        is_played => record.contest.is_some(),
        evidence => shown(&notes::evidence(record)),
        mismatches => shown(&notes::mismatches(record)),
        facts => shown(&notes::facts(record)),
        method => shown(&explanation::method(record).into_iter().map(|p| p.replace('`', "")).collect::<Vec<_>>()),
        schedule => shown(&notes::schedule(record)),
        reproduce => shown(&visible(&record.reproduce)),
    };
    rendered("comparison.html", TEMPLATE, values)
}

/// What stands at the top.
#[derive(Serialize)]
struct Head {
    name: String,
    verdict: &'static str,
    verdict_class: &'static str,
    meaning: String,
    bound: String,
    validity: &'static str,
    validity_class: &'static str,
    validity_meaning: &'static str,
    evidence: String,
    evidence_meaning: &'static str,
    kind: &'static str,
    at: String,
    id: String,
    tool: String,
}

fn head(record: &ComparisonRecord) -> Head {
    let grade = record.gate.evidence;
    Head {
        name: visible(&record.name),
        verdict: words::gate(record.gate.state),
        verdict_class: match record.gate.state {
            GateState::Pass => "good",
            GateState::Fail => "bad",
            GateState::Inconclusive | GateState::Incomparable => "doubtful",
        },
        meaning: words::gate_meaning(record),
        bound: words::bound_sentence(record),
        validity: crate::words::validity(record.validity.state),
        validity_class: validity_class(record.validity.state),
        validity_meaning: crate::words::validity_meaning(record.validity.state),
        evidence: format!("{grade:?}"),
        evidence_meaning: words::evidence(grade),
        kind: words::kind(record.kind),
        at: visible(&record.at),
        id: visible(&record.id),
        tool: visible(&format!("dyno {}", record.version)),
    }
}

#[cfg(test)]
mod tests;
