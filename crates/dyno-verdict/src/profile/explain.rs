//! Where each property of a cell comes from: the chain of all places that say something, the one that counts marked.

use dyno_model::{CellKey, Unit};
use serde_json::Value;

use super::Layer;
use super::resolved::ResolvedProfile;
use super::settings::{path, places};
use super::tree::Node;
use crate::kind::MetricKind;
use crate::quantity::{percent_words, words};

/// A property of a cell with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Such as `tolerance` or `limit`.
    pub property: &'static str,
    /// What counts, in words.
    pub value: String,
    /// Everything that was said, the highest first.
    pub chain: Vec<Origin>,
}

/// One place that says something of a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The layer.
    pub layer: Layer,
    /// The file or the variable.
    pub file: String,
    /// JSON pointer, or the text of the override.
    pub pointer: String,
    /// What it says, in words.
    pub value: String,
    /// Whether it counts.
    pub is_used: bool,
}

/// Properties and the leaves that make them.
const PROPERTIES: [(&str, &[&[&str]]); 5] = [
    ("gate", &[&["gate"]]),
    ("tolerance", &[&["tolerance"], &["tolerance", "rel"], &["tolerance", "abs"], &["tolerance", "combine"]]),
    ("limit", &[&["limit", "value"]]),
    ("value", &[&["value"]]),
    ("noise", &[&["noise", "sigma_round"], &["noise", "sigma_process"], &["noise", "sigma_session"]]),
];

impl ResolvedProfile {
    /// Explains a cell, property by property; empty for an unknown metric.
    #[must_use]
    pub fn explain(&self, plan: &str, key: &CellKey) -> Vec<Explained> {
        let (Some(kind), Some(settings)) = (MetricKind::of(&key.metric), self.settings(plan, key)) else {
            return Vec::new();
        };
        PROPERTIES
            .iter()
            .map(|(property, leaves)| {
                let mut chain = self.of_flags(property, key);
                let has_flag = !chain.is_empty();
                chain.extend(self.of_overrides(property, plan, key, has_flag));
                let has_above = !chain.is_empty();
                for leaf in *leaves {
                    chain.extend(self.of_files(leaf, plan, key, &kind, has_above));
                }
                chain.extend(built_in(property, &kind, &chain));
                let value = match *property {
                    "gate" => settings.mode_words().to_owned(),
                    "tolerance" => match self.rules.iter().rev().find(|rule| rule.concerns(key)) {
                        Some(rule) => crate::quantity::tolerance_words(&rule.tolerance, kind.unit),
                        None => settings.tolerance_words(),
                    },
                    "limit" => settings.limit_words(),
                    "value" => settings.value_words(),
                    _ => {
                        settings.noise.map_or("unknown".to_owned(), |noise| percent_words(noise.sigma_round))
                    }
                };
                Explained { property, value, chain }
            })
            .collect()
    }

    fn of_flags(&self, property: &str, key: &CellKey) -> Vec<Origin> {
        let rules = self.rules.iter().rev().filter(|rule| property == "tolerance" && rule.concerns(key));
        rules
            .enumerate()
            .map(|(index, rule)| Origin {
                layer: Layer::Flag,
                file: "--fail-on".to_owned(),
                pointer: String::new(),
                value: rule.text.clone(),
                is_used: index == 0,
            })
            .collect()
    }

    /// The last entry counts unless a flag does.
    fn of_overrides(&self, property: &str, plan: &str, key: &CellKey, has_flag: bool) -> Vec<Origin> {
        let applied = self.overrides.iter().rev();
        let concerned = applied.filter(|one| one.concerns(plan, key) && one.property() == property);
        concerned
            .enumerate()
            .map(|(index, one)| Origin {
                layer: Layer::Env,
                file: one.source().to_owned(),
                pointer: String::new(),
                value: one.text().to_owned(),
                is_used: index == 0 && !has_flag,
            })
            .collect()
    }

    /// What the files say of one leaf; the first counts unless something above does.
    fn of_files(
        &self,
        leaf: &[&str],
        plan: &str,
        key: &CellKey,
        kind: &MetricKind,
        has_above: bool,
    ) -> Vec<Origin> {
        let mut chain: Vec<Origin> = Vec::new();
        let mut is_decided = has_above;
        for place in places(plan, key) {
            let path = path(&place, leaf);
            let merged = self.merged.get(&path).and_then(Node::leaf);
            for layer in &self.layers {
                let (source, value, is_used) = match layer.tree.find(&path) {
                    Some(Node::Leaf(value, source)) => {
                        let counts = merged.is_some_and(|(_, used)| used == source);
                        (source, leaf_words(leaf, value, kind), counts && !is_decided)
                    }
                    Some(Node::Deleted(source)) => (source, "deleted".to_owned(), false),
                    _ => continue,
                };
                is_decided |= is_used;
                let file = source.file.to_string();
                chain.push(Origin {
                    layer: source.layer,
                    file,
                    pointer: source.pointer.clone(),
                    value,
                    is_used,
                });
            }
        }
        chain
    }
}

/// What the table of kinds says, where it says anything.
fn built_in(property: &str, kind: &MetricKind, above: &[Origin]) -> Option<Origin> {
    let value = match property {
        "gate" => if kind.is_gated { "regression" } else { "info" }.to_owned(),
        "tolerance" => crate::quantity::tolerance_words(&kind.tolerance, kind.unit),
        _ => return None,
    };
    let is_used = !above.iter().any(|origin| origin.is_used);
    Some(Origin {
        layer: Layer::BuiltIn,
        file: "built-in".to_owned(),
        pointer: String::new(),
        value,
        is_used,
    })
}

fn leaf_words(leaf: &[&str], value: &Value, kind: &MetricKind) -> String {
    let number = value.as_f64();
    match (leaf, number) {
        (["tolerance", "rel"] | ["noise", ..], Some(number)) => percent_words(number),
        (["tolerance", "abs"], Some(number)) if kind.unit == Unit::Share => format!("{} pp", number * 100.0),
        (["tolerance", "abs"] | ["value"] | ["limit", "value"], Some(number)) => words(number, kind.unit),
        _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}
