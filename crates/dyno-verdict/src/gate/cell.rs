//! What was measured of one cell, as effects: one number per quad, positive when the candidate is worse.

use dyno_model::{Direction, Stage, Unit};
use dyno_stats::paired::{difference, log_ratio, median};

use crate::cell::CellRule;

use super::{stage_index, text};

/// A cell with its quads in both stages.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) rule: CellRule,
    /// The key as text, by which rounds name their values.
    pub(super) name: String,
    /// Of the screen, and of the confirmation.
    pub(super) quads: [Vec<Quartet>; 2],
}

/// One cell in the four rounds of a quad; `None` where a round had no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quartet {
    pub(super) a: [Option<f64>; 2],
    pub(super) b: [Option<f64>; 2],
}

/// A cell in one stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sampled {
    /// One per quad, positive is worse: log ratios, for shares plain differences.
    pub(super) effects: Vec<f64>,
    /// All rounds of the baseline.
    pub(super) a: Vec<f64>,
    /// All rounds of the candidate.
    pub(super) b: Vec<f64>,
    /// What is tolerated, on the scale of the effects; infinite when nothing is too much.
    pub(super) tolerance: f64,
    /// The same on the scale of [`dyno_model::Change`].
    pub(super) tolerance_change: f64,
}

impl Cell {
    pub(super) fn new(rule: CellRule) -> Self {
        Self { name: rule.key.to_string(), rule, quads: [vec![], vec![]] }
    }

    /// The cell in a stage, or why it has no numbers there.
    pub(super) fn sampled(&self, stage: Stage) -> Result<Sampled, String> {
        let quads = &self.quads[stage_index(stage)];
        if quads.is_empty() {
            return Err("no quad was played".to_owned());
        }
        let effects: Vec<f64> = quads.iter().filter_map(|quad| self.effect(quad)).collect();
        if effects.len() < quads.len() {
            return Err(text::missing(quads, self.rule.kind.is_difference, self.rule.kind.samples_least()));
        }
        let values = |side: fn(&Quartet) -> [Option<f64>; 2]| -> Vec<f64> {
            quads.iter().flat_map(side).flatten().collect()
        };
        let (a, b) = (values(|quad| quad.a), values(|quad| quad.b));
        let reference = median(&a).unwrap_or(f64::NAN);
        let tolerance_change = if self.rule.kind.is_difference {
            self.rule.tolerance.slack(reference)
        } else {
            self.rule.tolerance.share(reference).unwrap_or(f64::INFINITY)
        };
        let tolerance = self.effect_of(tolerance_change);
        Ok(Sampled { effects, a, b, tolerance, tolerance_change })
    }

    fn effect(&self, quad: &Quartet) -> Option<f64> {
        let both = |values: [Option<f64>; 2]| Some([values[0]?, values[1]?]);
        let (a, b) = (both(quad.a)?, both(quad.b)?);
        let larger = if self.rule.kind.is_difference { difference(a, b) } else { log_ratio(a, b) }?;
        Some(self.sign() * larger)
    }

    fn sign(&self) -> f64 {
        match self.rule.kind.direction {
            Direction::Lower => 1.0,
            Direction::Higher => -1.0,
        }
    }

    /// The effect that is a change for the worse of this size.
    pub(super) fn effect_of(&self, worse: f64) -> f64 {
        match (self.rule.kind.is_difference, self.rule.kind.direction) {
            (true, _) => worse,
            (false, Direction::Lower) => worse.ln_1p(),
            // Nothing falls by more than all of it.
            (false, Direction::Higher) if worse >= 1.0 => f64::INFINITY,
            (false, Direction::Higher) => -(-worse).ln_1p(),
        }
    }

    /// The change of the value (positive is larger) that an effect (positive is worse) is.
    pub(super) fn change_of(&self, effect: f64) -> f64 {
        let larger = self.sign() * effect;
        if self.rule.kind.is_difference { larger } else { larger.exp_m1() }
    }

    /// The size of a change for the worse, never negative for a positive effect.
    pub(super) fn worse_of(&self, effect: f64) -> f64 {
        self.sign() * self.change_of(effect)
    }

    /// Whether requests that failed are not in the value, so that other failures make another selection.
    pub(super) fn depends_on_successes(&self) -> bool {
        self.rule.kind.unit == Unit::Ns
    }
}

impl Sampled {
    /// The best guess of the effect.
    pub(super) fn point(&self) -> f64 {
        median(&self.effects).unwrap_or(f64::NAN)
    }

    /// The standard deviation of a quad, as likely too large as too small.
    ///
    /// The median of a chi-square lies two thirds below its degrees of freedom, which matters for few quads: without it
    /// promises made from eight quads would be 5 % too bold.
    pub(super) fn sigma(&self) -> f64 {
        let count = self.effects.len() as f64;
        let mean = self.effects.iter().sum::<f64>() / count;
        let squares: f64 = self.effects.iter().map(|effect| (effect - mean).powi(2)).sum();
        (squares / (count - 1.0 - 2.0 / 3.0).max(1.0 / 3.0)).sqrt()
    }

    /// Whether this is a count that never varies: nothing then is left to chance.
    pub(super) fn is_exact(&self, unit: Unit) -> bool {
        const ROUNDS_LEAST: usize = 3;
        let is_constant =
            |values: &[f64]| values.len() >= ROUNDS_LEAST && values.iter().all(|v| *v == values[0]);
        matches!(unit, Unit::Bytes | Unit::Count) && is_constant(&self.a) && is_constant(&self.b)
    }
}
