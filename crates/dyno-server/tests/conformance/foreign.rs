//! Programs and libraries of others: where they are, and a visible skip where they are not.
//!
//! `cargo xtask test` makes the environments below `target/foreign`; a test only looks for them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The interpreter of the Python peers; logs the skip when there is none.
pub fn python(needed_by: &str) -> Option<PathBuf> {
    installed("python-peers", "bin/python", needed_by)
}

/// Node.js that finds the packages of its peers; logs the skip when either is missing.
pub fn node(needed_by: &str) -> Option<Command> {
    installed("node-peers", "node_modules/ws/package.json", needed_by)?;
    let mut node = Command::new(program("node", needed_by)?);
    node.env("NODE_PATH", environment("node-peers").join("node_modules"));
    Some(node)
}

/// A file of an environment, such as `bin/python`; logs the skip when the environment was not made.
pub fn installed(name: &str, file: &str, needed_by: &str) -> Option<PathBuf> {
    let directory = environment(name);
    let file = directory.join(file);
    let is_here = directory.join("made-for.txt").is_file() && file.is_file();
    found(is_here.then_some(file), &format!("the environment `{name}` is not installed"), needed_by)
}

/// A program of the system; logs the skip when it is not there.
pub fn program(name: &str, needed_by: &str) -> Option<PathBuf> {
    found(on_path(name), &format!("`{name}` is not installed"), needed_by)
}

/// Runs to the end; what was printed comes back.
pub fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Standard output and error as one text, for messages.
pub fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The first figure with a dot in what a program says of its version.
pub fn version(program: &Path, flag: &str) -> String {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = said(&output(Command::new(program).arg(flag)));
    let is_version = |word: &&str| word.contains('.') && word.bytes().any(|byte| byte.is_ascii_digit());
    let word = text.split([' ', '\n', '/']).find(is_version).unwrap_or("unknown");
    format!("{name} {}", word.trim_matches(|letter: char| !letter.is_ascii_digit()))
}

/// A pinned library of the environments, such as `h2 4.4.1`.
pub fn pinned(library: &str) -> String {
    let pins = concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/foreign.toml");
    let pins = std::fs::read_to_string(pins).unwrap();
    let pin = |mark: &str| {
        let (_, rest) = pins.split_once(&format!("\"{library}{mark}"))?;
        rest.split_once('"').map(|(version, _)| format!("{library} {version}"))
    };
    pin("==").or_else(|| pin("@")).unwrap()
}

fn environment(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("foreign").join(name)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = ["/usr/local/bin", "/usr/sbin", "/usr/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(folders).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn found<T>(what: Option<T>, why: &str, needed_by: &str) -> Option<T> {
    if what.is_none()
        && let Some(log) = std::env::var_os("DYNO_SKIP_LOG")
    {
        let mut file = OpenOptions::new().append(true).create(true).open(log).unwrap();
        file.write_all(format!("{needed_by}: {why}\n").as_bytes()).unwrap();
    }
    what
}
