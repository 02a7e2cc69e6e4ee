//! A profile as a tree whose leaves know where they come from, and how one is laid over another.
//!
//! Objects merge; texts, numbers and lists replace; `null` deletes what lies below; `{"!replace": {…}}` replaces a whole
//! object. Deletions stay in the tree until it is read, so that layers can be merged in any grouping.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Layer, Source};

/// The key that makes an object replace and not merge.
pub(crate) const REPLACE: &str = "!replace";

/// A part of a profile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A value, with its place.
    Leaf(Value, Source),
    /// Nothing, on purpose: what lies below is gone.
    Deleted(Source),
    /// An object.
    Branch {
        entries: BTreeMap<String, Node>,
        /// Whether nothing of the layers below shows through.
        is_whole: bool,
    },
}

impl Node {
    /// A layer without anything in it.
    pub(crate) fn empty() -> Self {
        Self::Branch { entries: BTreeMap::new(), is_whole: false }
    }

    /// Reads a value of a file; its leaves keep their places.
    pub(crate) fn read(value: &Value, layer: Layer, file: &Arc<str>) -> Self {
        Self::read_at(value, layer, file, "")
    }

    fn read_at(value: &Value, layer: Layer, file: &Arc<str>, pointer: &str) -> Self {
        let source = || Source { layer, file: Arc::clone(file), pointer: pointer.to_owned() };
        match value {
            Value::Null => Self::Deleted(source()),
            Value::Object(entries) => {
                let (entries, is_whole, pointer) = match entries.get(REPLACE) {
                    Some(Value::Object(inner)) => (inner, true, step(pointer, REPLACE)),
                    _ => (entries, false, pointer.to_owned()),
                };
                let read = |(key, value): (&String, &Value)| {
                    (key.clone(), Self::read_at(value, layer, file, &step(&pointer, key)))
                };
                Self::Branch { entries: entries.iter().map(read).collect(), is_whole }
            }
            other => Self::Leaf(other.clone(), source()),
        }
    }

    /// This one laid over another.
    pub(crate) fn over(self, below: Self) -> Self {
        match (self, below) {
            (Self::Branch { entries, is_whole: false }, Self::Branch { entries: mut merged, is_whole }) => {
                for (key, node) in entries {
                    let node = match merged.remove(&key) {
                        Some(below) => node.over(below),
                        None => node,
                    };
                    merged.insert(key, node);
                }
                Self::Branch { entries: merged, is_whole }
            }
            // What a value hid from below stays hidden by the object that takes its place.
            (Self::Branch { entries, .. }, _) => Self::Branch { entries, is_whole: true },
            (value, _) => value,
        }
    }

    /// What stands at a path; `None` also where it was deleted.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&Self> {
        let found = self.find(path)?;
        (!matches!(found, Self::Deleted(_))).then_some(found)
    }

    /// What stands at a path, deletions included.
    pub(crate) fn find(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match self {
            Self::Branch { entries, .. } => entries.get(*first)?.find(rest),
            // What is deleted has nothing inside either.
            Self::Deleted(_) => Some(self),
            Self::Leaf(..) => None,
        }
    }

    /// Removes what stands at a path, `*` being every key.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        let Self::Branch { entries, .. } = self else { return };
        match path {
            [] => {}
            [last] => drop(entries.remove(*last)),
            ["*", rest @ ..] => entries.values_mut().for_each(|node| node.remove(rest)),
            [first, rest @ ..] => {
                if let Some(node) = entries.get_mut(*first) {
                    node.remove(rest);
                }
            }
        }
    }

    /// The keys of an object.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = match self {
            Self::Branch { entries, .. } => Some(entries),
            _ => None,
        };
        entries
            .into_iter()
            .flatten()
            .filter(|(_, node)| !matches!(node, Self::Deleted(_)))
            .map(|(key, _)| key.as_str())
    }

    /// The value of a leaf, with its place.
    pub(crate) fn leaf(&self) -> Option<(&Value, &Source)> {
        match self {
            Self::Leaf(value, source) => Some((value, source)),
            _ => None,
        }
    }

    /// The number of a leaf.
    pub(crate) fn number(&self) -> Option<f64> {
        self.leaf()?.0.as_f64()
    }

    /// The text of a leaf.
    pub(crate) fn text(&self) -> Option<&str> {
        self.leaf()?.0.as_str()
    }

    /// As JSON, without what was deleted.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Leaf(value, _) => value.clone(),
            Self::Deleted(_) => Value::Null,
            Self::Branch { entries, .. } => {
                let kept = entries.iter().filter(|(_, node)| !matches!(node, Self::Deleted(_)));
                Value::Object(kept.map(|(key, node)| (key.clone(), node.value())).collect::<Map<_, _>>())
            }
        }
    }
}

/// A JSON pointer (RFC 6901) one step further.
pub(crate) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
