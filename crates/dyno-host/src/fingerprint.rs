//! The machine in three tiers: what decides whether runs can be compared, what is compared and reported,
//! and what is only context.
//!
//! Never holds host names, users, addresses or serial numbers. Called by the binary before load threads are
//! pinned, because pinning changes how many cores the process may use.

use std::collections::BTreeMap;

use dyno_model::Environment;

use crate::files::Files;

pub(crate) mod config;
mod identity;
pub(crate) mod volatile;

/// The version of the rule that makes a fingerprint from the identity.
const PREFIX: &str = "fp1:";

/// What a tier is collected into.
type Facts = BTreeMap<String, String>;

/// Describes this machine. Needs no privileges and never fails; what cannot be read is absent.
#[must_use]
pub fn fingerprint() -> Environment {
    describe(&Files::here(), usable_cores())
}

/// Cores that this process may use: affinity and control groups are taken into account. At least 1.
#[must_use]
pub fn usable_cores() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores).unwrap_or(u32::MAX)
}

fn describe(files: &Files, usable_cores: u32) -> Environment {
    let identity = identity::facts(files, usable_cores);
    Environment {
        fingerprint: format!("{PREFIX}{:016x}", fnv1a(&canonical(&identity))),
        identity,
        config: config::facts(files),
        volatile: volatile::facts(files),
    }
}

/// One `key=value` line per fact, sorted by key.
fn canonical(facts: &Facts) -> String {
    facts.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// FNV-1a with 64 bits: enough to tell machines apart by accident; nobody forges a fingerprint.
fn fnv1a(text: &str) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    text.bytes().fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// Adds a fact when it is known.
fn put(facts: &mut Facts, key: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        facts.insert(key.to_owned(), value.to_string());
    }
}

#[cfg(test)]
mod tests;
