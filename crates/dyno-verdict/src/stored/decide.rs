//! From what was found of each cell to its verdict.

use dyno_model::{Evidence, RowVerdict};
use dyno_stats::paired::{benjamini_hochberg, holm};
use dyno_stats::unpaired::Difference;

use super::ComparePolicy;
use super::cells::{Cell, Obstacle};
use super::evidence::Found;
use super::scale::{change, effect_of, sign};

/// A regression is ruled out, and an improvement seen, at this level. One-sided.
const LEVEL: f64 = 0.05;

/// What is said of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decision {
    pub(super) verdict: RowVerdict,
    pub(super) why: Why,
    /// After Holm, for cells that were tested.
    pub(super) p_adjusted: Option<f64>,
    /// How many cells shared the correction.
    pub(super) family: usize,
}

/// What a verdict stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Why {
    /// Nothing could be found.
    Obstacle,
    /// The cell is shown only.
    NotGated,
    /// The user's limit holds, or not, whatever the noise.
    Limit { is_broken: bool },
    /// More than the bias, not by chance.
    Tested,
    /// A change as large as the tolerance is ruled out with this probability of error.
    RuledOut(f64),
    /// Better, with its probability after Benjamini and Hochberg.
    Better(f64),
    /// Too little is known; the probability of error of ruling the tolerance out.
    Undecided(f64),
}

/// What a cell tolerates, as in [`dyno_model::Change`]; infinite when nothing is too much.
pub(super) fn tolerance(cell: &Cell, found: &Found) -> f64 {
    if cell.rule.kind.is_difference {
        return cell.rule.tolerance.slack(found.a.value);
    }
    cell.rule.tolerance.share(found.a.value).unwrap_or(f64::INFINITY)
}

/// One decision per cell, in order. All cells of all candidates share the corrections.
pub(super) fn decisions(cells: &[Cell], policy: &ComparePolicy<'_>) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = cells.iter().map(alone).collect();
    // The user's limits are no tests: they fire as often as the noise lets them.
    let tested: Vec<usize> = (0..cells.len())
        .filter(|at| cells[*at].rule.is_gated && cells[*at].rule.rule.is_none())
        .filter(|at| cells[*at].found.as_ref().is_ok_and(|found| found.p.is_some()))
        .collect();
    let p_of = |at: &usize, better: bool| {
        let found = cells[*at].found.as_ref().ok();
        found.and_then(|found| if better { found.p_better } else { found.p }).unwrap_or(1.0)
    };
    let worse: Vec<f64> = tested.iter().map(|at| p_of(at, false)).collect();
    let better: Vec<f64> = tested.iter().map(|at| p_of(at, true)).collect();
    for ((at, adjusted), better) in tested.iter().zip(holm(&worse)).zip(benjamini_hochberg(&better)) {
        let decision = &mut decisions[*at];
        decision.p_adjusted = Some(adjusted);
        decision.family = tested.len();
        if adjusted <= policy.alpha {
            let matters = cells[*at].found.as_ref().is_ok_and(|found| exceeds(&cells[*at], found));
            decision.verdict = if matters { RowVerdict::Regressed } else { RowVerdict::RegressedSmall };
            decision.why = Why::Tested;
        } else if better <= LEVEL {
            decision.verdict = RowVerdict::Improved;
            decision.why = Why::Better(better);
        }
    }
    decisions
}

/// What can be said of a cell by itself.
fn alone(cell: &Cell) -> Decision {
    let (verdict, why) = match &cell.found {
        Err(Obstacle::Incomparable(_)) if cell.rule.is_gated => (RowVerdict::Incomparable, Why::Obstacle),
        Err(_) if cell.rule.is_gated => (RowVerdict::Inconclusive, Why::Obstacle),
        Err(_) => (RowVerdict::Info, Why::Obstacle),
        Ok(found) if cell.rule.rule.is_some() => {
            let is_broken = exceeds(cell, found);
            let verdict = if is_broken { RowVerdict::Regressed } else { RowVerdict::Pass };
            (verdict, Why::Limit { is_broken })
        }
        Ok(found) if found.evidence == Evidence::E0 => (RowVerdict::Info, Why::NotGated),
        Ok(_) if !cell.rule.is_gated => (RowVerdict::Info, Why::NotGated),
        Ok(found) => {
            let limit = effect_of(&cell.rule.kind, tolerance(cell, found));
            let error = found.difference.map_or(1.0, |difference| error_of_ruling_out(&difference, limit));
            if error <= LEVEL {
                (RowVerdict::Pass, Why::RuledOut(error))
            } else {
                (RowVerdict::Inconclusive, Why::Undecided(error))
            }
        }
    };
    Decision { verdict, why, p_adjusted: None, family: 0 }
}

/// Whether the value got worse by more than the tolerance.
fn exceeds(cell: &Cell, found: &Found) -> bool {
    let kind = &cell.rule.kind;
    change(kind, &found.a, &found.b).is_some_and(|change| sign(kind) * change > tolerance(cell, found))
}

/// The probability of error of saying that the effect is below this limit.
fn error_of_ruling_out(difference: &Difference, limit: f64) -> f64 {
    if limit == f64::INFINITY {
        return 0.0;
    }
    Difference { point: -difference.point, ..*difference }.p_above(-limit)
}
