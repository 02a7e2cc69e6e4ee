//! Operations: what an arrival does, by number on the hot path and by name for people.

use serde::{Deserialize, Serialize};

/// The index of an operation in its [`OperationTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperationId(pub u32);

impl OperationId {
    /// The index as a position in a slice.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether an operation is one exchange with the target or a sequence of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// One request and its answer; counted in the totals of the run.
    Request,
    /// A journey of several requests; reported beside them, never added to the totals.
    Journey,
}

/// The names of all operations of a plan. An [`OperationId`] is a position in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationTable {
    entries: Vec<(String, OperationKind)>,
}

impl OperationTable {
    /// Adds an operation and gives its number; the same name and kind gives the same number.
    pub fn add(&mut self, name: &str, kind: OperationKind) -> OperationId {
        let position = self.entries.iter().position(|(known, k)| known == name && *k == kind);
        let index = position.unwrap_or_else(|| {
            self.entries.push((name.to_owned(), kind));
            self.entries.len() - 1
        });
        OperationId(u32::try_from(index).expect("invariant: a plan has fewer than 2^32 operations"))
    }

    /// The name shown to people.
    #[must_use]
    pub fn name(&self, id: OperationId) -> &str {
        &self.entries[id.index()].0
    }

    /// Whether it is a request or a journey.
    #[must_use]
    pub fn kind(&self, id: OperationId) -> OperationKind {
        self.entries[id.index()].1
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All operations in the order of their numbers: (number, name, kind).
    pub fn iter(&self) -> impl Iterator<Item = (OperationId, &str, OperationKind)> + '_ {
        self.entries.iter().enumerate().map(|(i, (name, kind))| (OperationId(i as u32), name.as_str(), *kind))
    }
}
