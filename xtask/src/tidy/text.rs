//! Rules for every text file: nothing of one machine, no numbers of an issue tracker.
//!
//! Looks at Rust files as a whole for paths and at their comments only for issue numbers, where a
//! number sign has no other meaning. Called by `tidy` for every file.

use super::Violation;
use super::files::TrackedFile;
use super::source::{Source, is_word};

/// Folders of one developer's machine. Written in two parts so that this file keeps its own rule.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
/// Hosts of a private package registry.
const REGISTRY_WORDS: &[&str] = &[concat!("arti", "factory"), concat!("index.crates", ".io:")];
const ISSUE_EXTENSIONS: &[&str] = &["rs", "md", "toml", "yml", "yaml"];

/// All violations of one file.
pub fn check(file: &TrackedFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut add = |line, rule, advice| {
        violations.push(Violation { path: file.path.clone(), line, rule, advice });
    };
    for (index, line) in file.content.lines().enumerate() {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| names_path(line, path)) {
            add(
                index + 1,
                "machine-path",
                format!("`{path}` exists on one machine only: use a relative path"),
            );
        }
        if let Some(word) = REGISTRY_WORDS.iter().find(|word| line.contains(*word)) {
            add(index + 1, "registry-host", format!("`{word}` belongs to one network: leave it out"));
        }
    }
    let Some(extension) = file.extension().filter(|it| ISSUE_EXTENSIONS.contains(it)) else {
        return violations;
    };
    let text = if extension == "rs" { Source::split(&file.content).comments } else { file.content.clone() };
    for (index, line) in text.lines().enumerate() {
        if names_issue(line) {
            let advice = "say the reason itself instead of an issue's number".to_owned();
            violations.push(Violation {
                path: file.path.clone(),
                line: index + 1,
                rule: "issue-number",
                advice,
            });
        }
    }
    violations
}

/// Whether `line` has `path` where a path begins, not inside of a longer one or of an address.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].bytes().next_back();
        before.is_none_or(|byte| !is_word(byte) && !b".-}>)*:/".contains(&byte))
    })
}

/// Finds a number sign with a number, and "issue" with one, but not `#[attribute]`, a heading, or a colour such as `#112233`.
fn names_issue(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let has_number = lower.match_indices('#').any(|(at, _)| {
        let is_start =
            lower[..at].bytes().next_back().is_none_or(|byte| !is_word(byte) && byte != b'/' && byte != b'&');
        let digits = lower[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let after = lower.as_bytes().get(at + 1 + digits);
        is_start && (1..=5).contains(&digits) && !after.is_some_and(|&byte| is_word(byte))
    });
    let has_word = ["issue ", "issue-", "issues/", "pull request "].iter().any(|word| {
        lower
            .match_indices(word)
            .any(|(at, _)| lower[at + word.len()..].bytes().next().is_some_and(|byte| byte.is_ascii_digit()))
    });
    has_number || has_word
}
