//! Where a page is played: an empty folder that is also its home, and a target on a free port.
//!
//! Judges no output. Called by the tests of the documents.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::shape;

/// What documents call the target.
const ADDRESS: &str = "127.0.0.1:8080";
/// A part of a plan is completed with this.
const ANY_TARGET: &str = "target: { embedded: {} }\n";

/// A page's surroundings; gone when dropped.
pub struct Stage {
    folder: TempDir,
    target: Child,
    /// The target ends when this is closed.
    target_stdin: Option<ChildStdin>,
    address: String,
    /// Exit code of the last command, for `$?`.
    code: i32,
    /// Whether the machine disturbed the run that the last command played, which then may have any code of a run.
    pub is_disturbed: bool,
}

/// A run record of a Rust program.
const SHOP_RUN: &[u8] = include_bytes!("../../../dyno-perf/fixtures/shop.json");

impl Stage {
    /// Starts the target in an empty folder.
    pub fn set_up() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyno"));
        command.arg("embedded-target").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut target = command.spawn().unwrap();
        let target_stdin = target.stdin.take();
        let mut line = String::new();
        BufReader::new(target.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = said["listen"][0].as_str().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        // What the example of `dyno-perf` leaves behind; building that here would take a minute.
        std::fs::write(folder.path().join("shop-run.json"), SHOP_RUN).unwrap();
        Self { folder, target, target_stdin, address, code: 0, is_disturbed: false }
    }

    /// Runs a line of a page in a shell; gives what it printed on stdout and stderr, in the words of the page.
    pub fn run(&mut self, command: &str) -> String {
        let command = command.replace(ADDRESS, &self.address);
        // The group makes `$?` the code of the line before, as in one long session.
        let output = self.shell(&format!("exec 2>&1\n(exit {})\n{command}", self.code));
        self.code = output.0;
        self.is_disturbed = shape::is_disturbed(&output.1);
        output.1
    }

    /// Whether the last command did nothing of what it was asked: a verdict is a result, a usage error is none.
    pub fn has_not_worked(&self) -> bool {
        !matches!(self.code, 0 | 1 | 3)
    }

    /// Writes a plan under its name and resolves it; gives the exit code and what was printed.
    pub fn resolve(&self, name: Option<&str>, text: &str) -> (i32, String) {
        let text = text.replace(ADDRESS, &self.address);
        let name = name.unwrap_or("unnamed.yaml");
        std::fs::write(self.folder.path().join(name), &text).unwrap();
        let is_whole = text.lines().any(|line| line.starts_with("target:"));
        let text = if is_whole { text } else { format!("{ANY_TARGET}{text}") };
        std::fs::write(self.folder.path().join("resolved.yaml"), text).unwrap();
        self.shell("dyno run resolved.yaml --dry-run 2>&1")
    }

    fn shell(&self, script: &str) -> (i32, String) {
        let folder = self.folder.path();
        let programs = Path::new(env!("CARGO_BIN_EXE_dyno")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", script])
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("HOME", folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed = printed.replace(&self.address, ADDRESS).replace(&folder.display().to_string(), "~");
        (output.status.code().unwrap_or(-1), printed)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.target_stdin.take());
        let _ended = self.target.wait();
    }
}
