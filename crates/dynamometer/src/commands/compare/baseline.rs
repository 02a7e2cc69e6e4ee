//! `--baseline` of `dyno run` and `dyno http`: a run that was just played beside a stored one, as `dyno compare` does it.
//!
//! The baseline is looked for before anything is played, so that no run is played in vain, and so that a run is never
//! its own baseline. Called by the commands that play.

use std::path::Path;

use dyno_model::{ComparisonRecord, Measured, RunRecord, RunState};
use dyno_report::{comparison, text};
use dyno_store::Store;

use super::{rules, show, stored};
use crate::args::compare::GateArgs;
use crate::args::play::ResultArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{baseline, outputs};
use crate::results::{Arm, Results};

/// What a run is compared with.
pub struct Baseline {
    arm: Arm,
    gate: GateArgs,
}

impl Baseline {
    /// The stored run that `--baseline` names, if it is given.
    ///
    /// # Errors
    /// When there is no such run, it can never be a baseline, or a rule of `--fail-on` is none.
    pub fn of(args: &ResultArgs, store: Option<&Path>) -> Result<Option<Self>, CommandError> {
        let Some(text) = &args.baseline else { return Ok(None) };
        rules(&args.fail_on)?;
        let mut opened = Store::open(store)?;
        let id = opened.find(text)?;
        baseline::check(&opened.load(&id)?)?;
        let arm = Results::new(store).stored(text)?;
        let gate = GateArgs { fail_on: args.fail_on.clone(), ..GateArgs::default() };
        Ok(Some(Self { arm, gate }))
    }

    /// Compares, stores and shows; gives the exit code of the comparison alone.
    ///
    /// The summary goes to stdout below that of the run, or to stderr where stdout is JSON. What goes wrong here is
    /// said, and never hides the run itself.
    pub fn compare(&self, record: &RunRecord, args: &ResultArgs, store: Option<&Path>) -> Exit {
        if record.state == RunState::Interrupted {
            console::warn("the run was interrupted, so it is not compared with the baseline");
            return Exit::Passed;
        }
        match self.judge(record, store).and_then(|comparison| Self::show(&comparison, args, store)) {
            Ok(exit) => exit,
            Err(error) => {
                console::complain(&error);
                error.exit()
            }
        }
    }

    fn judge(&self, record: &RunRecord, store: Option<&Path>) -> Result<ComparisonRecord, CommandError> {
        let baseline = Arm { newest: self.arm.newest.clone(), others: self.arm.others.clone() };
        let mut newest = Measured::from(record);
        newest.label = "this run".to_owned();
        let arms = vec![baseline, Arm { newest, others: Vec::new() }];
        let mut comparison = stored::judge(arms, &self.gate, None, &Results::new(store))?;
        if let Some(id) = &self.arm.newest.run_id {
            comparison.reproduce = format!("dyno compare {id} {}", record.id);
        }
        Ok(comparison)
    }

    fn show(
        comparison: &ComparisonRecord,
        args: &ResultArgs,
        store: Option<&Path>,
    ) -> Result<Exit, CommandError> {
        let kept = if args.no_store { None } else { show::keep(comparison, store) };
        if args.json {
            let style = text::Style { colour: false, width: console::width() };
            comparison::summary(comparison, style).lines().for_each(console::talk);
        } else {
            console::data(b"\n")?;
            outputs::print_comparison(comparison, false, false)?;
        }
        outputs::annotate_comparison(comparison);
        if !args.quiet {
            kept.iter().for_each(|line| console::talk(line));
        }
        Ok(Exit::of_comparison(comparison, false))
    }
}
