//! `dyno http`: a URL and flags.

use std::path::Path;

use dyno_plan::HttpArguments;

use crate::args::http::HttpArgs;
use crate::commands::compare::baseline::Baseline;
use crate::commands::{arguments, debug, dry_run, environment, surroundings};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{Game, outputs, play, reproduce};

/// Loads an endpoint.
///
/// # Errors
/// When the flags have mistakes or nothing could be played.
pub fn http(args: &HttpArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    args.play.visible_secrets().iter().for_each(|warning| console::warn(warning));
    let wanted = HttpArguments {
        method: args.method.as_ref().map(|method| method.to_uppercase()),
        data: args.data.clone(),
        data_file: args.data_file.clone(),
        overrides: args.play.overrides(args.urls.clone()),
    };
    let resolved = dyno_plan::resolve_http(&wanted, &environment()?, &surroundings())?;
    let result = &args.play.result;
    outputs::check(&resolved.outputs)?;
    if result.dry_run {
        return dry_run::show(&resolved, result.json);
    }
    if args.debug {
        return debug::show(&resolved, result.json);
    }
    let baseline = Baseline::of(result, store)?;
    let reproduce = reproduce::command_line(&arguments());
    play(Game { resolved, result, store, reproduce, is_tour: false, baseline })
}
