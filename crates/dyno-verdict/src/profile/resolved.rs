//! All layers as one: the rule of each cell, the noise, the certificate and the policy.

use std::time::Duration;

use dyno_model::{CellKey, Certificate, Evidence, GateMode, Noise, OnInconclusive, OverrideRecord, units};
use dyno_stats::paired::detectable;

use super::calibration::{self, CalibrationState};
use super::select::Selected;
use super::settings::{self, CellSettings};
use super::tree::Node;
use super::{MatchKind, ProfileContext, ProfileError};
use crate::cell::CellRule;
use crate::overrides::{Applied, Overrides};
use crate::rules::Rule;

/// Bound of false alarms of a gate unless a profile says otherwise.
const ALPHA: f64 = 0.01;
/// Quads of a confirmation when neither budget nor calibration tell.
const QUADS: usize = 12;
/// Fewer cannot reach the level of a gate.
const QUADS_LEAST: usize = 8;
/// The tolerance `auto` finds changes of its own size in nine of ten cases.
const POWER: f64 = 0.9;

/// All layers as one, with the user's rules on top.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedProfile {
    /// From the highest layer to the lowest.
    pub(super) layers: Vec<Selected>,
    pub(super) merged: Node,
    pub(crate) overrides: Vec<Applied>,
    pub(super) rules: Vec<Rule>,
    records: Vec<OverrideRecord>,
    warnings: Vec<String>,
    calibration: CalibrationState,
    certificate: Option<Certificate>,
}

/// Rules of the whole gate. `None` where no layer says anything.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Policy {
    /// Bound of false alarms per gate, 0 to 1.
    pub alpha: Option<f64>,
    /// The least evidence that is enough.
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough.
    pub on_inconclusive: Option<OnInconclusive>,
    /// Time that a comparison may take.
    pub budget: Option<Duration>,
}

impl ResolvedProfile {
    /// The defaults of the table of kinds and nothing else.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            layers: Vec::new(),
            merged: Node::empty(),
            overrides: Vec::new(),
            rules: Vec::new(),
            records: Vec::new(),
            warnings: Vec::new(),
            calibration: CalibrationState::None,
            certificate: None,
        }
    }

    pub(super) fn from_layers(
        layers: Vec<Selected>,
        has_calibration: bool,
        context: &ProfileContext<'_>,
    ) -> Self {
        let below = |merged: Node, layer: &Selected| merged.over(layer.tree.clone());
        let merged = layers.iter().fold(Node::empty(), below);
        let calibration = calibration::state(&layers, has_calibration, context.environment, context.now);
        let certificate = merged.get(&["calibration", "certificate"]).map(Node::value);
        // A certificate that leaves out its counts proves nothing.
        let certificate = certificate.and_then(|value| serde_json::from_value(value).ok());
        Self { layers, merged, calibration, certificate, ..Self::builtin() }
    }

    /// The same with what environment variables change.
    pub(super) fn with_overrides(
        mut self,
        overrides: &Overrides,
        context: &ProfileContext<'_>,
    ) -> Result<Self, Vec<ProfileError>> {
        let outcome = overrides.apply_to(&self, context)?;
        (self.overrides, self.records, self.warnings) = (outcome.applied, outcome.records, outcome.warnings);
        Ok(self)
    }

    /// The same with the user's own rules (`--fail-on`); a later rule of the same cell wins.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// What a cell of a plan is held to; `None` when the metric is unknown or switched off.
    #[must_use]
    pub fn cell_rule(&self, plan: &str, key: &CellKey) -> Option<CellRule> {
        let settings = self.settings(plan, key)?;
        let mut cell = CellRule::of(key)?;
        cell.tolerance = settings.tolerance;
        cell.bias = self.bias(key, &settings);
        cell.is_gated = settings.is_gated();
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.concerns(key)).collect();
        if settings.mode == GateMode::Off && rules.is_empty() {
            return None;
        }
        rules.iter().for_each(|rule| rule.apply(&mut cell));
        Some(cell)
    }

    /// Everything that the layers and overrides say of a cell; `None` for an unknown metric.
    #[must_use]
    pub fn settings(&self, plan: &str, key: &CellKey) -> Option<CellSettings> {
        let mut settings = settings::read(&self.merged, plan, key)?;
        self.work_out_auto(key, &mut settings);
        for applied in self.overrides.iter().filter(|applied| applied.concerns(plan, key)) {
            applied.change(&mut settings);
            if applied.makes_auto() {
                self.work_out_auto(key, &mut settings);
            }
        }
        Some(settings)
    }

    /// `auto` is the smallest change that is found in nine of ten cases; without a known noise the kind's own tolerance.
    ///
    /// It is bias + k·sigma of a quad, with k from [`detectable`] at the quads that the budget pays for; never finer than
    /// the kind's absolute floor.
    fn work_out_auto(&self, key: &CellKey, settings: &mut CellSettings) {
        let (true, Some(noise)) = (settings.is_auto, settings.noise) else { return };
        if settings.kind.is_difference {
            return;
        }
        let sigma = crate::calibrate::quad_sigma(&noise);
        let alpha = self.policy().alpha.unwrap_or(ALPHA);
        let found = self.bias(key, settings) + detectable(sigma, self.quads(), alpha, POWER);
        if found.is_finite() {
            settings.tolerance.relative = found.exp_m1();
        }
    }

    /// Quads that the budget pays for, else those of the calibration.
    fn quads(&self) -> usize {
        let number = |path: &[&str]| self.merged.get(path).and_then(Node::number);
        let of_budget = self
            .policy()
            .budget
            .zip(number(&["calibration", "round_ms"]))
            .map(|(budget, round_ms)| (budget.as_secs_f64() * 1e3 / (4.0 * round_ms).max(1.0)) as usize);
        let quads = of_budget.or_else(|| number(&["calibration", "quads"]).map(|quads| quads as usize));
        quads.unwrap_or(QUADS).max(QUADS_LEAST)
    }

    /// The upper bound of the harness's own bias: measured, else the kind's.
    fn bias(&self, key: &CellKey, settings: &CellSettings) -> f64 {
        let bounds = self.certificate.as_ref().map(|certificate| &certificate.bias_upper);
        let measured =
            bounds.and_then(|bounds| bounds.get(&key.to_string()).or_else(|| bounds.get(&key.metric)));
        let default = if settings.kind.is_difference { 0.0 } else { settings.kind.default_bias };
        measured.copied().unwrap_or(default)
    }

    /// What A/A gates of this machine showed; `None` without a certificate for exactly this machine that is valid now.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref().filter(|_| self.calibration.is_valid())
    }

    /// How much a cell scatters; `None` unless calibrated on exactly this machine.
    #[must_use]
    pub fn noise(&self, plan: &str, key: &CellKey) -> Option<Noise> {
        self.settings(plan, key)?.noise
    }

    /// Rules of the whole gate.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let of = |key: &str| self.merged.get(&["policy", key]);
        let word = |key: &str| of(key).map(Node::value);
        Policy {
            alpha: of("alpha_gate").and_then(Node::number),
            min_evidence: word("min_evidence").and_then(|value| serde_json::from_value(value).ok()),
            on_inconclusive: word("on_inconclusive").and_then(|value| serde_json::from_value(value).ok()),
            budget: of("budget").and_then(Node::text).and_then(|text| units::parse_duration(text).ok()),
        }
    }

    /// What is known of this machine, and whether it is still believed.
    #[must_use]
    pub fn calibration(&self) -> &CalibrationState {
        &self.calibration
    }

    /// What environment variables changed.
    #[must_use]
    pub fn overrides(&self) -> &[OverrideRecord] {
        &self.records
    }

    /// Overrides that concern nothing and were let through by `DYNO_PERF_OVERRIDE_LENIENT`.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The profiles that are used, the highest layer first: file, name, and how it fits this machine.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &str, MatchKind)> {
        self.layers.iter().map(|layer| (layer.file.as_str(), layer.id.as_str(), layer.matched))
    }

    /// Names of plans that the profiles know, `*` left out.
    pub fn plans(&self) -> impl Iterator<Item = &str> {
        self.merged.get(&["plans"]).into_iter().flat_map(Node::keys).filter(|plan| *plan != "*")
    }

    /// Metrics that the profiles name for a plan, those of `*` included.
    #[must_use]
    pub fn metrics(&self, plan: &str) -> Vec<CellKey> {
        let mut keys: Vec<CellKey> = [plan, "*"]
            .iter()
            .filter_map(|plan| self.merged.get(&["plans", plan, "metrics"]))
            .flat_map(Node::keys)
            .map(|key| key.parse().unwrap_or_else(|never: std::convert::Infallible| match never {}))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
}
