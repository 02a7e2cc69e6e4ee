//! Functions of the user's own among the clients: where they run, what they keep, and whether they can be measured.

use dyno_clients::{Contender, Environments};
use dyno_model::Redactor;

use crate::args::clients::FunctionArgs;
use crate::error::CommandError;

/// A contender with all that is known of its function; others as they are.
///
/// # Errors
/// When a variable that it shall keep is not set, or there is no Python to ask.
pub(super) fn look(
    mut contender: Contender,
    args: &FunctionArgs,
    environments: &Environments,
) -> Result<Contender, CommandError> {
    let Some(function) = &mut contender.function else { return Ok(contender) };
    function.python.clone_from(&args.python);
    function.variables = variables(args)?;
    Ok(environments.look(contender)?)
}

/// Adds the values of the variables that functions keep: a function may print them.
pub(super) fn hide(args: &FunctionArgs, redactor: &mut Redactor) -> Result<(), CommandError> {
    variables(args)?.iter().for_each(|(_, value)| redactor.add(value));
    Ok(())
}

fn variables(args: &FunctionArgs) -> Result<Vec<(String, String)>, CommandError> {
    let value = |name: &String| {
        std::env::var(name).map(|value| (name.clone(), value)).map_err(|error| {
            CommandError::usage(format!("cannot keep the variable `{name}`"))
                .because(error)
                .hint("set it, or leave out --keep-env")
        })
    };
    args.kept_variables.iter().map(value).collect()
}
