//! `dyno init`: a plan file to start from, and its schema beside it.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::args::init::InitArgs;
use crate::commands::pretty;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// The name that the templates refer to in their first line.
const SCHEMA_FILE: &str = "dyno-plan.schema.json";

/// Writes the files.
///
/// # Errors
/// When the plan file is there already, or a file cannot be written.
pub fn init(args: &InitArgs) -> Result<Exit, CommandError> {
    let text = dyno_plan::template(&args.template)
        .ok_or_else(|| CommandError::usage(format!("there is no template `{}`", args.template)))?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.yaml", args.template)));
    write(&path, text.as_bytes(), args.force)?;
    console::talk(&format!("wrote {}", path.display()));
    if !args.no_schema {
        let schema = path.with_file_name(SCHEMA_FILE);
        // It is made from the program alone, so there is nothing of the user's in it to keep.
        write(&schema, &pretty(&dyno_plan::plan_schema()), true)?;
        console::talk(&format!("wrote {}", schema.display()));
    }
    console::talk(&format!("play it with `dyno run {}`", path.display()));
    Ok(Exit::Passed)
}

fn write(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), CommandError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).truncate(true);
    if overwrite {
        options.create(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => CommandError::usage(format!("`{}` is there already", path.display()))
            .hint("write elsewhere with `-o FILE`, or overwrite it with `--force`"),
        _ => CommandError::output(format!("cannot write `{}`", path.display())).because(error),
    })
}
