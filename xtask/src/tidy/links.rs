//! Links in Markdown that point into the project must point to something.
//!
//! Checks no address on the network and no heading. Called by `tidy` for every `.md` file.

use std::path::Path;

use super::Violation;
use super::files::TrackedFile;

/// Links of `file` whose target `exists` denies.
pub fn check(file: &TrackedFile, exists: impl Fn(&Path) -> bool) -> Vec<Violation> {
    let folder = file.absolute.parent().unwrap_or(Path::new(""));
    let mut violations = Vec::new();
    let mut is_fenced = false;
    for (index, line) in file.content.lines().enumerate() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            is_fenced = !is_fenced;
        }
        if is_fenced {
            continue;
        }
        for target in targets(&without_code(line)) {
            let path = target.split(['#', '?']).next().unwrap_or_default().replace("%20", " ");
            if !path.is_empty() && !exists(&folder.join(&path)) {
                let advice = format!("`{target}` points to nothing: mend or remove the link");
                violations.push(Violation { path: file.path.clone(), line: index + 1, rule: "link", advice });
            }
        }
    }
    violations
}

/// The relative targets of `[text](target "title")` and `[label]: target`.
fn targets(line: &str) -> Vec<String> {
    let inline = line.match_indices("](").filter_map(|(at, _)| line[at + 2..].split(')').next());
    let definition = line.split_once("]: ").filter(|(label, _)| label.starts_with('[')).map(|(_, rest)| rest);
    inline
        .chain(definition)
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']))
        .filter(|target| {
            !target.contains("://") && !target.starts_with("mailto:") && !target.starts_with('/')
        })
        .map(str::to_owned)
        .collect()
}

/// Blanks `code spans`, which show links without being any.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}
