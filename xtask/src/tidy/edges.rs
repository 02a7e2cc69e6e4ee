//! Which crate may use which: `xtask/edges.toml` held against the manifests.
//!
//! Knows nothing of packages from outside. Called by `tidy`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::Failure;

use super::Violation;
use super::manifest::{Dependency, Manifest};

const EDGES_FILE: &str = "xtask/edges.toml";
/// The one crate that tests of every other may use, whatever the order says.
const TESTKIT: &str = "dyno-testkit";

/// The agreed crates, from the bottom to the top.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edges {
    #[serde(rename = "crate")]
    crates: Vec<CrateEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CrateEntry {
    name: String,
    purpose: String,
    uses: Vec<String>,
    never: String,
}

impl CrateEntry {
    fn may_use(&self, name: &str) -> bool {
        self.uses.iter().any(|used| used == name || used == "*")
    }
}

/// Checks the manifests of all crates under `root`.
pub fn check(root: &Path) -> Result<Vec<Violation>, Failure> {
    let file = root.join(EDGES_FILE);
    let text = fs::read_to_string(&file).map_err(Failure::file("read", &file))?;
    let manifests = read_manifests(root)?;
    Ok(compare(&parse(&text)?, &manifests))
}

/// Understands the text of `edges.toml`.
pub fn parse(text: &str) -> Result<Edges, Failure> {
    toml::from_str(text).map_err(|error| Failure::Content { path: EDGES_FILE.into(), why: error.to_string() })
}

fn read_manifests(root: &Path) -> Result<Vec<Manifest>, Failure> {
    let crates = root.join("crates");
    let mut folders = vec![root.join("xtask")];
    for entry in fs::read_dir(&crates).map_err(Failure::file("list", &crates))? {
        folders.push(entry.map_err(Failure::file("list", &crates))?.path());
    }
    folders.sort();
    let mut manifests = Vec::new();
    for folder in folders {
        let file = folder.join("Cargo.toml");
        if file.is_file() {
            let text = fs::read_to_string(&file).map_err(Failure::file("read", &file))?;
            let path = file.strip_prefix(root).unwrap_or(&file);
            manifests.push(Manifest::parse(path, text)?);
        }
    }
    Ok(manifests)
}

/// All differences between what is agreed and what the manifests say.
pub fn compare(edges: &Edges, manifests: &[Manifest]) -> Vec<Violation> {
    let mut violations = check_order(edges);
    let places: HashMap<&str, usize> =
        edges.crates.iter().enumerate().map(|(place, entry)| (entry.name.as_str(), place)).collect();
    for entry in &edges.crates {
        if !manifests.iter().any(|manifest| manifest.name == entry.name) {
            let advice = format!("`{}` is named here and does not exist: remove it or make it", entry.name);
            violations.push(in_edges("crate-missing", advice));
        }
    }
    for manifest in manifests {
        let violation = |word: &str, rule, advice| Violation {
            path: manifest.path.clone(),
            line: manifest.line_of(word),
            rule,
            advice,
        };
        if manifest.folder != manifest.name {
            let advice = format!("the folder is named `{}`: name it as the crate", manifest.folder);
            violations.push(violation("[package]", "crate-folder", advice));
        }
        if !manifest.has_workspace_lints {
            let advice = "add `[lints]` with `workspace = true`".to_owned();
            violations.push(violation("[package]", "crate-lints", advice));
        }
        let Some(&place) = places.get(manifest.name.as_str()) else {
            let advice = format!("`{}` is not in {EDGES_FILE}: add it with its purpose", manifest.name);
            violations.push(violation("[package]", "crate-unknown", advice));
            continue;
        };
        for dependency in &manifest.dependencies {
            let Some(&used_place) = places.get(dependency.package.as_str()) else { continue };
            if let Some(advice) = refusal(&edges.crates[place], place, dependency, used_place) {
                violations.push(violation(&dependency.package, "edge", advice));
            }
        }
    }
    violations
}

/// Why a dependency is against the agreement, or `None` when it is within.
fn refusal(user: &CrateEntry, place: usize, dependency: &Dependency, used_place: usize) -> Option<String> {
    let used = &dependency.package;
    if dependency.is_for_development {
        let is_allowed = used_place < place || used == TESTKIT;
        let advice = format!("tests of `{}` may use crates below it and {TESTKIT}, not `{used}`", user.name);
        return (!is_allowed).then_some(advice);
    }
    (!user.may_use(used)).then(|| {
        format!(
            "`{}` may not use `{used}` (never: {}): move the code, or agree on the edge in {EDGES_FILE}",
            user.name, user.never
        )
    })
}

/// The agreement itself: every edge points down to a known crate, every crate has its words.
fn check_order(edges: &Edges) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (place, entry) in edges.crates.iter().enumerate() {
        let below: Vec<&str> = edges.crates[..place].iter().map(|lower| lower.name.as_str()).collect();
        for used in entry.uses.iter().filter(|used| *used != "*" && !below.contains(&used.as_str())) {
            let advice = format!("`{}` uses `{used}`, which is not named before it", entry.name);
            violations.push(in_edges("edge-order", advice));
        }
        if entry.purpose.trim().is_empty() || entry.never.trim().is_empty() {
            violations
                .push(in_edges("edge-words", format!("say the purpose and the never of `{}`", entry.name)));
        }
    }
    violations
}

fn in_edges(rule: &'static str, advice: String) -> Violation {
    Violation { path: PathBuf::from(EDGES_FILE), line: 1, rule, advice }
}
