//! Is this machine fit to measure on, and what would make it fitter.
//!
//! Reads settings and takes a few short measurements (under a second together). Plays no load and changes
//! nothing. Called by `dyno doctor`, and by the binary before a run that asks for it.

use serde::Serialize;

use crate::files::Files;
use crate::usable_cores;

mod gate;
mod noise;
mod settings;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// As it should be, or not known to be otherwise.
    Good,
    /// Numbers may scatter or be limited.
    Warning,
    /// Numbers cannot be trusted.
    Bad,
}

/// One thing about the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MachineCheck {
    /// What was looked at, a stable word.
    pub name: &'static str,
    /// How it came out.
    pub state: CheckState,
    /// What was seen, `unknown` when the system does not tell.
    pub seen: String,
    /// What to do; empty when all is well.
    pub advice: String,
}

impl MachineCheck {
    fn good(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, state: CheckState::Good, seen: seen.into(), advice: String::new() }
    }

    fn unknown(name: &'static str) -> Self {
        Self::good(name, "unknown")
    }

    fn of(name: &'static str, state: CheckState, seen: impl Into<String>, advice: &str) -> Self {
        let advice = if state == CheckState::Good { String::new() } else { advice.to_owned() };
        Self { name, state, seen: seen.into(), advice }
    }
}

/// All checks, in the order in which they are shown. Takes about half a second.
#[must_use]
pub fn checks() -> Vec<MachineCheck> {
    let files = Files::here();
    let mut checks = settings::checks(&files, usable_cores());
    checks.extend(noise::checks(&files));
    checks
}

/// Whether this machine can tell a small change from noise. Works on one core for about a second.
///
/// A bad one means that a gate here would discard its quads or find nothing; `dyno calibrate` refuses such a machine.
#[must_use]
pub fn gate_checks() -> Vec<MachineCheck> {
    gate::checks(&Files::here(), usable_cores())
}

#[cfg(test)]
mod tests;
