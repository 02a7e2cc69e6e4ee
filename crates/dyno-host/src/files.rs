//! Small texts below `/proc` and `/sys`, or below a directory that stands for them in tests.
//!
//! Absent, unreadable and empty are the same here: not known.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Enough for most files of `/proc` at once.
const READ_BYTES: usize = 4096;
/// No file that is read here is longer.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The place where `/proc` and `/sys` are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    root: PathBuf,
}

impl Files {
    /// Those of this machine.
    pub(crate) fn here() -> Self {
        Self::below("/")
    }

    /// Those below `root`.
    pub(crate) fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The full path of `path`, which starts with a slash.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The text of a file without the spaces around it.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        // These files say that they are empty, so a plain read begins with 32 bytes and doubles; meters read many of
        // them every second beside the load.
        let mut bytes = Vec::with_capacity(READ_BYTES);
        File::open(self.path(path)).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A file that holds one number.
    pub(crate) fn number(&self, path: &str) -> Option<u64> {
        self.text(path)?.parse().ok()
    }

    /// The value of the first line `key: value` or `key value`.
    pub(crate) fn field(&self, path: &str, key: &str) -> Option<String> {
        field(&self.text(path)?, key).map(str::to_owned)
    }

    /// Whether the path exists.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The names in a directory, sorted.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        names_in(&self.path(path))
    }
}

fn names_in(path: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The value of the first line `key: value` or `key value` of a text.
pub(crate) fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(key)?;
        let value = rest.trim_start_matches([' ', '\t']);
        let value = value.strip_prefix(':').or((value.len() < rest.len()).then_some(value))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    })
}

/// The first number of a text such as `1024 kB`.
pub(crate) fn leading_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}
