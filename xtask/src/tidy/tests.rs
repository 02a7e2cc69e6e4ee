use std::path::{Path, PathBuf};

use super::files::TrackedFile;
use super::manifest::Manifest;
use super::source::Source;
use super::{Violation, edges, links, rust, text};

const OPENING: &str = "//! What it is.\n";

fn file(path: &str, content: &str) -> TrackedFile {
    TrackedFile { absolute: Path::new("/project").join(path), path: path.into(), content: content.to_owned() }
}

/// Violations as `line: rule`.
fn short(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|it| format!("{}: {}", it.line, it.rule)).collect()
}

fn check_rust(path: &str, content: &str, expected: &[&str]) {
    assert_eq!(short(&rust::check(&file(path, content))), expected, "{content}");
}

fn check_library(code: &str, expected: &[&str]) {
    check_rust("crates/dyno-model/src/lib.rs", &format!("{OPENING}{code}"), expected);
}

#[test]
fn source_is_split_into_code_and_comments() {
    let source = Source::split(
        "let a = \"// no\"; // yes 'a\nlet b: &'a str = r#\"x\"y\"#; /* c /* d */ e */ f('\\'', '\"')",
    );
    assert_eq!(source.code.lines().next().unwrap().trim_end(), "let a =        ;");
    assert!(source.comments.contains("// yes 'a"));
    assert!(!source.comments.contains("// no"));
    assert!(source.comments.contains("/* c /* d */ e */"));
    assert!(source.code.contains("let b: &'a str ="));
    assert!(source.code.trim_end().ends_with(')'), "{:?}", source.code);
}

#[test]
fn unfinished_work_is_found_in_code_and_comments_only() {
    check_library("// TODO later\n", &["2: unfinished"]);
    check_library("fn a() { todo!() }\n", &["2: unfinished"]);
    check_library("const A: &str = \"TODO todo!() #[ignore]\";\n", &[]);
    check_library("#[ignore]\nfn a() {}\n", &["2: ignored-test"]);
    check_library("#[allow(dead_code)]\nfn a() {}\n", &["2: allow"]);
}

#[test]
fn names_that_say_nothing_are_found() {
    check_library("struct RunManager;\n", &["2: name"]);
    check_library("pub fn get_rate() {}\n", &["2: name"]);
    check_library("mod tests {\n}\n", &["2: test-place"]);
    check_library("mod tests;\nfn target() {}\nstruct Utility;\n", &[]);
    check_rust("crates/a/src/utils.rs", OPENING, &["1: file-name"]);
    check_rust("crates/a/src/b/mod.rs", OPENING, &["1: file-name"]);
}

#[test]
fn long_functions_and_files_are_found() {
    let body = "    work();\n".repeat(69);
    check_library(&format!("fn fits() {{\n{}}}\n", "    work();\n".repeat(68)), &[]);
    check_library(&format!("fn a();\nfn too_long() {{\n{body}}}\n"), &["3: function-length"]);
    check_library(&format!("fn a(f: fn(u8) -> u8, b: [u8; 2]) {{\n{body}}}\n"), &["2: function-length"]);
    check_rust("crates/a/src/tests.rs", &format!("fn a() {{\n{body}}}\n"), &[]);
    check_library(&"// line\n".repeat(500), &["1: file-length"]);
}

#[test]
fn modules_open_with_their_purpose() {
    check_rust("crates/a/src/b.rs", "use std::fs;\n", &["1: module-opening"]);
    check_rust("crates/a/src/b/tests.rs", "use std::fs;\n", &[]);
}

#[test]
fn only_the_binary_prints() {
    check_library("fn a() { println!(\"b\"); }\n", &["2: print"]);
    check_library("fn a() { println!(\"b\"); eprintln!(\"c\"); }\n", &["2: print", "2: print"]);
    check_rust("crates/dynamometer/src/main.rs", "//! A.\nfn a() { println!(\"b\"); }\n", &[]);
    check_rust("crates/a/build.rs", "//! A.\nfn main() { println!(\"b\"); }\n", &[]);
}

#[test]
fn tests_do_not_sleep() {
    check_rust("crates/a/tests/b.rs", "fn a() { std::thread::sleep(b); }\n", &["1: test-sleep"]);
    check_library("fn a() { std::thread::sleep(b); }\n", &[]);
}

fn check_text(path: &str, content: &str, expected: &[&str]) {
    assert_eq!(short(&text::check(&file(path, content))), expected, "{content}");
}

#[test]
fn machine_paths_are_found_where_a_path_begins() {
    check_text("a.md", concat!("see /wo", "rk/main\n"), &["1: machine-path"]);
    check_text("a.rs", concat!("const A: &str = \"/ho", "me/me\";\n"), &["1: machine-path"]);
    check_text("a.md", concat!("https://example.org/wo", "rk/main and target/wo", "rk/x\n"), &[]);
}

#[test]
fn issue_numbers_are_found() {
    check_text("a.md", "as said in #12\n", &["1: issue-number"]);
    check_text("a.rs", "// see issue 7\nlet a = \"#12\";\n", &["1: issue-number"]);
    check_text("a.md", "# 1. Heading\n[a](b.md#12) `#[test]` colour #112233 &#39;\n", &[]);
    check_text("a.html", "<a href=\"#12\">\n", &[]);
}

#[test]
fn links_must_point_to_files() {
    let page = "[a](there.md) [b](gone.md#part) [c](https://example.org) `[d](gone.md)` [e](#here)\n```\n[f](gone.md)\n```\n[g]: gone.md\n";
    let found = links::check(&file("docs/page.md", page), |path| path.ends_with("docs/there.md"));
    assert_eq!(short(&found), ["1: link", "5: link"]);
}

const EDGES: &str = "
    [[crate]]\nname = \"low\"\npurpose = \"p\"\nuses = []\nnever = \"n\"
    [[crate]]\nname = \"middle\"\npurpose = \"p\"\nuses = [\"low\"]\nnever = \"n\"
    [[crate]]\nname = \"dyno-testkit\"\npurpose = \"p\"\nuses = []\nnever = \"n\"
    [[crate]]\nname = \"top\"\npurpose = \"p\"\nuses = [\"*\"]\nnever = \"n\"";

fn manifest(name: &str, dependencies: &str) -> Manifest {
    let text = format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{dependencies}");
    Manifest::parse(&PathBuf::from(format!("crates/{name}/Cargo.toml")), text).unwrap()
}

fn check_edges(changed: Manifest, expected: &[&str]) {
    let name = changed.name.clone();
    let mut manifests: Vec<Manifest> = ["low", "middle", "dyno-testkit", "top"]
        .into_iter()
        .filter(|it| *it != name)
        .map(|it| manifest(it, ""))
        .collect();
    manifests.push(changed);
    assert_eq!(short(&edges::compare(&edges::parse(EDGES).unwrap(), &manifests)), expected);
}

#[test]
fn edges_point_down_and_are_agreed() {
    check_edges(manifest("middle", "[dependencies]\nlow = { workspace = true }\nserde = \"1\"\n"), &[]);
    check_edges(manifest("top", "[dependencies]\nlow.workspace = true\nmiddle.workspace = true\n"), &[]);
    check_edges(manifest("low", "[dependencies]\nmiddle = { workspace = true }\n"), &["6: edge"]);
    check_edges(
        manifest("low", "[dependencies]\nm = { package = \"middle\", path = \"x\" }\n"),
        &["6: edge"],
    );
    check_edges(manifest("low", "[target.'cfg(unix)'.dependencies]\nmiddle = \"1\"\n"), &["6: edge"]);
}

#[test]
fn tests_may_use_lower_crates_and_the_testkit() {
    check_edges(manifest("low", "[dev-dependencies]\ndyno-testkit = { workspace = true }\n"), &[]);
    check_edges(manifest("dyno-testkit", "[dev-dependencies]\nmiddle = { workspace = true }\n"), &[]);
    check_edges(manifest("low", "[dev-dependencies]\ntop = { workspace = true }\n"), &["6: edge"]);
}

#[test]
fn crates_and_the_agreement_name_each_other() {
    check_edges(manifest("other", ""), &["1: crate-unknown"]);
    let edges = edges::parse(EDGES).unwrap();
    assert_eq!(
        short(&edges::compare(&edges, &[manifest("low", ""), manifest("middle", "")])),
        ["1: crate-missing", "1: crate-missing"]
    );
}
