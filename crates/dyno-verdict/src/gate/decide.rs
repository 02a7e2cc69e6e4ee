//! From the effects of each cell to its verdict.

use dyno_model::{RowVerdict, Stage};
use dyno_stats::paired::{benjamini_hochberg, excess_errors, hits_at_most, holm, order_p_least, quads_least};

use super::cell::{Cell, Sampled};
use super::{Gate, PASS_LEVEL, stage_index};

/// What was found of one cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decision {
    pub(super) verdict: RowVerdict,
    /// The stage whose quads decided.
    pub(super) stage: Stage,
    /// Its numbers, or why there are none.
    pub(super) sampled: Result<Sampled, String>,
    pub(super) why: Why,
    /// Probability of so much worse without a change.
    pub(super) p: Option<f64>,
    /// The same after Holm, for cells that were confirmed.
    pub(super) p_adjusted: Option<f64>,
    /// How many cells the screen could not let go: those that share Holm's correction.
    pub(super) confirmed: usize,
}

/// What the verdict stands on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Why {
    /// The test of more than the bias, on confirming quads.
    Confirmed,
    /// A change as large as the tolerance is ruled out with this probability of error.
    RuledOut(f64),
    /// The mirrored test, with its probability after Benjamini and Hochberg, and the number of cells it was corrected for.
    Better(f64, usize),
    /// Too little is known; the probability of error of ruling the tolerance out.
    Undecided(f64),
    /// The screen found it suspicious and there was nothing after it.
    NotConfirmed,
    /// So few confirming quads cannot show anything; this many can.
    TooFewQuads(usize),
    /// It is no chance, and yet some build of the candidate is not worse than that of the baseline.
    NotInEveryBuild,
    /// All rounds of an arm agree.
    Exact,
    /// A round without a value.
    Missing(String),
    /// Other requests failed in the two arms.
    Errors(String),
    /// The cell is shown only.
    NotGated,
}

/// Whether the screen cannot let the cell go: a change as large as the tolerance is not ruled out, or half of it is seen.
///
/// What lost too many rounds to say anything is measured again as well, unless nearly all of them are gone.
/// Any rule may stand here without raising false alarms. This one lets go what could not fail the gate anyway.
pub(super) fn is_suspicious(cell: &Cell, seed: u64) -> bool {
    let Ok(sampled) = cell.sampled(Stage::Screen) else { return cell.missing(Stage::Screen).may_be_fewer() };
    if sampled.is_exact(cell.rule.kind.unit) {
        return false;
    }
    ruled_out(&sampled, seed) > PASS_LEVEL || sampled.point() >= sampled.tolerance / 2.0
}

/// The probability of error of saying that the effect is smaller than the tolerance.
///
/// With quads left out the larger one of two: of the test of orders on what is left, and of the signs of all, in which a
/// quad counts as one above the tolerance when the candidate lacks a value. That holds as long as a slow round is not
/// less likely to lack one than a fast round.
pub(super) fn ruled_out(sampled: &Sampled, seed: u64) -> f64 {
    if sampled.tolerance == f64::INFINITY {
        return 0.0;
    }
    let by_orders = sampled.p_below(sampled.tolerance, seed);
    let lost = sampled.missing.of_candidate();
    if lost == 0 {
        return by_orders;
    }
    let above = sampled.placeless.iter().filter(|effect| **effect >= sampled.tolerance).count();
    by_orders.max(hits_at_most(above + lost, sampled.effects.len() + lost))
}

/// One decision per cell, in order.
pub(super) fn decisions(gate: &Gate) -> Vec<Decision> {
    let suspicious = gate.suspicious();
    let mut decisions: Vec<Decision> = gate
        .cells
        .iter()
        .enumerate()
        .map(|(index, cell)| measured(gate, cell, suspicious.contains(&index), suspicious.len()))
        .collect();
    // All suspicious cells are in the family, also those that lost their values since.
    let p: Vec<f64> = suspicious.iter().map(|index| decisions[*index].p.unwrap_or(1.0)).collect();
    for (index, adjusted) in suspicious.iter().zip(holm(&p)) {
        confirm(gate, &mut decisions[*index], adjusted);
    }
    improve(gate, &mut decisions);
    decisions
}

/// What can be said of a cell by itself.
fn measured(gate: &Gate, cell: &Cell, is_suspicious: bool, confirmed: usize) -> Decision {
    let stage = gate.stage_of(is_suspicious);
    let sampled = cell.sampled(stage);
    let seed = gate.policy.seed;
    let p = sampled.as_ref().ok().map(|sampled| probability(gate, cell, sampled, stage));
    let (verdict, why) = match &sampled {
        _ if !cell.rule.is_gated => (RowVerdict::Info, Why::NotGated),
        Err(reason) => (RowVerdict::Inconclusive, Why::Missing(reason.clone())),
        Ok(_) if gate.incomparable(cell, stage).is_some() => {
            let reason = gate.incomparable(cell, stage).unwrap_or_default();
            (RowVerdict::Incomparable, Why::Errors(reason))
        }
        Ok(sampled) if sampled.is_exact(cell.rule.kind.unit) => (exact(sampled), Why::Exact),
        Ok(_) if is_suspicious && stage == Stage::Screen => (RowVerdict::Inconclusive, Why::NotConfirmed),
        Ok(sampled) => {
            let error = ruled_out(sampled, seed);
            if error <= PASS_LEVEL {
                (RowVerdict::Pass, Why::RuledOut(error))
            } else {
                (RowVerdict::Inconclusive, Why::Undecided(error))
            }
        }
    };
    Decision { verdict, stage, sampled, why, p, p_adjusted: None, confirmed }
}

/// Probability of so much worse without a change. For the errors of the whole run the larger one of two: of the orders,
/// and of the counts.
fn probability(gate: &Gate, cell: &Cell, sampled: &Sampled, stage: Stage) -> f64 {
    let by_orders = sampled.p_above(cell.rule.bias, gate.policy.seed);
    if cell.rule.key.metric != "errors" || cell.rule.key.operation.is_some() {
        return by_orders;
    }
    let side = |side: usize| -> Vec<(u64, u64)> {
        gate.attempts[stage_index(stage)].iter().map(|quad| quad[side]).collect()
    };
    by_orders.max(excess_errors(&side(0), &side(1), cell.rule.bias))
}

fn exact(sampled: &Sampled) -> RowVerdict {
    match sampled.point() {
        worse if worse > sampled.tolerance => RowVerdict::Regressed,
        worse if worse > 0.0 => RowVerdict::RegressedSmall,
        better if better < 0.0 => RowVerdict::Improved,
        _ => RowVerdict::Pass,
    }
}

/// What the corrected probability says of a cell that was measured again.
fn confirm(gate: &Gate, decision: &mut Decision, adjusted: f64) {
    let Ok(sampled) = &decision.sampled else { return };
    let is_open = matches!(decision.why, Why::RuledOut(_) | Why::Undecided(_));
    if decision.stage != Stage::Confirm || !is_open {
        return;
    }
    decision.p_adjusted = Some(adjusted);
    let least = quads_least(gate.policy.alpha, decision.confirmed);
    let best = order_p_least(&sampled.orders) * decision.confirmed as f64;
    let builds = sampled.by_build();
    let is_in_every_build = builds.len() == 1 || builds.iter().all(|effect| *effect > 0.0);
    if adjusted <= gate.policy.alpha && !is_in_every_build {
        // A condition more can only lower the false alarms.
        if decision.verdict == RowVerdict::Inconclusive {
            decision.why = Why::NotInEveryBuild;
        }
    } else if adjusted <= gate.policy.alpha {
        let matters = sampled.point() >= sampled.tolerance;
        decision.verdict = if matters { RowVerdict::Regressed } else { RowVerdict::RegressedSmall };
        decision.why = Why::Confirmed;
    } else if decision.verdict == RowVerdict::Inconclusive && best > gate.policy.alpha {
        decision.why = Why::TooFewQuads(least);
    }
}

/// Finds what got better: the mirrored test over all gated cells, with a bounded share of false findings. Information only.
fn improve(gate: &Gate, decisions: &mut [Decision]) {
    let open: Vec<usize> = (0..decisions.len())
        .filter(|index| {
            matches!(decisions[*index].why, Why::RuledOut(_) | Why::Undecided(_) | Why::Confirmed)
        })
        .collect();
    let mirrored = |index: &usize| {
        let Ok(sampled) = &decisions[*index].sampled else { return 1.0 };
        sampled.p_below(-gate.cells[*index].rule.bias, gate.policy.seed)
    };
    let p: Vec<f64> = open.iter().map(mirrored).collect();
    for (index, adjusted) in open.iter().zip(benjamini_hochberg(&p)) {
        let decision = &mut decisions[*index];
        if adjusted <= PASS_LEVEL && decision.verdict == RowVerdict::Pass {
            decision.verdict = RowVerdict::Improved;
            decision.why = Why::Better(adjusted, open.len());
        }
    }
}
