//! What a crate's `Cargo.toml` says about dependencies, read without cargo.
//!
//! Resolves nothing. Called by `edges`.

use std::path::{Path, PathBuf};

use toml::Table;

use crate::failure::Failure;

/// The manifest of one crate of the workspace.
#[derive(Debug)]
pub struct Manifest {
    /// The file, relative to the project's root.
    pub path: PathBuf,
    /// The package's name.
    pub name: String,
    /// The name of the folder it lies in.
    pub folder: String,
    /// Whether the workspace's lints hold for it.
    pub has_workspace_lints: bool,
    /// Its dependencies of every kind, in the order of the file's sections.
    pub dependencies: Vec<Dependency>,
    text: String,
}

/// One line of a dependency section.
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package's real name, whatever it is called inside of the crate.
    pub package: String,
    /// Whether only tests, examples and benches use it.
    pub is_for_development: bool,
}

impl Manifest {
    /// Understands the text of a manifest.
    pub fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        let unusable = |why: String| Failure::Content { path: path.to_path_buf(), why };
        let table: Table = text.parse().map_err(|error| unusable(format!("{error}")))?;
        let name = table
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .ok_or_else(|| unusable("it has no package name".to_owned()))?;
        let has_workspace_lints =
            table.get("lints").and_then(|lints| lints.get("workspace")?.as_bool()).unwrap_or(false);
        let mut dependencies = dependencies_of(&table);
        for platform in table.get("target").and_then(|targets| targets.as_table()).into_iter().flatten() {
            dependencies.extend(platform.1.as_table().map(dependencies_of).unwrap_or_default());
        }
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        Ok(Self {
            path: path.to_path_buf(),
            name: name.to_owned(),
            folder: folder.into_owned(),
            has_workspace_lints,
            dependencies,
            text,
        })
    }

    /// The line (from 1) that mentions `word` first, or the first line.
    pub fn line_of(&self, word: &str) -> usize {
        let mentions = |line: &str| !line.starts_with("name") && line.contains(word);
        self.text.lines().position(mentions).map_or(1, |index| index + 1)
    }
}

fn dependencies_of(table: &Table) -> Vec<Dependency> {
    let sections = [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)];
    let mut found = Vec::new();
    for (section, is_for_development) in sections {
        for (name, value) in table.get(section).and_then(|section| section.as_table()).into_iter().flatten() {
            let package = value.get("package").and_then(|package| package.as_str()).unwrap_or(name);
            found.push(Dependency { package: package.to_owned(), is_for_development });
        }
    }
    found
}
