//! The history of a plan: which sessions belong together, and where each metric changed for good.
//!
//! A session belongs to the history when it could be compared with the newest one. Decides no gate: it points out slow
//! creep and says between which two sessions something happened. Called by `dyno history`.

use std::collections::BTreeSet;

use dyno_model::{
    CellKey, Creep, Direction, HISTORY_SCHEMA, HistoryChange, HistoryRecord, HistorySeries, HistorySession,
    LeftOut, Measured, PlanGroup, ValidityState, VerdictState,
};
use dyno_stats::history::{CHANGE_LEVEL, change_points, ratchet};

use crate::MetricKind;

/// The metrics that are followed when none are named.
const METRICS: [&str; 7] = ["p50", "p95", "p99", "rate", "errors", "cpu_per_request", "rss"];
/// The seed of the permutations: equal histories give equal changes.
const SEED: u64 = 42;

/// One stored run of the plan.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its numbers.
    pub measured: Measured,
    /// What its own objectives said.
    pub verdict: VerdictState,
    /// Its tags.
    pub tags: Vec<String>,
}

/// The history of `name` from its sessions, oldest first; `metrics` are those to follow, none means the usual ones.
///
/// Sessions that cannot be compared with the newest valid one are left out, with the reason.
#[must_use]
pub fn history(name: &str, sessions: &[Session], metrics: &[String]) -> HistoryRecord {
    let newest = sessions.iter().rev().find(|session| unsound(&session.measured).is_none());
    let mut left_out = Vec::new();
    let mut kept: Vec<&Session> = Vec::new();
    for session in sessions {
        let against = newest.map(|newest| &newest.measured);
        match unsound(&session.measured).or_else(|| unlike(&session.measured, against?)) {
            Some(reason) => left_out.push(LeftOut { run_id: id(session), reason }),
            None => kept.push(session),
        }
    }
    HistoryRecord {
        schema: HISTORY_SCHEMA.to_owned(),
        name: name.to_owned(),
        fingerprint: newest.map(|newest| fingerprint(&newest.measured).to_owned()).unwrap_or_default(),
        sessions: kept.iter().map(entry).collect(),
        left_out,
        series: keys(&kept, metrics).into_iter().filter_map(|key| series(&kept, &key)).collect(),
    }
}

fn id(session: &Session) -> String {
    session.measured.run_id.clone().unwrap_or_else(|| session.measured.label.clone())
}

fn fingerprint(measured: &Measured) -> &str {
    measured.environment.as_ref().map_or("", |environment| environment.fingerprint.as_str())
}

fn entry(session: &&Session) -> HistorySession {
    HistorySession {
        run_id: id(session),
        started_at: session.measured.started_at.clone(),
        verdict: session.verdict,
        validity: session.measured.validity.state,
        tags: session.tags.clone(),
    }
}

/// Why a session says nothing about the target.
fn unsound(measured: &Measured) -> Option<String> {
    if measured.validity.state == ValidityState::Invalid {
        let reasons = &measured.validity.reasons;
        let code = reasons.iter().find(|reason| reason.state == ValidityState::Invalid);
        return Some(format!("invalid: {}", code.map_or("unknown", |reason| reason.code.as_str())));
    }
    match measured.errors.and_then(|errors| errors.share()) {
        None => Some("nothing was measured".to_owned()),
        Some(share) if share >= 1.0 => Some("not one request succeeded".to_owned()),
        Some(_) => None,
    }
}

/// Why a session cannot be compared with the newest one.
fn unlike(measured: &Measured, newest: &Measured) -> Option<String> {
    if fingerprint(measured) != fingerprint(newest) {
        return Some("another machine".to_owned());
    }
    let names: BTreeSet<&String> = measured.plan.keys().chain(newest.plan.keys()).collect();
    let differs = names.into_iter().find(|name| {
        let (this, other) = (measured.plan.get(*name), newest.plan.get(*name));
        let decides = |group: PlanGroup| !matches!(group, PlanGroup::Setting | PlanGroup::Note);
        this != other && this.or(other).is_some_and(|part| decides(part.group))
    });
    differs.map(|name| format!("another {name}"))
}

/// What is followed: the whole run first, then the operations; metrics in the order of their table.
fn keys(sessions: &[&Session], metrics: &[String]) -> Vec<CellKey> {
    let wanted: Vec<&str> =
        if metrics.is_empty() { METRICS.to_vec() } else { metrics.iter().map(String::as_str).collect() };
    let mut known: BTreeSet<&CellKey> = sessions.iter().flat_map(|s| s.measured.cells.keys()).collect();
    // A single operation repeats the whole run.
    let operations: BTreeSet<&String> = known.iter().filter_map(|key| key.operation.as_ref()).collect();
    if operations.len() < 2 {
        known.retain(|key| key.operation.is_none());
    }
    let place = |metric: &str| wanted.iter().position(|wanted| *wanted == metric);
    let mut keys: Vec<CellKey> =
        known.into_iter().filter(|key| place(&key.metric).is_some()).cloned().collect();
    keys.sort_by(|a, b| a.operation.cmp(&b.operation).then(place(&a.metric).cmp(&place(&b.metric))));
    keys
}

fn series(sessions: &[&Session], key: &CellKey) -> Option<HistorySeries> {
    let kind = MetricKind::of(&key.metric)?;
    let value = |session: &&Session| session.measured.cells.get(key).map(|estimate| estimate.value);
    let values: Vec<Option<f64>> =
        sessions.iter().map(|session| value(session).filter(|value| value.is_finite())).collect();
    let last = values.iter().rev().flatten().next().copied()?;
    let tolerance = if kind.is_difference {
        Some(kind.tolerance.slack(last))
    } else {
        kind.tolerance.share(last).filter(|_| last > 0.0)
    };
    let changes = changes(&kind, &values);
    let creep = tolerance.filter(|_| !changes.is_empty()).map(|tolerance| creep(&kind, &changes, tolerance));
    Some(HistorySeries {
        operation: key.operation.clone(),
        metric: key.metric.clone(),
        unit: kind.unit,
        direction: kind.direction,
        is_difference: kind.is_difference,
        values,
        changes,
        tolerance,
        creep,
    })
}

/// Changes are looked for in logarithms, for which a change of 5 % is as large up as down; shares stay as they are.
fn changes(kind: &MetricKind, values: &[Option<f64>]) -> Vec<HistoryChange> {
    let usable = |value: f64| kind.is_difference || value > 0.0;
    let known: Vec<(usize, f64)> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| value.filter(|value| usable(*value)).map(|value| (index, value)))
        .collect();
    let scaled: Vec<f64> =
        known.iter().map(|(_, value)| if kind.is_difference { *value } else { value.ln() }).collect();
    let back = |value: f64| if kind.is_difference { value } else { value.exp() };
    let worse = |change: f64| if kind.direction == Direction::Higher { change < 0.0 } else { change > 0.0 };
    change_points(&scaled, CHANGE_LEVEL, SEED)
        .into_iter()
        .map(|point| {
            let (before, after) = (back(point.before), back(point.after));
            let change = if kind.is_difference { after - before } else { after / before - 1.0 };
            HistoryChange {
                at: known[point.at].0,
                before,
                after,
                change,
                is_worse: worse(change),
                p: point.p,
            }
        })
        .collect()
}

fn creep(kind: &MetricKind, changes: &[HistoryChange], tolerance: f64) -> Creep {
    let sign = if kind.direction == Direction::Higher { -1.0 } else { 1.0 };
    let scaled = |change: f64| if kind.is_difference { change } else { change.ln_1p() };
    let steps: Vec<f64> = changes.iter().map(|change| sign * scaled(change.change)).collect();
    let summed = ratchet(&steps, scaled(tolerance));
    Creep {
        sum: if kind.is_difference { summed.sum } else { summed.sum.exp_m1() },
        steps: summed.steps as u64,
        is_exceeded: summed.is_exceeded,
    }
}

#[cfg(test)]
mod tests;
