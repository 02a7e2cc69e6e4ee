//! What a profile says of one cell, after all layers and before the user's rules.

use dyno_model::{CellKey, Direction, GateMode, Noise};
use serde_json::Value;

use super::limit::ProfileLimit;
use super::tree::Node;
use crate::kind::MetricKind;
use crate::quantity::{tolerance_words, words};
use crate::tolerance::{Combine, Tolerance};

/// Everything that a profile says of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellSettings {
    /// What the metric is.
    pub kind: MetricKind,
    /// Whether and how it is judged.
    pub mode: GateMode,
    /// What may change for the worse, with `auto` worked out.
    pub tolerance: Tolerance,
    /// Whether the tolerance is as tight as the noise allows.
    pub is_auto: bool,
    /// The absolute limit.
    pub limit: Option<ProfileLimit>,
    /// What calibration measured on this machine, in the unit of the metric.
    pub value: Option<f64>,
    /// How much it scatters on this machine.
    pub noise: Option<Noise>,
}

/// Where the properties of a cell may stand, the closest first: its own plan before `*`, its own operation before `*`.
pub(super) fn places(plan: &str, key: &CellKey) -> Vec<[String; 2]> {
    let every = key.operation.is_some().then(|| format!("*/{}", key.metric));
    let metrics: Vec<String> = [Some(key.to_string()), every].into_iter().flatten().collect();
    let plans: &[&str] = if plan == "*" { &["*"] } else { &[plan, "*"] };
    plans.iter().flat_map(|plan| metrics.iter().map(|metric| [(*plan).to_owned(), metric.clone()])).collect()
}

/// The path of a property at a place.
pub(super) fn path<'a>(place: &'a [String; 2], property: &[&'a str]) -> Vec<&'a str> {
    [&["plans", place[0].as_str(), "metrics", place[1].as_str()], property].concat()
}

/// A property of the closest place that has it.
fn closest<'n>(tree: &'n Node, places: &[[String; 2]], property: &[&str]) -> Option<&'n Node> {
    places.iter().find_map(|place| tree.get(&path(place, property)))
}

/// Reads the settings of a cell; `auto` is left to the caller, who knows the plan of measurement.
pub(super) fn read(tree: &Node, plan: &str, key: &CellKey) -> Option<CellSettings> {
    let kind = MetricKind::of(&key.metric)?;
    let places = places(plan, key);
    let number = |property: &[&str]| closest(tree, &places, property).and_then(Node::number);
    let mode = closest(tree, &places, &["gate"]).and_then(|node| serde_json::from_value(node.value()).ok());
    let noise = closest(tree, &places, &["noise"]).and_then(|node| serde_json::from_value(node.value()).ok());
    let (tolerance, is_auto) = tolerance(tree, &places, &kind);
    Some(CellSettings {
        kind,
        mode: mode.unwrap_or(if kind.is_gated { GateMode::Regression } else { GateMode::Info }),
        tolerance,
        is_auto,
        limit: number(&["limit", "value"]).map(|value| ProfileLimit { value }),
        value: number(&["value"]),
        noise,
    })
}

/// The parts of a tolerance may come from different places; `auto` stands for all that is not said closer by.
fn tolerance(tree: &Node, places: &[[String; 2]], kind: &MetricKind) -> (Tolerance, bool) {
    let (mut relative, mut absolute, mut combine) = (None, None, None);
    let mut is_auto = false;
    for place in places {
        let Some(node) = tree.get(&path(place, &["tolerance"])) else { continue };
        if node.text() == Some("auto") {
            is_auto = relative.is_none();
            break;
        }
        let number = |part: &str| node.get(&[part]).and_then(Node::number);
        relative = relative.or_else(|| number("rel"));
        absolute = absolute.or_else(|| number("abs"));
        combine = combine.or_else(|| {
            let word = Value::String(node.get(&["combine"])?.text()?.to_owned());
            serde_json::from_value::<Combine>(word).ok()
        });
    }
    let tolerance = Tolerance {
        relative: relative.unwrap_or(kind.tolerance.relative),
        absolute: absolute.unwrap_or(kind.tolerance.absolute),
        combine: combine.unwrap_or(kind.tolerance.combine),
    };
    (tolerance, is_auto)
}

impl CellSettings {
    /// Whether a regression fails the gate.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        matches!(self.mode, GateMode::Regression | GateMode::Both)
    }

    /// Whether a broken limit fails the gate.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limit.is_some() && matches!(self.mode, GateMode::Limit | GateMode::Both)
    }

    pub(crate) fn mode_words(&self) -> &'static str {
        match self.mode {
            GateMode::Off => "off",
            GateMode::Info => "info",
            GateMode::Limit => "limit",
            GateMode::Regression => "regression",
            GateMode::Both => "both",
        }
    }

    pub(crate) fn tolerance_words(&self) -> String {
        let words = tolerance_words(&self.tolerance, self.kind.unit);
        if self.is_auto { format!("auto: {words}") } else { words }
    }

    pub(crate) fn limit_words(&self) -> String {
        let sign = match self.kind.direction {
            Direction::Lower => "≤",
            Direction::Higher => "≥",
        };
        self.limit.map_or("none".to_owned(), |limit| format!("{sign} {}", words(limit.value, self.kind.unit)))
    }

    pub(crate) fn value_words(&self) -> String {
        self.value.map_or("none".to_owned(), |value| words(value, self.kind.unit))
    }
}
