//! Where a plan's text comes from. Reading the file is `files`' work; this only carries the text.

use std::path::PathBuf;

/// The text of a plan, its name for messages and the folder its relative paths start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSource {
    /// Shown in messages: the path as the user gave it, or `built-in tour`.
    pub name: String,
    /// YAML or JSON.
    pub text: String,
    /// Relative paths inside the plan start here.
    pub folder: PathBuf,
}

impl PlanSource {
    /// A plan that is not a file; relative paths start from the current folder.
    #[must_use]
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), folder: PathBuf::new() }
    }
}
