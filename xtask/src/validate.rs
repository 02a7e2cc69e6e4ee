//! `cargo xtask validate`: is the gate of comparisons right, on this machine, with real programs?
//!
//! `aa` counts its false alarms on two copies of one program, `inject` says how often it finds slowness of known size.
//! These two play the real `dyno compare --run` and keep what they measured, so that they can go on another day.
//! `curves` plays the gate alone, on machines that are made up. Called by `main`.

mod aa;
#[path = "../../crates/dyno-verdict/examples/curves/chart.rs"]
#[expect(dead_code, reason = "the curves of made-up machines draw more kinds of lines")]
mod chart;
mod curves;
mod disturbance;
mod gate;
mod inject;
mod proportion;
mod section;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::bench::{Building, build_release};
use crate::failure::Failure;
use crate::project;

use self::chart::Chart;

/// What can be validated.
#[derive(Debug, Subcommand)]
pub enum ValidateCommand {
    /// False alarms of the gate: two copies of one server, compared as if they were two
    Aa(aa::Arguments),
    /// What the gate finds: slowness of known size, put into one side
    Inject(inject::Arguments),
    /// The gate on machines that are made up: what it finds, how often it errs, what minutes buy
    Curves(curves::Arguments),
}

/// Flags of every validation.
#[derive(Debug, Args)]
pub struct Common {
    /// Use this `dyno` instead of building one with optimisation
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Only print; leave docs/validation.md as it is
    #[arg(long)]
    no_write: bool,
}

/// Plays a validation.
pub fn command(command: &ValidateCommand) -> Result<ExitCode, Failure> {
    match command {
        ValidateCommand::Aa(arguments) => aa::command(arguments),
        ValidateCommand::Inject(arguments) => inject::command(arguments),
        ValidateCommand::Curves(arguments) => curves::command(arguments),
    }
}

impl Common {
    /// The program to validate.
    fn program(&self) -> Result<PathBuf, Failure> {
        match &self.program {
            Some(program) => program.canonicalize().map_err(Failure::file("find", program)),
            None => build_release(Building::Fresh, "dynamometer", "dyno")
                .ok_or_else(|| Failure::Bench("`dyno` could not be built".to_owned())),
        }
    }

    /// Prints a section and draws its figure, both into the page unless told not to.
    fn publish(&self, name: &str, text: &str, chart: &Chart) -> Result<(), Failure> {
        println!("{text}");
        let page = project::root().join("docs/validation.md");
        let figures = if self.no_write { directory()? } else { page.with_extension("") };
        let figure = figures.join(format!("{}.svg", chart.id));
        fs::write(&figure, chart.svg()).map_err(Failure::file("write", &figure))?;
        if self.no_write {
            eprintln!("drew {}", figure.display());
            Ok(())
        } else {
            section::write(&page, name, text)
        }
    }
}

/// The directory of what was measured.
fn directory() -> Result<PathBuf, Failure> {
    let directory = project::target_dir().join("validate");
    fs::create_dir_all(&directory).map_err(Failure::file("make", &directory))?;
    Ok(directory)
}

/// The lines of a file that can be read; the others were cut off by a kill, or are of another version.
fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Appends a line to a file.
fn append(path: &Path, line: &impl serde::Serialize) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut text = serde_json::to_string(line).expect("invariant: a line is made of JSON types");
    text.push('\n');
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(Failure::file("append to", path))
}

#[cfg(test)]
mod tests;
