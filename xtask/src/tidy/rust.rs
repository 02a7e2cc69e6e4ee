//! Rules for Rust files: sizes, openings, names, words, and who may print.
//!
//! Works on text that `source` has split; asks no compiler. Called by `tidy` for every `.rs` file.

use std::path::Path;

use super::Violation;
use super::files::TrackedFile;
use super::source::{Source, is_word};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
/// The crates that talk to a person.
const PRINTING: &[&str] = &["crates/dynamometer", "crates/dyno-testkit", "xtask"];
const PRINTS: &[&str] = &["print!", "println!", "eprint!", "eprintln!", "dbg!"];
const TYPE_ENDINGS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils"];
const FILE_NAMES: &[&str] = &["mod.rs", "util.rs", "utils.rs", "helpers.rs"];
const COMMENT_WORDS: &[&str] = &["TODO", "FIXME", "XXX"];

/// All violations of one file.
pub fn check(file: &TrackedFile) -> Vec<Violation> {
    let source = Source::split(&file.content);
    let is_test = is_test(&file.path);
    let mut found = Findings { path: &file.path, violations: Vec::new() };
    check_file(file, is_test, &mut found);
    check_words(&source, &mut found);
    check_names(&source.code, &mut found);
    if is_test {
        for line in lines_with(&source.code, "thread::sleep") {
            found.add(line, "test-sleep", "wait for the event itself, not for time to pass".to_owned());
        }
    } else {
        check_function_lengths(&source.code, &mut found);
        check_prints(&file.path, &source.code, &mut found);
    }
    found.violations
}

struct Findings<'a> {
    path: &'a Path,
    violations: Vec<Violation>,
}

impl Findings<'_> {
    fn add(&mut self, line: usize, rule: &'static str, advice: String) {
        self.violations.push(Violation { path: self.path.to_path_buf(), line, rule, advice });
    }
}

/// Whether a file holds tests, benches or examples only.
fn is_test(path: &Path) -> bool {
    let is_test_folder =
        |part: &std::ffi::OsStr| ["tests", "benches", "examples"].iter().any(|it| part == *it);
    path.file_name().is_some_and(|name| name == "tests.rs") || path.iter().any(is_test_folder)
}

fn check_file(file: &TrackedFile, is_test: bool, found: &mut Findings<'_>) {
    let lines = file.content.lines().count();
    if lines > FILE_LINES_MAX {
        let advice = format!("{lines} lines: give each subject its own file (at most {FILE_LINES_MAX})");
        found.add(1, "file-length", advice);
    }
    if !is_test && !file.content.starts_with("//!") {
        let advice = "open with `//!`: what it is, what it is not, who calls it".to_owned();
        found.add(1, "module-opening", advice);
    }
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    if FILE_NAMES.contains(&&*name) {
        let advice = format!("name the file after what it holds, not `{name}` (`foo.rs` beside `foo/`)");
        found.add(1, "file-name", advice);
    }
}

fn check_words(source: &Source, found: &mut Findings<'_>) {
    for word in COMMENT_WORDS {
        for line in lines_with(&source.comments, word) {
            found.add(line, "unfinished", format!("do it or drop the `{word}`"));
        }
    }
    for (text, rule, advice) in [
        ("todo!", "unfinished", "write the code; nothing is handed in with `todo!`"),
        ("unimplemented!", "unfinished", "write the code; nothing is handed in with `unimplemented!`"),
        ("#[ignore", "ignored-test", "make the test work, skip it visibly at run time, or delete it"),
        ("#[allow(", "allow", "use `#[expect(lint, reason = \"…\")]`"),
        ("#![allow(", "allow", "use `#![expect(lint, reason = \"…\")]`"),
    ] {
        for line in lines_with(&source.code, text) {
            found.add(line, rule, advice.to_owned());
        }
    }
}

fn check_names(code: &str, found: &mut Findings<'_>) {
    for (index, line) in code.lines().enumerate() {
        let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let mut words = std::iter::from_fn(|| words.by_ref().find(|word| !word.is_empty()));
        while let Some(word) = words.next() {
            let Some(name) = is_definition(word).then(|| words.next()).flatten() else { continue };
            if word == "fn" && name.starts_with("get_") {
                found.add(index + 1, "name", format!("`{name}`: leave out `get_`, name what it returns"));
            }
            if word == "mod" && name == "tests" && line.contains('{') {
                found.add(index + 1, "test-place", "put the tests into `tests.rs`".to_owned());
            }
            if let Some(ending) = TYPE_ENDINGS.iter().find(|ending| name.ends_with(*ending)) {
                found.add(index + 1, "name", format!("`{name}`: say what it is instead of `{ending}`"));
            }
        }
    }
}

fn is_definition(word: &str) -> bool {
    ["fn", "struct", "enum", "trait", "type", "mod"].contains(&word)
}

fn check_prints(path: &Path, code: &str, found: &mut Findings<'_>) {
    // A build script talks to cargo by printing.
    if path.ends_with("build.rs") || PRINTING.iter().any(|dir| path.starts_with(dir)) {
        return;
    }
    for name in PRINTS {
        for line in lines_with(code, name) {
            found.add(line, "print", "only `dyno` prints: return the text to the caller".to_owned());
        }
    }
}

fn check_function_lengths(code: &str, found: &mut Findings<'_>) {
    for start in words_at(code, "fn") {
        let Some(length) = function_lines(&code[start..]) else { continue };
        if length > FUNCTION_LINES_MAX {
            let line = line_at(code, start);
            let advice =
                format!("{length} lines: split it where the subject changes (at most {FUNCTION_LINES_MAX})");
            found.add(line, "function-length", advice);
        }
    }
}

/// Lines from `fn` to its closing brace; `None` for a function type or a declaration without a body.
fn function_lines(code: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let mut is_in_body = false;
    let mut brackets = 0_i32;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b'{' => {
                is_in_body = true;
                depth += 1;
            }
            b'}' => depth -= 1,
            b';' if !is_in_body && brackets == 0 => return None,
            _ => {}
        }
        // A function type ends where what surrounds it ends.
        if brackets < 0 || depth < 0 {
            return None;
        }
        if is_in_body && depth == 0 {
            return Some(code[..at].matches('\n').count() + 1);
        }
    }
    None
}

/// Lines (from 1) that contain `text` as a whole word where it begins and ends with one.
pub fn lines_with(haystack: &str, text: &str) -> Vec<usize> {
    words_at(haystack, text).map(|at| line_at(haystack, at)).collect()
}

fn words_at<'a>(haystack: &'a str, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = haystack.as_bytes();
    haystack.match_indices(text).map(|(at, _)| at).filter(move |&at| {
        let end = at + text.len();
        let splits = |left: usize, right: usize| {
            !is_word(bytes[left]) || bytes.get(right).is_none_or(|&it| !is_word(it))
        };
        (at == 0 || splits(at - 1, at)) && splits(end - 1, end)
    })
}

fn line_at(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}
