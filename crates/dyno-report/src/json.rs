//! The record itself, for programs. Called by `--json` and for `.json` files.

use dyno_model::RunRecord;

/// The record as indented JSON with a line end.
#[must_use]
pub fn report(record: &RunRecord) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("invariant: a record has only string keys");
    text.push('\n');
    text
}
