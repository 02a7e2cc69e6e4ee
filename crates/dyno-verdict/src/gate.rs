//! The gate of a played comparison: quads of rounds in, a verdict per cell and one for all out.
//!
//! Two stages. The *screen* looks at all cells on few quads and lets go what is certainly no regression that matters.
//! What is left is *confirmed* on fresh quads, and only those decide: whatever the screen did, the chance that any
//! unchanged cell is called regressed is at most `alpha`, because the confirming quads know nothing of the selection
//! and Holm's correction needs no independence of cells. Not here: playing rounds (`dyno-engine::contest`) and
//! comparing stored runs. Called by `dyno compare --run`, by calibration and by the self-test.

mod cell;
mod decide;
mod missing;
mod record;
mod row;
pub(crate) mod text;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use dyno_model::{CellKey, Certificate, ComparisonRow, Evidence, GateRecord, OnInconclusive, Stage};
use dyno_stats::paired::{QuadOrder, holm, quads_least};

use crate::cell::CellRule;

use self::cell::{Cell, Quartet};

/// Confirming quads, however few cells there are.
const CONFIRM_QUADS_LEAST: usize = 12;

/// Confirming quads beyond those whose best outcome is just small enough.
const CONFIRM_QUADS_SPARE: usize = 3;

/// Confirming quads of each build, when the revisions were built more than once.
const CONFIRM_QUADS_A_BUILD: usize = 4;

/// A regression is ruled out, and an improvement seen, at this level. One-sided.
pub const PASS_LEVEL: f64 = 0.05;

/// How a gate decides.
#[derive(Debug, Clone, PartialEq)]
pub struct GatePolicy {
    /// The chance that a comparison of equal builds fails, 0 to 1.
    pub alpha: f64,
    /// Quads of the screen.
    pub screen_quads: u32,
    /// No more confirming quads than these; `None` plays as many as the number of cells asks for.
    pub confirm_quads_most: Option<u32>,
    /// How many times each revision was built. With more than one build a regression has to show in every one: what the
    /// order of functions in one binary costs is real for that binary, and not what the change of the code costs.
    pub builds: u32,
    /// What A/A gates of this machine showed, when that is known and still valid.
    pub certificate: Option<Certificate>,
    /// Weaker evidence makes the gate inconclusive.
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough; kept in the record for the exit code.
    pub on_inconclusive: OnInconclusive,
    /// An arm with a larger share of errors than this, and a share unlike the other arm's, makes times incomparable:
    /// fast failures leave only the easy requests to be timed. 0 to 1.
    pub error_share_most: f64,
    /// Of sign vectors, where there are too many to count.
    pub seed: u64,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            screen_quads: 8,
            confirm_quads_most: None,
            builds: 1,
            certificate: None,
            min_evidence: None,
            on_inconclusive: OnInconclusive::Warn,
            error_share_most: 0.01,
            seed: 0,
        }
    }
}

/// Four rounds that count.
#[derive(Debug, Clone, PartialEq)]
pub struct Quad {
    /// Which stage they were played for.
    pub stage: Stage,
    /// Who played when; drawn by [`dyno_stats::paired::schedule`] for the stage, for the test stands on that draw alone.
    pub order: QuadOrder,
    /// Zero-based number of the builds that were up.
    pub build: u32,
    /// Values of the baseline's two rounds, by [`CellKey`] as text.
    pub a: [BTreeMap<String, f64>; 2],
    /// Values of the candidate's two rounds.
    pub b: [BTreeMap<String, f64>; 2],
    /// Attempts and errors of both rounds together, of the baseline and of the candidate.
    pub attempts: [(u64, u64); 2],
}

/// What to play next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Quads of the screen.
    Screen {
        /// How many are still missing.
        quads: u32,
    },
    /// Fresh quads for what the screen could not let go.
    Confirm {
        /// The cells that are decided by them.
        cells: Vec<CellKey>,
        /// How many are still missing.
        quads: u32,
    },
    /// Nothing: judge.
    Done,
}

/// What is known of a cell so far, for the eye. Changes are those of [`dyno_model::Change`].
#[derive(Debug, Clone, PartialEq)]
pub struct CellProgress {
    /// Which number of which operation.
    pub key: CellKey,
    /// The best guess of the change; `None` without a value in each round.
    pub point: Option<f64>,
    /// Lower end of its 95 % interval; `None` before six quads.
    pub low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub high: Option<f64>,
    /// One-sided probability of so much worse without a change, before any correction.
    pub p: Option<f64>,
    /// The same after Holm's correction for all cells that are confirmed; only of those. At or below the gate's `alpha` it
    /// is no chance.
    pub p_adjusted: Option<f64>,
    /// Probability of error of saying that it did not get worse by as much as the tolerance; at or below 5 % it passes.
    pub p_pass: Option<f64>,
    /// Quads of the stage that decides about the cell, those without a value included.
    pub quads: u32,
    /// Whether it is being confirmed.
    pub is_suspicious: bool,
    /// Whether it can fail the gate.
    pub is_gated: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// One row per cell, in the order of the rules; the candidate is the second arm.
    pub rows: Vec<ComparisonRow>,
    /// The verdict of the whole.
    pub gate: GateRecord,
}

/// Collects quads, says what to play next, and judges.
#[derive(Debug, Clone)]
pub struct Gate {
    policy: GatePolicy,
    cells: Vec<Cell>,
    /// Attempts and errors of each quad: of the screen, and of the confirmation.
    attempts: [Vec<[(u64, u64); 2]>; 2],
    /// Indices of the cells that the screen cannot let go, once somebody has asked.
    suspicious: OnceCell<Vec<usize>>,
}

impl Gate {
    /// A gate over these cells. Cells that are not gated are shown and never cost a quad.
    #[must_use]
    pub fn new(policy: GatePolicy, cells: Vec<CellRule>) -> Self {
        Self {
            policy,
            cells: cells.into_iter().map(Cell::new).collect(),
            attempts: [vec![], vec![]],
            suspicious: OnceCell::new(),
        }
    }

    /// Takes a quad that counts; discarded ones stay outside.
    pub fn add(&mut self, quad: Quad) {
        let Quad { stage, order, build, a, b, attempts } = quad;
        for cell in &mut self.cells {
            let value = |values: &BTreeMap<String, f64>| values.get(&cell.name).copied();
            let (a, b) = ([value(&a[0]), value(&a[1])], [value(&b[0]), value(&b[1])]);
            let quartet = Quartet { a, b, order, build };
            cell.quads[stage_index(stage)].push(quartet);
        }
        self.attempts[stage_index(stage)].push(attempts);
        if stage == Stage::Screen {
            self.suspicious.take();
        }
    }

    /// What is still missing for a verdict. Stopping earlier, at a moment that no value decides, is honest and only costs power.
    #[must_use]
    pub fn next(&self) -> Next {
        let screened = self.quads(Stage::Screen);
        if screened < self.policy.screen_quads {
            return Next::Screen { quads: self.policy.screen_quads - screened };
        }
        let suspicious = self.suspicious();
        let wanted = self.confirm_quads(suspicious.len(), self.stretch(suspicious));
        let confirmed = self.quads(Stage::Confirm);
        if suspicious.is_empty() || confirmed >= wanted {
            return Next::Done;
        }
        let cells = suspicious.iter().map(|index| self.cells[*index].rule.key.clone()).collect();
        Next::Confirm { cells, quads: wanted - confirmed }
    }

    /// What is known so far of every cell, in the order of the rules.
    #[must_use]
    pub fn progress(&self) -> Vec<CellProgress> {
        let suspicious = self.suspicious();
        let of = |(index, cell): (usize, &Cell)| {
            let is_suspicious = suspicious.contains(&index);
            row::progress(cell, self.stage_of(is_suspicious), is_suspicious, self.policy.seed)
        };
        let mut cells: Vec<CellProgress> = self.cells.iter().enumerate().map(of).collect();
        if self.quads(Stage::Confirm) > 0 {
            let p: Vec<f64> = suspicious.iter().map(|index| cells[*index].p.unwrap_or(1.0)).collect();
            for (index, adjusted) in suspicious.iter().zip(holm(&p)) {
                cells[*index].p_adjusted = Some(adjusted);
            }
        }
        cells
    }

    /// The verdicts on what was played.
    #[must_use]
    pub fn judge(self) -> Judged {
        let decisions = decide::decisions(&self);
        let mut promises = row::Promises::default();
        let of = |(cell, decision)| row::row(&self, &mut promises, cell, decision);
        let rows: Vec<ComparisonRow> = self.cells.iter().zip(&decisions).map(of).collect();
        let gate = record::record(&self.policy, &rows, &decisions);
        Judged { rows, gate }
    }

    /// The same, each row with the interval of the test that decided about it, which takes some milliseconds a row.
    #[must_use]
    pub fn judge_in_full(self) -> Judged {
        let suspicious = self.suspicious();
        let interval = |(index, cell): (usize, &Cell)| {
            let sampled = cell.sampled(self.stage_of(suspicious.contains(&index))).ok()?;
            row::test_interval(cell, &sampled, self.policy.seed)
        };
        let intervals: Vec<Option<(f64, f64)>> = self.cells.iter().enumerate().map(interval).collect();
        let mut judged = self.judge();
        for (row, interval) in judged.rows.iter_mut().zip(intervals) {
            row.test_interval = interval;
        }
        judged
    }

    fn quads(&self, stage: Stage) -> u32 {
        self.attempts[stage_index(stage)].len() as u32
    }

    /// Indices of the cells that the screen cannot let go.
    fn suspicious(&self) -> &[usize] {
        let is_suspicious = |cell: &Cell| {
            cell.rule.is_gated
                && self.incomparable(cell, Stage::Screen).is_none()
                && decide::is_suspicious(cell, self.policy.seed)
        };
        self.suspicious.get_or_init(|| {
            let all = self.cells.iter().enumerate();
            all.filter(|(_, cell)| is_suspicious(cell)).map(|(index, _)| index).collect()
        })
    }

    /// How many quads confirm so many cells, when a part of them will have to be left out.
    ///
    /// Decided before the first of them, so that their orders can be drawn together.
    fn confirm_quads(&self, cells: usize, stretch: f64) -> u32 {
        let least = quads_least(self.policy.alpha, cells).saturating_add(CONFIRM_QUADS_SPARE);
        let of_builds = match self.policy.builds {
            0 | 1 => 0,
            builds => CONFIRM_QUADS_A_BUILD * builds as usize,
        };
        let wanted = least.max(CONFIRM_QUADS_LEAST).max(of_builds) as f64 * stretch;
        // Larger ones than these are as good as endless.
        let wanted = wanted.ceil().min(f64::from(u32::MAX)) as u32;
        wanted.min(self.policy.confirm_quads_most.unwrap_or(u32::MAX))
    }

    /// By how much more quads the worst of these cells needs, as the screen lost its values.
    fn stretch(&self, cells: &[usize]) -> f64 {
        let missing = cells.iter().map(|index| self.cells[*index].missing(Stage::Screen));
        missing.map(|missing| missing.stretch()).fold(1.0, f64::max)
    }

    /// The stage that decides about a cell: the confirmation once it has begun.
    fn stage_of(&self, is_suspicious: bool) -> Stage {
        if is_suspicious && self.quads(Stage::Confirm) > 0 { Stage::Confirm } else { Stage::Screen }
    }

    /// Why the times of the arms say nothing about each other in a stage; `None` when they do.
    fn incomparable(&self, cell: &Cell, stage: Stage) -> Option<String> {
        let shares = error_shares(&self.attempts[stage_index(stage)]);
        let differ = (shares[0] - shares[1]).abs() > ERROR_SHARES_ALIKE;
        let is_over = shares[0].max(shares[1]) > self.policy.error_share_most;
        (cell.depends_on_successes() && is_over && differ)
            .then(|| text::errors(shares, self.policy.error_share_most))
    }
}

/// Shares of errors this close leave the same requests to be timed in both arms.
const ERROR_SHARES_ALIKE: f64 = 0.001;

fn error_shares(quads: &[[(u64, u64); 2]]) -> [f64; 2] {
    [0, 1].map(|side| {
        let (attempts, errors) =
            quads.iter().fold((0, 0), |sum, quad| (sum.0 + quad[side].0, sum.1 + quad[side].1));
        errors as f64 / attempts.max(1) as f64
    })
}

fn stage_index(stage: Stage) -> usize {
    match stage {
        Stage::Screen => 0,
        Stage::Confirm => 1,
    }
}

#[cfg(test)]
mod tests;
