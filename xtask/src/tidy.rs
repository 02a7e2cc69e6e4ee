//! `cargo xtask tidy`: the rules of the source tree that no other tool knows.
//!
//! Reads files only; changes nothing and asks no compiler. All violations are shown at once.
//! Called on its own and as a step of `ci`.

mod edges;
mod files;
mod links;
mod manifest;
mod rust;
mod source;
mod text;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::failure::Failure;
use crate::project;

use self::files::TrackedFile;

/// One broken rule, with where it is and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, relative to the project's root.
    pub path: PathBuf,
    /// Line from 1; 1 for what concerns a whole file.
    pub line: usize,
    /// The short name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub advice: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path.display(), self.line, self.rule, self.advice)
    }
}

/// Checks everything; fails when any rule is broken.
pub fn command() -> Result<ExitCode, Failure> {
    Ok(if print_violations()? == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints all violations and returns how many there are.
pub fn print_violations() -> Result<usize, Failure> {
    let root = project::root();
    let files = files::tracked(&root)?;
    let mut violations = check(&files);
    violations.extend(edges::check(&root)?);
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    eprintln!("tidy: {} files, {} violations", files.len(), violations.len());
    Ok(violations.len())
}

fn check(files: &[TrackedFile]) -> Vec<Violation> {
    files
        .iter()
        .flat_map(|file| {
            let mut found = text::check(file);
            match file.extension() {
                Some("rs") => found.extend(rust::check(file)),
                Some("md") => found.extend(links::check(file, Path::exists)),
                _ => {}
            }
            found
        })
        .collect()
}

#[cfg(test)]
mod tests;
