//! From a decision to the row of the record.

use dyno_model::{Change, ComparisonRow, Estimate, Evidence};
use dyno_stats::unpaired::Difference;

use super::ComparePolicy;
use super::cells::{Cell, Obstacle};
use super::decide::{Decision, Why, tolerance};
use super::evidence::{Basis, Found};
use super::one::CONFIDENCE;
use super::scale::{change, change_of, effect_of, worse_of};
use super::text;
use crate::kind::MetricKind;

/// Of promises to find something.
const POWER: f64 = 0.9;

pub(super) fn row(cell: &Cell, decision: &Decision, policy: &ComparePolicy<'_>) -> ComparisonRow {
    let found = cell.found.as_ref().ok();
    let kind = &cell.rule.kind;
    let (a, b) = found.map_or((cell.a, cell.b), |found| (Some(found.a), Some(found.b)));
    let limit = found.map(|found| tolerance(cell, found)).filter(|limit| limit.is_finite());
    let mut row = ComparisonRow {
        candidate: cell.candidate,
        operation: cell.rule.key.operation.clone(),
        metric: cell.rule.key.metric.clone(),
        unit: kind.unit,
        direction: kind.direction,
        a,
        b,
        change: change_between(kind, a, b, found),
        tolerance: limit.filter(|_| cell.rule.is_gated),
        evidence: evidence(cell),
        verdict: decision.verdict,
        is_gated: cell.rule.is_gated,
        p: found.and_then(|found| found.p),
        p_adjusted: decision.p_adjusted,
        test_interval: None,
        builds: Vec::new(),
        replicates: found.and_then(replicates),
        detectable: found.and_then(|found| detectable(cell, found, decision, policy)),
        rule: cell.rule.rule.clone(),
        rule_false_alarms: found.and_then(|found| false_alarms(cell, found)).map(|(share, _)| share),
        detail: String::new(),
    };
    row.detail = text::detail(cell, decision, &row);
    row
}

fn evidence(cell: &Cell) -> Evidence {
    match &cell.found {
        Ok(found) => found.evidence,
        Err(Obstacle::Incomparable(_)) => Evidence::X,
        Err(_) => Evidence::E0,
    }
}

fn change_between(
    kind: &MetricKind,
    a: Option<Estimate>,
    b: Option<Estimate>,
    found: Option<&Found>,
) -> Option<Change> {
    let point = change(kind, &a?, &b?)?;
    let interval = found.and_then(|found| found.difference).map(|difference| {
        let (low, high) = difference.interval(CONFIDENCE);
        let ends = (change_of(kind, low), change_of(kind, high));
        // What is better when higher turns the interval around.
        if ends.0 <= ends.1 { ends } else { (ends.1, ends.0) }
    });
    let interval = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
    Some(Change {
        point,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        is_difference: kind.is_difference,
    })
}

fn replicates(found: &Found) -> Option<u64> {
    match found.basis {
        Basis::Nothing | Basis::Noise(_) => None,
        Basis::History { sessions, .. } => Some(sessions as u64 + 1),
        Basis::Sessions { a, b, .. } => Some((a + b) as u64),
    }
}

/// The smallest change for the worse that would have been called one in nine of ten cases.
fn detectable(cell: &Cell, found: &Found, decision: &Decision, policy: &ComparePolicy<'_>) -> Option<f64> {
    let difference = found.difference.filter(|_| cell.rule.is_gated && found.evidence > Evidence::E0)?;
    let kind = &cell.rule.kind;
    let limit = effect_of(kind, tolerance(cell, found));
    let level = policy.alpha / decision.family.max(1) as f64;
    let of_limit = Difference { point: limit, ..difference }.upper(POWER);
    let effect = match decision.why {
        Why::Limit { .. } => of_limit,
        // So few sessions cannot reach the level, whatever the change.
        _ if matches!(found.basis, Basis::Sessions { least, .. } if least > level) => return None,
        _ => difference.detectable(cell.rule.bias, level, POWER).max(of_limit),
    };
    Some(worse_of(kind, effect)).filter(|worse| worse.is_finite())
}

/// How often the user's limit fires here when nothing changed, and the limit that would do so once in a hundred times.
pub(super) fn false_alarms(cell: &Cell, found: &Found) -> Option<(f64, f64)> {
    let difference =
        found.difference.filter(|_| cell.rule.rule.is_some() && found.evidence > Evidence::E0)?;
    let kind = &cell.rule.kind;
    // An unchanged build comes out beyond the limit as often as one at the limit would by chance.
    let share = Difference { point: effect_of(kind, tolerance(cell, found)), ..difference }.p_above(0.0);
    let once_in_a_hundred = worse_of(kind, Difference { point: 0.0, ..difference }.upper(0.99));
    (difference.error > 0.0).then_some((share, once_in_a_hundred))
}
