//! Whether what was measured of this machine can still be believed.

use dyno_model::Environment;
use jiff::Timestamp;

use super::select::Selected;
use super::tree::Node;

/// A certificate without a period of its own is believed for so many days.
const VALID_DAYS: f64 = 30.0;
const SECONDS_PER_DAY: f64 = 86_400.0;
/// Settings that change by themselves, or have nothing to do with speed.
const IGNORED_SETTINGS: [&str; 3] = ["timer_slack_ns", "open_files_soft", "swap"];

/// What is known of this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum CalibrationState {
    /// It was never calibrated.
    None,
    /// It was calibrated, and nothing has changed since.
    Valid {
        /// Days that are left.
        days_left: f64,
    },
    /// It was never calibrated, but profiles of other machines are there.
    OtherMachine,
    /// The calibration is too old.
    Expired {
        /// Days since it expired.
        days_ago: f64,
    },
    /// Settings of the machine have changed since.
    Drifted {
        /// Such as `kernel 6.1 → 6.8`.
        what: Vec<String>,
    },
}

impl CalibrationState {
    /// Whether the certificate counts as evidence.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }

    /// Whether the machine was calibrated and that can no longer be believed.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Drifted { .. })
    }

    /// What to tell people; `None` when all is well.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Valid { .. } => None,
            Self::None => {
                Some("this machine was never calibrated: `dyno calibrate` measures its noise".to_owned())
            }
            Self::OtherMachine => Some(
                "the calibrations that are there are of other machines: `dyno calibrate` measures this one"
                    .to_owned(),
            ),
            Self::Expired { days_ago } => Some(format!(
                "the calibration expired {days_ago:.0} days ago, so the evidence is one grade less: `dyno calibrate --overwrite`"
            )),
            Self::Drifted { what } => Some(format!(
                "settings have changed since the calibration ({}), so the evidence is one grade less: `dyno calibrate --overwrite`",
                what.join(", ")
            )),
        }
    }
}

/// The state of the highest layer that was calibrated on this machine; `has_other` says that some machine was.
pub(super) fn state(
    selected: &[Selected],
    has_other: bool,
    environment: &Environment,
    now: &str,
) -> CalibrationState {
    let with = |path: &[&str]| selected.iter().map(|one| &one.tree).find(|tree| tree.get(path).is_some());
    // The certificate claims most, so its age counts first; noise without one grows old as well.
    let Some(tree) = with(&["calibration", "certificate"]).or_else(|| with(&["calibration"])) else {
        return if has_other { CalibrationState::OtherMachine } else { CalibrationState::None };
    };
    let at =
        tree.get(&["calibration", "at"]).and_then(Node::text).and_then(|text| text.parse::<Timestamp>().ok());
    let valid_days = tree.get(&["calibration", "valid_days"]).and_then(Node::number).unwrap_or(VALID_DAYS);
    // Without a time of its own nobody knows how old it is.
    let days_left = match (at, now.parse::<Timestamp>()) {
        (Some(at), Ok(now)) => valid_days - now.duration_since(at).as_secs_f64() / SECONDS_PER_DAY,
        _ => 0.0,
    };
    if days_left <= 0.0 {
        return CalibrationState::Expired { days_ago: -days_left };
    }
    let what = drift(tree, environment);
    if what.is_empty() { CalibrationState::Valid { days_left } } else { CalibrationState::Drifted { what } }
}

fn drift(tree: &Node, environment: &Environment) -> Vec<String> {
    let Some(config) = tree.get(&["fingerprint", "config"]) else { return Vec::new() };
    config
        .keys()
        .filter(|key| !IGNORED_SETTINGS.contains(key))
        .filter_map(|key| Some((key, config.get(&[key])?.text()?, environment.config.get(key)?)))
        .filter(|(_, before, now)| before != now)
        .map(|(key, before, now)| format!("{key} {before} → {now}"))
        .collect()
}
