//! What a machine and a team hold results to: limits, tolerances and the measured noise, merged from several layers.
//!
//! Environment over local over repository over built-in, leaf by leaf, and every leaf knows where it comes from. Not
//! here: reading files and variables, which the binary does. Called by comparisons, which ask for the rule of each cell,
//! and by `dyno profile explain`.

use std::fmt;
use std::sync::Arc;

use dyno_model::Environment;

use crate::overrides::Overrides;

mod calibration;
mod explain;
mod format;
mod held;
mod limit;
mod resolved;
mod scenario;
mod select;
mod settings;
mod shape;
mod tree;

pub use calibration::CalibrationState;
pub use explain::{Explained, Origin};
pub use format::profile_schema;
pub use limit::{LimitState, ProfileLimit};
pub use resolved::{Policy, ResolvedProfile};
pub use settings::CellSettings;

/// Where a value of a profile comes from. Greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The table of kinds.
    BuiltIn,
    /// Files of the repository.
    Repo,
    /// Files of this machine's user.
    Local,
    /// Environment variables.
    Env,
    /// The command line.
    Flag,
}

impl Layer {
    /// One word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Repo => "repo",
            Self::Local => "local",
            Self::Env => "env",
            Self::Flag => "flag",
        }
    }
}

/// The place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The layer.
    pub layer: Layer,
    /// The file or the variable.
    pub file: Arc<str>,
    /// JSON pointer inside the file.
    pub pointer: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.pointer)
    }
}

/// How a profile fits the machine. Greater is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// It fits no better than others but was asked for by name.
    Named,
    /// It is for any machine.
    Any,
    /// It is for this operating system, architecture or hypervisor.
    Class,
    /// Some facts of the identity are the same.
    Identity,
    /// All facts of the identity are the same.
    WholeIdentity,
    /// It lists this machine's fingerprint.
    Fingerprint,
}

impl MatchKind {
    /// Whether what was measured there was measured on this machine.
    #[must_use]
    pub fn is_this_machine(self) -> bool {
        self >= Self::WholeIdentity
    }

    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Named => "asked for by name; limits only",
            Self::Any => "any machine; limits only",
            Self::Class => "this class of machine; limits only",
            Self::Identity => "a similar machine; limits only",
            Self::WholeIdentity | Self::Fingerprint => "this machine",
        }
    }
}

/// A file of a profile, before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileText {
    /// [`Layer::Local`] or [`Layer::Repo`].
    pub layer: Layer,
    /// Its path, for messages.
    pub file: String,
    /// What it holds.
    pub text: String,
}

/// A plan with its operations: what overrides may name, and what calibrations must have been of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Name of the plan.
    pub plan: String,
    /// Names of its operations.
    pub operations: Vec<String>,
    /// What it asks, by [`dyno_model::scenario_of`]; `None` when that is not known.
    pub scenario: Option<String>,
}

/// What profiles are resolved for.
#[derive(Debug, Clone)]
pub struct ProfileContext<'a> {
    /// The machine.
    pub environment: &'a Environment,
    /// What is compared.
    pub subjects: &'a [Subject],
    /// Now, RFC 3339: whether a calibration has expired.
    pub now: &'a str,
    /// The `id` of the profile to use in place of the best match (`DYNO_PERF_PROFILE`).
    pub wanted: Option<&'a str>,
    /// The file that was asked for, by its name in the texts; a mistake when it is for other machines.
    pub asked_file: Option<&'a str>,
    /// Whether environment and local files are ignored (`--frozen`).
    pub is_frozen: bool,
    /// Whether overrides are a mistake (`--deny-overrides`).
    pub denies_overrides: bool,
}

/// One thing that is wrong with a profile or an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileMistake {
    /// JSON pointer into the file; empty for the file or the variable itself.
    pub pointer: String,
    /// What is wrong, with the place.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

/// Everything that is wrong with profiles and overrides.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ProfileError {
    /// The file or the variable.
    pub source_name: String,
    /// In the order of their places; never empty.
    pub mistakes: Vec<ProfileMistake>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source_name)?;
        match self.mistakes.as_slice() {
            [one] => write!(f, ": {}; {}", one.problem, one.hint),
            many => many.iter().try_for_each(|one| write!(f, "\n  {}; {}", one.problem, one.hint)),
        }
    }
}

impl ProfileError {
    pub(crate) fn one(
        source_name: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let mistake = ProfileMistake { pointer: String::new(), problem: problem.into(), hint: hint.into() };
        Self { source_name: source_name.into(), mistakes: vec![mistake] }
    }
}

/// Merges all layers for a machine and its plans.
///
/// # Errors
/// When a file has mistakes (all of them are named), two profiles fit equally well, a calibration was of another scenario,
/// or an override is unknown or denied.
pub fn resolve_profile(
    texts: &[ProfileText],
    overrides: &Overrides,
    context: &ProfileContext<'_>,
) -> Result<ResolvedProfile, Vec<ProfileError>> {
    let used = texts.iter().filter(|text| !(context.is_frozen && text.layer == Layer::Local));
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for text in used {
        match format::read(text.layer, &text.file, &text.text) {
            Ok(file) => files.push(file),
            Err(mistakes) => {
                errors.push(ProfileError { source_name: format!("profile `{}`", text.file), mistakes });
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let selected = select::select(&files, context.environment, context.wanted, context.asked_file).map_err(
        |mistake| vec![ProfileError { source_name: "profiles".to_owned(), mistakes: vec![mistake] }],
    )?;
    scenario::check(&selected, context.subjects)?;
    let has_calibration = files.iter().any(|file| file.tree.get(&["calibration"]).is_some());
    let resolved = ResolvedProfile::from_layers(selected, has_calibration, context);
    if context.is_frozen {
        return Ok(resolved);
    }
    resolved.with_overrides(overrides, context)
}

#[cfg(test)]
pub(crate) mod tests;
