//! What is known of a run is put before the judges: validity first, then the objectives.

use dyno_engine::Played;
use dyno_model::{Reason, RunPlan, RunRecord, ValidityState};
use dyno_verdict::{ValidityInput, judge as judge_thresholds, validity};

use crate::play::resources::Resources;

/// Words of the system for having no file descriptor left.
const NO_FILES: &str = "Too many open files";
/// Words of the system for having no local port left.
const NO_PORTS: &str = "Cannot assign requested address";

/// Fills in validity and verdict.
pub fn judge(record: &mut RunRecord, plan: &RunPlan, played: &Played, resources: &Resources) {
    let input = ValidityInput {
        memory_stall_share: resources.memory_stall_share(),
        open_files_exhausted: failures_that_say(record, NO_FILES),
        ports_exhausted: failures_that_say(record, NO_PORTS),
        target_cores: resources.target_cores(),
        ..ValidityInput::from_record(record)
    };
    record.validity = validity(&input);
    for error in &played.worker_errors {
        record.validity.state = ValidityState::Invalid;
        record.validity.reasons.insert(
            0,
            Reason { code: "worker_failed".to_owned(), state: ValidityState::Invalid, detail: error.clone() },
        );
    }
    record.verdict = judge_thresholds(record, &plan.thresholds);
}

/// Failures of the kinds whose first specimens say `words`.
fn failures_that_say(record: &RunRecord, words: &str) -> u64 {
    let mut kinds: Vec<&str> = record
        .specimens
        .iter()
        .filter(|specimen| specimen.message.contains(words))
        .map(|specimen| specimen.kind.as_str())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.iter().filter_map(|kind| record.totals.errors_by_kind.get(*kind)).sum()
}
