//! What people and programs get to see of a comparison, and the exit code that follows from it.

use dyno_model::{ComparisonRecord, GateState, OnInconclusive};

use crate::args::compare::CompareArgs;
use crate::commands::pretty;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Writes and prints a comparison as the flags say.
///
/// # Errors
/// When an output cannot be written.
#[expect(dead_code, reason = "stored and played comparisons will call it")]
pub fn show(record: &ComparisonRecord, _args: &CompareArgs) -> Result<Exit, CommandError> {
    console::data(&pretty(record))?;
    Ok(exit(record))
}

/// The exit code of a comparison.
fn exit(record: &ComparisonRecord) -> Exit {
    match record.gate.state {
        GateState::Pass => Exit::Passed,
        GateState::Fail => Exit::Failed,
        GateState::Inconclusive if record.gate.on_inconclusive == OnInconclusive::Fail => Exit::Invalid,
        GateState::Inconclusive => Exit::Passed,
        GateState::Incomparable => Exit::Incomparable,
    }
}
