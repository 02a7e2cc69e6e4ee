//! A place in the document: the value there and its JSON pointer, so that whatever is wrong can say where.

use serde_json::{Map, Value};

use super::Unmade;

/// References that may stand one behind the other.
const REFERENCES_MOST: usize = 32;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    root: &'a Value,
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Place<'a> {
    pub(super) fn root(root: &'a Value) -> Self {
        Self { root, value: root, pointer: String::new() }
    }

    pub(super) fn fails(&self, problem: impl Into<String>) -> Unmade {
        let pointer = if self.pointer.is_empty() { "/".to_owned() } else { self.pointer.clone() };
        Unmade { pointer, problem: problem.into() }
    }

    pub(super) fn object(&self) -> Result<&'a Map<String, Value>, Unmade> {
        self.value.as_object().ok_or_else(|| self.fails("is not an object"))
    }

    /// A member that has to be there.
    pub(super) fn child(&self, key: &str) -> Result<Self, Unmade> {
        self.get(key).ok_or_else(|| self.fails(format!("has no `{key}`")))
    }

    /// A member, if there is one. What is no object has none.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.at(key, value))
    }

    /// The text of a member.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// Whether a member is `true`.
    pub(super) fn is(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// The items of a list, or the members of an object.
    pub(super) fn children(&self) -> Vec<(String, Self)> {
        match self.value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, value)| (index.to_string(), self.at(&index.to_string(), value)))
                .collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.at(key, value))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn at(&self, key: &str, value: &'a Value) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { root: self.root, value, pointer: format!("{}/{key}", self.pointer) }
    }

    /// What a `$ref` points to, followed to its end; itself without one.
    pub(super) fn resolved(self) -> Result<Self, Unmade> {
        let mut place = self;
        for _ in 0..REFERENCES_MOST {
            let Some(target) = place.text("$ref") else { return Ok(place) };
            let Some(pointer) = target.strip_prefix('#') else {
                return Err(place.fails(format!("refers to `{target}`, which is not in this document")));
            };
            let found = place.root.pointer(pointer);
            let value =
                found.ok_or_else(|| place.fails(format!("refers to `{target}`, which is not there")))?;
            place = Self { root: place.root, value, pointer: pointer.to_owned() };
        }
        Err(place.fails("is a chain of references without an end"))
    }
}
