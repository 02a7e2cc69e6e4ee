//! From a decision to the row of the record.

use std::collections::BTreeMap;

use dyno_model::{Change, ComparisonRow, Estimate, Evidence, RowVerdict, Stage};
use dyno_stats::paired::{Promise, median, median_interval, order_interval};
use dyno_stats::special::normal_cdf;

use super::cell::{Cell, Sampled};
use super::decide::{Decision, Why, ruled_out};
use super::{CellProgress, Gate, stage_index, text};

/// Of intervals that are shown.
const CONFIDENCE: f64 = 0.95;

/// Of promises to find something.
const POWER: f64 = 0.9;

/// The index of the candidate's arm.
const CANDIDATE: usize = 1;

pub(super) fn progress(cell: &Cell, stage: Stage, is_suspicious: bool, seed: u64) -> CellProgress {
    let sampled = cell.sampled(stage).ok();
    let change = sampled.as_ref().map(|sampled| change(cell, sampled));
    CellProgress {
        key: cell.rule.key.clone(),
        point: change.map(|change| change.point),
        low: change.and_then(|change| change.low),
        high: change.and_then(|change| change.high),
        p: sampled.as_ref().map(|sampled| sampled.p_above(cell.rule.bias, seed)),
        p_adjusted: None,
        p_pass: sampled.filter(|_| cell.rule.is_gated).map(|sampled| ruled_out(&sampled, seed)),
        quads: cell.quads[stage_index(stage)].len() as u32,
        is_suspicious,
        is_gated: cell.rule.is_gated,
    }
}

pub(super) fn row(gate: &Gate, promises: &mut Promises, cell: &Cell, decision: &Decision) -> ComparisonRow {
    let sampled = decision.sampled.as_ref().ok();
    let kind = &cell.rule.kind;
    let is_exact = decision.why == Why::Exact;
    let detectable = sampled
        .filter(|_| cell.rule.is_gated && !is_exact)
        .map(|sampled| cell.worse_of(promises.smallest(gate, cell, decision, sampled)))
        .filter(|worse| worse.is_finite());
    let mut row = ComparisonRow {
        candidate: CANDIDATE,
        operation: cell.rule.key.operation.clone(),
        metric: cell.rule.key.metric.clone(),
        unit: kind.unit,
        direction: kind.direction,
        a: sampled.map(|sampled| estimate(&sampled.a)),
        b: sampled.map(|sampled| estimate(&sampled.b)),
        change: sampled.map(|sampled| change(cell, sampled)),
        tolerance: sampled
            .map(|sampled| sampled.tolerance_change)
            .filter(|share| cell.rule.is_gated && share.is_finite()),
        evidence: evidence(gate, decision.verdict),
        verdict: decision.verdict,
        is_gated: cell.rule.is_gated,
        p: decision.p.filter(|_| !is_exact),
        p_adjusted: decision.p_adjusted,
        test_interval: None,
        builds: sampled.map_or_else(Vec::new, |sampled| changes_by_build(cell, sampled)),
        replicates: sampled.map(|sampled| sampled.effects.len() as u64),
        detectable,
        rule: cell.rule.rule.clone(),
        rule_false_alarms: sampled
            .filter(|_| cell.rule.rule.is_some() && !is_exact)
            .and_then(plain_false_alarms),
        detail: String::new(),
    };
    row.detail = text::detail(decision, &row);
    row
}

fn evidence(gate: &Gate, verdict: RowVerdict) -> Evidence {
    match verdict {
        RowVerdict::Incomparable => Evidence::X,
        _ if super::record::certificate_holds(&gate.policy) => Evidence::E4,
        _ => Evidence::E3,
    }
}

fn estimate(values: &[f64]) -> Estimate {
    let interval = median_interval(values, CONFIDENCE);
    Estimate {
        value: median(values).unwrap_or(f64::NAN),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        samples: values.len() as u64,
    }
}

/// The best guess without what the places add, and the interval of the sign test, which takes nothing for granted.
fn change(cell: &Cell, sampled: &Sampled) -> Change {
    let point = sampled.point();
    // Where the places differ much the middle of the quads is not quite the best guess.
    let around = |(low, high): (f64, f64)| ends(cell, low.min(point), high.max(point));
    let interval = median_interval(&sampled.effects, CONFIDENCE).map(around);
    Change {
        point: cell.change_of(point),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        is_difference: cell.rule.kind.is_difference,
    }
}

/// The change in each build; empty with one, which says nothing that the row does not say.
fn changes_by_build(cell: &Cell, sampled: &Sampled) -> Vec<f64> {
    let effects = sampled.by_build();
    if effects.len() < 2 {
        return Vec::new();
    }
    effects.into_iter().map(|effect| cell.change_of(effect)).collect()
}

/// Every change that the test of orders does not refute.
pub(super) fn test_interval(cell: &Cell, sampled: &Sampled, seed: u64) -> Option<(f64, f64)> {
    let (low, high) = order_interval(&sampled.effects, &sampled.orders, CONFIDENCE, seed)?;
    Some(ends(cell, low, high))
}

/// The ends of an interval of effects as changes, the lower one first: what is better when higher turns it around.
fn ends(cell: &Cell, low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (cell.change_of(low), cell.change_of(high));
    (low.min(high), low.max(high))
}

/// What gates promise, computed once for each number of quads and cells.
#[derive(Debug, Default)]
pub(super) struct Promises(BTreeMap<(usize, usize), Promise>);

impl Promises {
    /// The smallest effect that this gate would have called regressed in nine of ten cases, by the scatter seen here.
    fn smallest(&mut self, gate: &Gate, cell: &Cell, decision: &Decision, sampled: &Sampled) -> f64 {
        // A cell that was let go would have been one more to confirm.
        let is_new = decision.stage == Stage::Screen && decision.why != Why::NotConfirmed;
        let family = decision.confirmed + usize::from(is_new);
        let quads = match decision.stage {
            Stage::Confirm => sampled.effects.len(),
            Stage::Screen => gate.confirm_quads(family, 1.0) as usize,
        };
        let alpha = gate.policy.alpha / family.max(1) as f64;
        let promise = self.0.entry((quads, family)).or_insert_with(|| Promise::new(quads, alpha, POWER));
        promise.smallest(sampled.sigma(), cell.rule.bias, sampled.tolerance)
    }
}

/// How often the tolerance alone, without a test, would fail equal builds on one round a side. `None` without scatter.
fn plain_false_alarms(sampled: &Sampled) -> Option<f64> {
    // A quad averages two rounds of each side, so one round against one has √2 times its scatter.
    let sigma = sampled.sigma() * std::f64::consts::SQRT_2;
    (sigma > 0.0).then(|| 1.0 - normal_cdf(sampled.tolerance / sigma))
}
