//! `dyno run`: a plan file, or the tour.

use std::path::Path;

use crate::args::run::RunArgs;
use crate::commands::compare::baseline::Baseline;
use crate::commands::{arguments, dry_run, environment, surroundings};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{Game, outputs, play, reproduce};

/// Plays a plan.
///
/// # Errors
/// When the plan has mistakes or nothing could be played.
pub fn run(args: &RunArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    args.play.visible_secrets().iter().for_each(|warning| console::warn(warning));
    let source = match &args.plan {
        Some(path) => dyno_plan::read_plan(path)?,
        None => dyno_plan::builtin_tour(),
    };
    let flags = args.play.overrides(args.targets.clone());
    let resolved = dyno_plan::resolve(&source, &environment()?, &flags, &surroundings())?;
    let result = &args.play.result;
    outputs::check(&resolved.outputs)?;
    if result.dry_run {
        return dry_run::show(&resolved, result.json);
    }
    let baseline = Baseline::of(result, store)?;
    let is_tour = args.plan.is_none();
    let reproduce = reproduce::command_line(&arguments());
    play(Game { resolved, result, store, reproduce, is_tour, baseline })
}
