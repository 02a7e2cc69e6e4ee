//! Whether what was calibrated is what is asked now: noise of one question says nothing of another.

use dyno_model::is_same_scenario;

use super::select::Selected;
use super::tree::Node;
use super::{ProfileError, Subject};

/// Refuses a calibration of another scenario than a plan has now.
///
/// A plan whose scenario is not known, and a file that does not say what was calibrated, are let through.
pub(super) fn check(layers: &[Selected], subjects: &[Subject]) -> Result<(), Vec<ProfileError>> {
    let errors: Vec<ProfileError> = layers
        .iter()
        .flat_map(|layer| subjects.iter().filter_map(|subject| refused(layer, subject)))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn refused(layer: &Selected, subject: &Subject) -> Option<ProfileError> {
    let now = subject.scenario.as_deref()?;
    let then = layer.tree.get(&["plans", &subject.plan, "scenario"]).and_then(Node::text)?;
    if is_same_scenario(then, now) {
        return None;
    }
    let plan = &subject.plan;
    Some(ProfileError::one(
        format!("profile `{}`", layer.file),
        format!("`{plan}` was calibrated as `{then}` and is now `{now}`"),
        "`dyno calibrate --overwrite` measures what is asked now; `--frozen` leaves the profiles of this machine out",
    ))
}
