//! `dyno completions` and `dyno man`: made from the command line's own description.

use std::path::Path;

use clap::CommandFactory;

use crate::args::Cli;
use crate::args::completions::{CompletionsArgs, ManArgs};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Prints completions.
///
/// # Errors
/// When stdout cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, CommandError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dyno", &mut text);
    console::data(&text)?;
    Ok(Exit::Passed)
}

/// Prints the manual page, or writes one page per command.
///
/// # Errors
/// When a page cannot be written.
pub fn man(args: &ManArgs) -> Result<Exit, CommandError> {
    match &args.dir {
        None => console::data(&page(Cli::command())?)?,
        Some(directory) => {
            let cannot = |error| {
                CommandError::output(format!("cannot write manual pages to `{}`", directory.display()))
                    .because(error)
            };
            std::fs::create_dir_all(directory).map_err(cannot)?;
            clap_mangen::generate_to(Cli::command(), Path::new(directory)).map_err(cannot)?;
            console::talk(&format!("wrote the manual pages to {}", directory.display()));
        }
    }
    Ok(Exit::Passed)
}

fn page(command: clap::Command) -> Result<Vec<u8>, CommandError> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut text)
        .map_err(|error| CommandError::internal("cannot make the manual page").because(error))?;
    Ok(text)
}
