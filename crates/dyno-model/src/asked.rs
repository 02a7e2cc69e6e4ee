//! What was asked of a target, as one short text: values that were measured with one question say nothing of another.
//!
//! Made of a plan in the form of a plan file, which the record of a run and a resolved plan both have. Only what decides
//! about the figures counts: what is sent, how it is carried, and how much of it; not how long, and not where to.

use serde_json::Value;

/// The start of every identifier; another number when what counts changes.
const PREFIX: &str = "sc1:";
/// Settings of HTTP that change what a request costs.
const HTTP: [&str; 7] = ["version", "pipeline", "keep_alive", "tls", "compressed", "cookies", "redirects"];
/// So many scenarios are named.
const NAMED: usize = 3;

/// The scenario of a plan: an identifier, and words for people after it.
///
/// Such as `sc1:4f0c0a5b7d1e2f33 GET /plaintext, closed loop, 4 users`.
#[must_use]
pub fn scenario_of(plan: &Value) -> String {
    let mut hash = Fnv1a::new();
    for part in ["scenarios", "feeders", "load"] {
        hash.add(part);
        hash.add_value(&plan[part]);
    }
    for name in HTTP {
        hash.add(name);
        hash.add_value(&plan["http"][name]);
    }
    format!("{PREFIX}{:016x} {}", hash.state, words(plan))
}

/// Whether two texts of [`scenario_of`] mean the same; their words may be of different versions.
#[must_use]
pub fn is_same_scenario(one: &str, other: &str) -> bool {
    fn id(text: &str) -> Option<&str> {
        text.split_whitespace().next()
    }
    id(one) == id(other)
}

fn words(plan: &Value) -> String {
    let scenarios = plan["scenarios"].as_array().map_or(&[][..], Vec::as_slice);
    let mut parts: Vec<String> = scenarios
        .iter()
        .take(NAMED)
        .map(|scenario| scenario["name"].as_str().unwrap_or("unnamed").to_owned())
        .collect();
    if scenarios.len() > NAMED {
        parts.push(format!("{} more", scenarios.len() - NAMED));
    }
    let load = &plan["load"];
    if let Some(users) = load["closed"]["users"].as_u64() {
        parts.push(format!("closed loop, {users} users"));
    } else if !load["open"].is_null() {
        parts.push("open loop".to_owned());
    }
    parts.join(", ")
}

/// FNV-1a with 64 bits: enough to tell plans apart by accident; nobody forges a calibration of his own.
struct Fnv1a {
    state: u64,
}

impl Fnv1a {
    fn new() -> Self {
        Self { state: 0xcbf2_9ce4_8422_2325 }
    }

    /// A text with its end, so that two texts are not those of another split.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.state = (self.state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// A value with its keys in order, however they are stored.
    fn add_value(&mut self, value: &Value) {
        match value {
            Value::Object(entries) => {
                let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                self.add("{");
                for (key, value) in entries {
                    self.add(key);
                    self.add_value(value);
                }
                self.add("}");
            }
            Value::Array(values) => {
                self.add("[");
                values.iter().for_each(|value| self.add_value(value));
                self.add("]");
            }
            other => self.add(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
