//! Files of a run: what each path asks for is known before the run, so that no run is played in vain.

use std::path::{Path, PathBuf};

use dyno_model::RunRecord;
use dyno_report::{Format, github, render, text};

use crate::console;
use crate::error::CommandError;

/// A file to write.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    format: Format,
}

/// Reads the kinds of output from the names of files.
///
/// # Errors
/// When an extension is not known.
pub fn check(paths: &[PathBuf]) -> Result<Vec<Output>, CommandError> {
    let output = |path: &PathBuf| Ok(Output { path: path.clone(), format: Format::from_path(path)? });
    paths.iter().map(output).collect()
}

impl Output {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, record: &RunRecord) -> Result<(), CommandError> {
        std::fs::write(&self.path, render(self.format, record)).map_err(|error| {
            let message = format!("cannot write the {} report `{}`", self.format.name(), self.path.display());
            let again = format!("dyno report {} -o FILE", record.id);
            CommandError::output(message)
                .because(error)
                .hint(format!("the run itself is not lost when it was stored: `{again}`"))
        })
    }
}

/// Prints the summary of a run, or its record.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(record: &RunRecord, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&render(Format::Json, record));
    }
    let style = text::Style { colour: console::stdout_has_colour(), width: console::width() };
    console::data(text::summary(record, style).as_bytes())
}

/// Inside a job of GitHub Actions, says on stderr what the job's page shall show beside the change.
pub fn annotate(record: &RunRecord) {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        github::annotations(record).lines().for_each(console::talk);
    }
}

/// What to try after the tour.
pub fn tour_advice(record: &RunRecord) -> String {
    format!(
        "\nnext:\n  dyno http -c 50 -z 10s http://127.0.0.1:8080/   load a server of yours\n  \
         dyno init quick && dyno run quick.yaml --dry-run   write a plan and see what it means\n  \
         dyno runs show {}   see this run again",
        record.id
    )
}
