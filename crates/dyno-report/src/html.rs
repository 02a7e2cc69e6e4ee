//! The self-contained page of a run. Called for `.html` files.

use dyno_model::RunRecord;

/// The page.
#[must_use]
pub fn page(record: &RunRecord) -> String {
    let _ = record;
    String::new()
}
