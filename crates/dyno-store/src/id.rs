//! Ids of runs.

use std::time::SystemTime;

/// A new id for a run that starts at `now`: a ULID, unique, and sorted by time.
#[must_use]
pub fn new_run_id(now: SystemTime) -> String {
    ulid::Ulid::from_datetime(now).to_string()
}
