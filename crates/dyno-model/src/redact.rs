//! Secrets: values that are used and never shown.

use secrecy::{ExposeSecret, SecretString};

/// What is shown in place of a secret.
pub(crate) const MASK: &str = "[redacted]";

/// A value that no output shows: `Debug` prints `[redacted]`, and it cannot be serialised.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

/// Replaces secrets by value in any text that leaves the process.
///
/// Also their percent-encoded and base64 forms, because credentials travel so.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    values: Vec<Secret>,
}

/// Shorter values would hide innocent text everywhere.
const SHORTEST_SECRET: usize = 3;

impl Redactor {
    /// Adds a value and its encoded forms.
    pub fn add(&mut self, value: &str) {
        if value.len() < SHORTEST_SECRET {
            return;
        }
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value);
        let json = serde_json::Value::from(value).to_string();
        let json = json.trim_matches('"').to_owned();
        for form in [value.to_owned(), percent_encode(value), base64, json] {
            if !self.values.iter().any(|known| known.expose() == form) {
                self.values.push(Secret::new(form));
            }
        }
        // Longest first, so that a secret that contains another one vanishes whole.
        self.values.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    }

    /// Adds every secret that `other` knows.
    pub fn learn(&mut self, other: &Self) {
        for secret in &other.values {
            if !self.values.contains(secret) {
                self.values.push(secret.clone());
            }
        }
        self.values.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut result = text.to_owned();
        for secret in &self.values {
            if result.contains(secret.expose()) {
                result = result.replace(secret.expose(), MASK);
            }
        }
        result
    }

    /// Redacts every text inside a JSON value, keys included.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.redact(text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            serde_json::Value::Object(map) => {
                let entries = std::mem::take(map);
                for (key, mut item) in entries {
                    self.redact_json(&mut item);
                    map.insert(self.redact(&key), item);
                }
            }
            _ => {}
        }
    }
}

/// RFC 3986 percent-encoding of everything but unreserved characters.
fn percent_encode(value: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("invariant: writing to a string does not fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
