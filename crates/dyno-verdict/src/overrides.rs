//! What environment variables change in a profile: `DYNO_PERF_OVERRIDE='checkout@p99<=25ms~10%;rate-20%'`.
//!
//! Every entry is recorded, and what concerns nothing is a mistake, so that a typo cannot switch a gate off. Not here:
//! reading the variables of the process, which the binary does.

use dyno_model::{CellKey, GateMode};

use crate::profile::ProfileError;

mod applied;
mod apply;
mod parse;

pub(crate) use applied::Applied;

/// Entries after one another, separated by semicolons.
pub const OVERRIDE: &str = "DYNO_PERF_OVERRIDE";
/// `1` lets entries through that concern nothing.
pub const LENIENT: &str = "DYNO_PERF_OVERRIDE_LENIENT";
/// Multiplies all tolerances.
pub const TOLERANCE_SCALE: &str = "DYNO_PERF_TOLERANCE_SCALE";
/// `DYNO_PERF_SET__PLAN__METRIC` or `DYNO_PERF_SET__PLAN__OPERATION__METRIC`: one entry without its selector.
pub const SET_PREFIX: &str = "DYNO_PERF_SET__";

/// Most that tolerances may be multiplied by; more is a gate that is off.
const SCALE_MOST: f64 = 1000.0;

/// All overrides of an environment, in the order in which they apply.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    entries: Vec<Applied>,
    is_lenient: bool,
}

/// What became of overrides.
pub(crate) struct Outcome {
    pub(crate) applied: Vec<Applied>,
    pub(crate) records: Vec<dyno_model::OverrideRecord>,
    pub(crate) warnings: Vec<String>,
}

/// Which names an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// With `*` for any text.
    Glob(String),
    /// As in the name of a variable: upper case, everything else than letters and digits an underscore.
    Variable(String),
}

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    /// Sets the absolute limit.
    Limit(f64),
    /// Moves limit and stored value by a factor.
    Move(f64),
    /// Multiplies the limit.
    Scale(f64),
    Mode(GateMode),
    /// Sets the parts that were written.
    Tolerance {
        relative: Option<f64>,
        absolute: Option<f64>,
    },
    AutoTolerance,
    ScaleTolerance(f64),
}

impl Overrides {
    /// Picks the overrides out of the variables of an environment.
    ///
    /// `DYNO_PERF_OVERRIDE` comes first, from left to right, then the `DYNO_PERF_SET__` by name, then the scale.
    ///
    /// # Errors
    /// When a text does not follow the grammar; all mistakes are named.
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<ProfileError>> {
        let mut ours: Vec<(String, String)> = variables
            .into_iter()
            .filter(|(name, value)| name.starts_with("DYNO_PERF_") && !value.trim().is_empty())
            .collect();
        ours.sort();
        let value =
            |wanted: &str| ours.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let (mut entries, mut errors) = (Vec::new(), Vec::new());
        let texts = value(OVERRIDE)
            .into_iter()
            .flat_map(|text| text.split(';'))
            .map(str::trim)
            .filter(|text| !text.is_empty());
        for (index, text) in texts.enumerate() {
            match parse::entry(&format!("{OVERRIDE}#{}", index + 1), text) {
                Ok(parsed) => entries.extend(parsed),
                Err(error) => errors.push(error),
            }
        }
        for (name, text) in ours.iter().filter(|(name, _)| name.starts_with(SET_PREFIX)) {
            match parse::variable(name, text.trim()) {
                Ok(parsed) => entries.extend(parsed),
                Err(error) => errors.push(error),
            }
        }
        if let Some(text) = value(TOLERANCE_SCALE) {
            match text.trim().parse::<f64>() {
                Ok(scale) if scale > 0.0 && scale <= SCALE_MOST => {
                    entries.push(Applied::scale(TOLERANCE_SCALE, text, scale));
                }
                _ => {
                    let hint = format!("write a number above 0 and at most {SCALE_MOST}, such as 1.5");
                    errors.push(ProfileError::one(TOLERANCE_SCALE, format!("`{text}` is no factor"), hint));
                }
            }
        }
        let is_lenient = value(LENIENT) == Some("1");
        if errors.is_empty() { Ok(Self { entries, is_lenient }) } else { Err(errors) }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Pattern {
    fn any() -> Self {
        Self::Glob("*".to_owned())
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Glob(glob) => is_like(glob, name),
            Self::Variable(word) => *word == variable_word(name),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Glob(text) | Self::Variable(text) => text,
        }
    }
}

/// Whether a name is like a pattern in which `*` stands for any text, also none.
#[must_use]
pub fn is_like(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        // The first place is enough: what follows then has the most room.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// A name as it stands in the name of a variable: `GET /users` is `GET_USERS`.
fn variable_word(name: &str) -> String {
    let words: Vec<&str> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_").to_ascii_uppercase()
}

/// A metric by its word in the name of a variable: `P99_9` is `p99.9`, `FIRST_BYTE_P50` is `first_byte.p50`.
fn metric_of_variable(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let dotted = ["service", "first_byte", "connect", "lateness"].iter().find_map(|time| {
        Some(format!("{time}.{}", lower.strip_prefix(time)?.strip_prefix('_')?.replace('_', ".")))
    });
    [Some(lower.clone()), dotted, Some(lower.replace('_', "."))]
        .into_iter()
        .flatten()
        .find(|name| crate::kind::MetricKind::of(name).is_some())
}

/// Metrics that `*` stands for, beside those that a profile names.
fn usual_metrics() -> impl Iterator<Item = CellKey> {
    ["rate", "errors", "mean", "p50", "p90", "p95", "p99", "p99.9", "cpu_per_request", "rss"]
        .into_iter()
        .map(CellKey::whole)
}

#[cfg(test)]
mod tests;
