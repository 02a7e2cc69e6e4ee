//! What a machine and a team hold results to: limits, tolerances and the measured noise, from several layers.
//!
//! Not here: reading files and the environment, which the binary does. Called by comparisons, which ask for the rule of
//! each cell, and by `dyno profile explain`.

use dyno_model::{CellKey, Certificate, Noise, OverrideRecord};

use crate::cell::CellRule;
use crate::rules::Rule;

/// All layers as one, with the user's rules on top.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResolvedProfile {
    rules: Vec<Rule>,
    overrides: Vec<OverrideRecord>,
}

impl ResolvedProfile {
    /// The defaults of the table of kinds and nothing else.
    #[must_use]
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The same with the user's own rules (`--fail-on`); a later rule of the same cell wins.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// What a cell of a plan is held to; `None` when the metric is unknown or switched off.
    #[must_use]
    pub fn cell_rule(&self, _plan: &str, key: &CellKey) -> Option<CellRule> {
        let mut cell = CellRule::of(key)?;
        for rule in self.rules.iter().filter(|rule| rule.concerns(key)) {
            rule.apply(&mut cell);
        }
        Some(cell)
    }

    /// What A/A gates of this machine showed; `None` without a valid certificate for exactly this machine.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        None
    }

    /// How much a cell scatters; `None` unless calibrated on exactly this machine.
    #[must_use]
    pub fn noise(&self, _plan: &str, _key: &CellKey) -> Option<Noise> {
        None
    }

    /// What environment variables changed.
    #[must_use]
    pub fn overrides(&self) -> &[OverrideRecord] {
        &self.overrides
    }
}
