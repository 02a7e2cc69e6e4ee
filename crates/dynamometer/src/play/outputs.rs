//! Files of a run: what each path asks for is known before the run, so that no run is played in vain.

use std::path::{Path, PathBuf};

use dyno_model::{ClientsRecord, ComparisonRecord, RunRecord};
use dyno_report::{Format, clients, comparison, github, render, render_comparison, text};

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

/// The same for a comparison, which has fewer kinds.
///
/// # Errors
/// When an extension is not known, or its kind shows one run only.
pub fn check_comparison(paths: &[PathBuf]) -> Result<Vec<Output>, CommandError> {
    let outputs = check(paths)?;
    for output in &outputs {
        output.format.check_comparison()?;
    }
    Ok(outputs)
}

/// The same for a contest of clients.
///
/// # Errors
/// When an extension is not known, or a contest has no such form.
pub fn check_clients(paths: &[PathBuf]) -> Result<Vec<Output>, CommandError> {
    let output = |path: &PathBuf| Ok(Output { path: path.clone(), format: clients::format_of(path)? });
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
        self.put(&render(self.format, record), "run", &record.id)
    }

    /// Writes it for a comparison.
    ///
    /// # Errors
    /// When the kind shows one run only, or the file cannot be written.
    pub fn write_comparison(&self, record: &ComparisonRecord) -> Result<(), CommandError> {
        self.put(&render_comparison(self.format, record)?, "comparison", &record.id)
    }

    /// Writes it for a contest of clients.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_clients(&self, record: &ClientsRecord) -> Result<(), CommandError> {
        self.put(&clients::render(self.format, record), "contest", &record.id)
    }

    fn put(&self, bytes: &[u8], what: &str, id: &str) -> Result<(), CommandError> {
        std::fs::write(&self.path, bytes).map_err(|error| {
            let message = format!("cannot write the {} report `{}`", self.format.name(), self.path.display());
            let again = format!("dyno report {id} -o FILE");
            CommandError::output(message)
                .because(error)
                .hint(format!("the {what} itself is not lost when it was stored: `{again}`"))
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
    console::data(text::summary(record, style()).as_bytes())
}

/// Prints the summary of a comparison, or its record.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_comparison(
    record: &ComparisonRecord,
    as_json: bool,
    explains: bool,
) -> Result<(), CommandError> {
    if as_json {
        return console::data(&render_comparison(Format::Json, record)?);
    }
    let mut text = comparison::summary(record, style());
    if explains {
        text.push('\n');
        text.push_str(&comparison::explanation(record, style()));
    }
    console::data(text.as_bytes())
}

/// Prints the summary of a contest of clients, or its record.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_clients(record: &ClientsRecord, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&clients::render(Format::Json, record));
    }
    let width = console::width_or(clients::WIDTH_MAX);
    console::data(clients::summary(record, text::Style { width, ..style() }).as_bytes())
}

fn style() -> text::Style {
    text::Style { colour: console::stdout_has_colour(), width: console::width() }
}

/// Inside a job of GitHub Actions, says on stderr what the job's page shall show beside the change.
pub fn annotate(record: &RunRecord) {
    if is_github() {
        github::annotations(record).lines().for_each(console::talk);
    }
}

/// The same for a comparison.
pub fn annotate_comparison(record: &ComparisonRecord) {
    if is_github() {
        comparison::annotations(record).lines().for_each(console::talk);
    }
}

fn is_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
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
