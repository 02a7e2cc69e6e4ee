//! The only place of this crate that touches the file system: plan files and what they name.
//!
//! Problems come as (what is wrong, what to do), because only the caller knows the place in the plan.

use std::io::ErrorKind;
use std::path::Path;

use crate::PlanSource;

/// What is wrong with a file, and what to do about it.
pub(crate) type FileProblem = (String, String);

/// Why a plan file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct ReadError {
    /// What is wrong, with the path.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

/// Reads a plan file; its folder becomes the start of the plan's relative paths.
///
/// # Errors
/// When the file is missing, is a folder, may not be read or is not UTF-8.
pub fn read_plan(path: &Path) -> Result<PlanSource, ReadError> {
    let text = read_text(path).map_err(|(problem, hint)| ReadError { problem, hint })?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(PlanSource { name: path.display().to_string(), text, folder })
}

pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, FileProblem> {
    if path.is_dir() {
        return Err((format!("`{}` is a folder, not a file", path.display()), "name a file".to_owned()));
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

pub(crate) fn read_text(path: &Path) -> Result<String, FileProblem> {
    String::from_utf8(read_bytes(path)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (format!("`{}` is not UTF-8 at byte {at}", path.display()), "save it as UTF-8".to_owned())
    })
}

/// Whether a file that a driver will read is there.
pub(crate) fn must_exist(path: &Path) -> Result<(), FileProblem> {
    if path.is_dir() {
        return Err((format!("`{}` is a folder, not a file", path.display()), "name a file".to_owned()));
    }
    std::fs::metadata(path).map(|_| ()).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> FileProblem {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            let hint = "paths in a plan start from the folder of the plan";
            (format!("there is no file `{path}`"), hint.to_owned())
        }
        ErrorKind::PermissionDenied => {
            (format!("the file `{path}` may not be read"), "check its permissions".to_owned())
        }
        _ => (format!("cannot read `{path}`: {error}"), "check the path".to_owned()),
    }
}
