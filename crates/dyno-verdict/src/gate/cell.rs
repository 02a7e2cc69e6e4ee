//! What was measured of one cell, as effects: one number per quad, positive when the candidate is worse.

use std::collections::BTreeMap;

use dyno_model::{Direction, Stage, Unit};
use dyno_stats::paired::{QuadOrder, difference, log_ratio, median, order_test, without_places};

use crate::cell::CellRule;

use super::missing::Missing;
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
    pub(super) order: QuadOrder,
    pub(super) build: u32,
}

/// A cell in one stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sampled {
    /// One per whole quad, positive is worse: log ratios, for shares plain differences.
    pub(super) effects: Vec<f64>,
    /// The order of each of them.
    pub(super) orders: Vec<QuadOrder>,
    /// The effects without what the places in a quad add.
    pub(super) placeless: Vec<f64>,
    /// The build of each of them.
    pub(super) builds: Vec<u32>,
    /// The quads that are not whole.
    pub(super) missing: Missing,
    /// All rounds of the baseline in whole quads.
    pub(super) a: Vec<f64>,
    /// All rounds of the candidate in them.
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
        let missing = self.missing(stage);
        if missing.prevents_a_verdict() {
            return Err(text::missing(&missing, &self.rule.kind));
        }
        let whole: Vec<(&Quartet, f64)> =
            quads.iter().filter_map(|quad| Some((quad, self.effect(quad)?))).collect();
        let effects: Vec<f64> = whole.iter().map(|(_, effect)| *effect).collect();
        let orders: Vec<QuadOrder> = whole.iter().map(|(quad, _)| quad.order).collect();
        let placeless = without_places(&effects, &orders);
        let builds: Vec<u32> = whole.iter().map(|(quad, _)| quad.build).collect();
        let values = |side: fn(&Quartet) -> [Option<f64>; 2]| -> Vec<f64> {
            whole.iter().flat_map(|(quad, _)| side(quad)).flatten().collect()
        };
        let (a, b) = (values(|quad| quad.a), values(|quad| quad.b));
        let reference = median(&a).unwrap_or(f64::NAN);
        let tolerance_change = if self.rule.kind.is_difference {
            self.rule.tolerance.slack(reference)
        } else {
            self.rule.tolerance.share(reference).unwrap_or(f64::INFINITY)
        };
        let tolerance = self.effect_of(tolerance_change);
        Ok(Sampled { effects, orders, placeless, builds, missing, a, b, tolerance, tolerance_change })
    }

    /// The quads of a stage that are not whole.
    pub(super) fn missing(&self, stage: Stage) -> Missing {
        Missing::of(&self.quads[stage_index(stage)], self.rule.kind.is_difference)
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
        median(&self.placeless).unwrap_or(f64::NAN)
    }

    /// The best guess in each build that has quads, in the order of builds.
    ///
    /// What the places add is taken from what is left within builds: a build may have been played more often in one of the
    /// orders, and its own effect is not to be mistaken for that of the order.
    pub(super) fn by_build(&self) -> Vec<f64> {
        let middles = self.middles(&self.effects);
        let within: Vec<f64> =
            self.effects.iter().zip(&self.builds).map(|(effect, build)| effect - middles[build]).collect();
        let without = without_places(&within, &self.orders);
        let of_places = within.iter().zip(&without).map(|(with, without)| with - without);
        let effects: Vec<f64> =
            self.effects.iter().zip(of_places).map(|(effect, places)| effect - places).collect();
        self.middles(&effects).into_values().collect()
    }

    /// The median of each build.
    fn middles(&self, effects: &[f64]) -> BTreeMap<u32, f64> {
        let mut of_build: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (build, effect) in self.builds.iter().zip(effects) {
            of_build.entry(*build).or_default().push(*effect);
        }
        of_build.into_iter().map(|(build, effects)| (build, median(&effects).unwrap_or(f64::NAN))).collect()
    }

    /// Probability of effects so much above `null` by chance.
    pub(super) fn p_above(&self, null: f64, seed: u64) -> f64 {
        order_test(&self.effects, &self.orders, null, seed)
    }

    /// Probability of effects so much below `null` by chance.
    pub(super) fn p_below(&self, null: f64, seed: u64) -> f64 {
        let mirrored: Vec<f64> = self.effects.iter().map(|effect| -effect).collect();
        order_test(&mirrored, &self.orders, -null, seed)
    }

    /// The standard deviation of a quad around what its order makes of it, as likely too large as too small.
    ///
    /// The median of a chi-square lies two thirds below its degrees of freedom, which matters for few quads: without it
    /// promises made from eight quads would be 5 % too bold.
    pub(super) fn sigma(&self) -> f64 {
        let of = |order: QuadOrder| -> Vec<f64> {
            let of_order = self.effects.iter().zip(&self.orders).filter(|(_, one)| **one == order);
            of_order.map(|(effect, _)| *effect).collect()
        };
        let (abba, baab) = (of(QuadOrder::Abba), of(QuadOrder::Baab));
        let orders = f64::from(u8::from(!abba.is_empty()) + u8::from(!baab.is_empty()));
        let squares = squares(&abba) + squares(&baab);
        (squares / (self.effects.len() as f64 - orders - 2.0 / 3.0).max(1.0 / 3.0)).sqrt()
    }

    /// Whether this is a count that never varies: nothing then is left to chance.
    pub(super) fn is_exact(&self, unit: Unit) -> bool {
        const ROUNDS_LEAST: usize = 3;
        let is_constant =
            |values: &[f64]| values.len() >= ROUNDS_LEAST && values.iter().all(|v| *v == values[0]);
        let is_count = matches!(unit, Unit::Bytes | Unit::Count) && self.missing.is_none();
        is_count && is_constant(&self.a) && is_constant(&self.b)
    }
}

/// The sum of squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum()
}
