//! What becomes of a comparison: stored first, then files, then stdout, then annotations and the exit code.
//!
//! A broken store or file never hides the verdict. Called when stored results were compared and when builds were played.

use std::path::Path;

use dyno_model::{ComparisonRecord, GateState, OnInconclusive, ValidityState};
use dyno_store::Store;

use crate::args::compare::CompareOutputArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::outputs::{self, Output};

/// The files that the flags ask for; to be called before anything is compared or played.
///
/// # Errors
/// When a name does not tell the kind of output, or a comparison has no such output.
pub fn outputs(args: &CompareOutputArgs) -> Result<Vec<Output>, CommandError> {
    outputs::check_comparison(&args.outputs)
}

/// Stores, writes and prints a comparison as the flags say.
///
/// `allows_incomparable` lets arms that cannot be compared end with 0. The record has to be redacted already.
///
/// # Errors
/// Never because of a store or a file: these are said on stderr and show in the exit code.
pub fn show(
    record: &ComparisonRecord,
    files: &[Output],
    args: &CompareOutputArgs,
    allows_incomparable: bool,
    store: Option<&Path>,
) -> Result<Exit, CommandError> {
    let mut exit = Exit::of_comparison(record, allows_incomparable);
    let mut talk = Vec::new();
    if !args.no_store {
        talk.extend(keep(record, store));
    }
    for file in files {
        match file.write_comparison(record) {
            Ok(()) => talk.push(format!("wrote {}", file.path().display())),
            Err(error) => {
                console::complain(&error);
                exit = exit.after_failed_output();
            }
        }
    }
    let is_printed = args.json || !args.quiet;
    if is_printed && let Err(error) = outputs::print_comparison(record, args.json, args.explain) {
        console::complain(&error);
        exit = exit.after_failed_output();
    }
    outputs::annotate_comparison(record);
    if let Some(warning) = warning(record, exit) {
        console::warn(warning);
    }
    if !args.quiet {
        talk.iter().for_each(|line| console::talk(line));
    }
    Ok(exit)
}

/// Stores the comparison; gives what to say of it, or `None` after a warning.
pub fn keep(record: &ComparisonRecord, store: Option<&Path>) -> Option<String> {
    let kept = Store::open(store).and_then(|mut store| {
        store.keep_comparison(record)?;
        Ok(store.path().to_owned())
    });
    match kept {
        Ok(path) => Some(format!("stored as {} in {}", record.id, path.display())),
        Err(error) => {
            console::warn(&format!("the comparison is not stored: {error}"));
            None
        }
    }
}

/// What an exit code alone does not say.
fn warning(record: &ComparisonRecord, exit: Exit) -> Option<&'static str> {
    match (exit, record.gate.state) {
        (Exit::Invalid, GateState::Pass | GateState::Inconclusive)
            if record.validity.state == ValidityState::Invalid =>
        {
            Some("a run that is compared is invalid, so nothing is known of the target: play it again")
        }
        (Exit::Passed, GateState::Inconclusive) if record.gate.on_inconclusive == OnInconclusive::Warn => {
            Some(
                "the evidence is not enough to say that nothing got worse; `--strict` makes this exit code 3",
            )
        }
        (Exit::Passed, GateState::Incomparable) => {
            Some("the arms cannot be compared: their figures are shown, and judge nothing")
        }
        _ => None,
    }
}
