//! The files that the rules look at: those that git tracks or would add.
//!
//! Judges nothing. Called by `tidy`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// A text file of the project.
#[derive(Debug)]
pub struct TrackedFile {
    /// Where it is on this machine.
    pub absolute: PathBuf,
    /// Where it is in the project.
    pub path: PathBuf,
    /// Its whole content.
    pub content: String,
}

impl TrackedFile {
    /// The part of the name after the last dot.
    pub fn extension(&self) -> Option<&str> {
        self.path.extension()?.to_str()
    }
}

/// Reads every text file of the project; files that are not UTF-8 are left out.
pub fn tracked(root: &Path) -> Result<Vec<TrackedFile>, Failure> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    let mut paths = match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect(),
        // A source archive has no history to ask.
        _ => walk(root, root)?,
    };
    paths.sort();
    paths.dedup();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let absolute = root.join(&path);
        // Deleted but not yet committed, or a link to a directory.
        if !absolute.is_file() {
            continue;
        }
        let bytes = fs::read(&absolute).map_err(Failure::file("read", &absolute))?;
        if let Ok(content) = String::from_utf8(bytes) {
            files.push(TrackedFile { absolute, path, content });
        }
    }
    Ok(files)
}

fn walk(root: &Path, dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(Failure::file("list", dir))? {
        let path = entry.map_err(Failure::file("list", dir))?.path();
        let is_product = path.ends_with(".git") || path.ends_with("target");
        if path.is_dir() && !is_product {
            found.extend(walk(root, &path)?);
        } else if path.is_file() {
            found.push(path.strip_prefix(root).unwrap_or(&path).to_path_buf());
        }
    }
    Ok(found)
}
