//! What a run must be like to be a baseline.
//!
//! A baseline that measured something else than the target would make every later run look good or bad.
//! Called before a run is tagged and before it is compared with.

use dyno_model::{Measured, RunRecord, RunState, ValidityState, units};

use crate::error::CommandError;

/// The share of errors that a baseline may have when its own objectives set no limit: a hundredth.
const ERRORS_MOST: f64 = 0.01;

/// Refuses a run that can never be a baseline.
///
/// # Errors
/// When it did not come to its end, is invalid, or has more errors than its objectives, or [`ERRORS_MOST`], allow.
pub fn check(record: &RunRecord) -> Result<(), CommandError> {
    let Some(reason) = obstacle(record) else { return Ok(()) };
    let id = &record.id;
    Err(CommandError::usage(format!("run `{id}` can never become a baseline: {reason}")).hint(
        "only a finished, valid run whose errors stay below their limit can be tagged or compared with",
    ))
}

/// Why not.
fn obstacle(record: &RunRecord) -> Option<String> {
    let ending = match record.state {
        RunState::Finished => None,
        RunState::Running => Some("it is still being played"),
        RunState::Interrupted => Some("it was interrupted"),
        RunState::Aborted => Some("a threshold ended it early"),
    };
    if let Some(ending) = ending {
        return Some(ending.to_owned());
    }
    if record.validity.state == ValidityState::Invalid {
        let invalid = record.validity.reasons.iter().find(|reason| reason.state == ValidityState::Invalid);
        let why = invalid.map(|reason| format!(" ({}: {})", reason.code, reason.detail)).unwrap_or_default();
        return Some(format!("it is invalid{why}"));
    }
    let measured = Measured::from(record);
    let Some(share) = measured.errors.and_then(|errors| errors.share()) else {
        return Some("it measured nothing".to_owned());
    };
    let limit = measured.errors_limit.unwrap_or(ERRORS_MOST);
    if share > limit {
        let (share, limit_shown) = (units::format_share(share), units::format_share(limit));
        let whose =
            if measured.errors_limit.is_some() { "its own objective" } else { "what a baseline may have" };
        return Some(format!("its errors are {share}, {whose} is {limit_shown}"));
    }
    None
}

#[cfg(test)]
mod tests;
