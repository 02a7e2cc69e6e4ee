//! Objectives, gates and validity: was the target measured, did it deliver, did it get worse.
//!
//! Pure functions over records and tallies. Not here: reading files, clocks, exit codes (the binary maps
//! verdict and validity to one) and printing. Called by `dyno-plan` for the texts of thresholds and by the
//! binary once a second and at the end of a run.

mod abort;
mod audit;
mod calibrate;
mod cell;
pub mod gate;
mod history;
mod judge;
mod kind;
mod overrides;
mod profile;
mod quantity;
mod rules;
pub mod stored;
mod threshold;
mod tolerance;
mod validity;

pub use abort::{SAMPLES_BEFORE_ABORT, SoFar, TIME_BEFORE_ABORT, violated_for_good};
pub use audit::{AuditInput, audit};
pub use calibrate::{Calibrated, CalibratedCell, Keeping, Measurement, calibrated, calibration_file};
pub use cell::CellRule;
pub use history::{Session, history};
pub use judge::judge;
pub use kind::{ATTEMPTS_LEAST, MetricKind, TAIL_SAMPLES_LEAST};
pub use overrides::{LENIENT, OVERRIDE, Overrides, SET_PREFIX, TOLERANCE_SCALE, is_like};
pub use profile::{
    CalibrationState, CellSettings, Explained, Layer, LimitState, MatchKind, Origin, Policy, ProfileContext,
    ProfileError, ProfileLimit, ProfileMistake, ProfileText, ResolvedProfile, Source, Subject,
    profile_schema, resolve_profile,
};
pub use rules::{Rule, RuleError, parse_rule};
pub use threshold::{ThresholdError, check_applicable, check_operation, parse_threshold};
pub use tolerance::{Combine, Tolerance};
pub use validity::{ValidityInput, limits, validity};

#[cfg(test)]
mod tests;
