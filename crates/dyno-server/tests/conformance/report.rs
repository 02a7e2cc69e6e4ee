//! What each suite came to, told to `cargo xtask conformance` by one line per suite.
//!
//! Without `DYNO_CONFORMANCE_LOG` nothing is written; the assertion of the suite counts either way.

use std::fs::OpenOptions;
use std::io::Write as _;

/// One suite while its cases run.
pub struct Suite {
    name: &'static str,
    /// The program or library on the other side with its version; empty when it is ours.
    peer: String,
    passed: u32,
    failures: Vec<String>,
    skips: Vec<String>,
}

impl Suite {
    pub fn new(name: &'static str) -> Self {
        Self { name, peer: String::new(), passed: 0, failures: Vec::new(), skips: Vec::new() }
    }

    /// Names the program or library on the other side, with its version.
    pub fn with_peer(mut self, peer: impl Into<String>) -> Self {
        self.peer = peer.into();
        self
    }

    /// Names a demand that is not met or not tried, with the reason; it is shown in the table.
    pub fn without(mut self, demand: &str) -> Self {
        self.skips.push(demand.to_owned());
        self
    }

    /// Takes the result of one case; a failure says what was found.
    pub fn take(&mut self, case: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(found) => self.failures.push(format!("{case}\n    {found}")),
        }
    }

    /// Writes the line of this suite, then fails the test if a case failed.
    #[track_caller]
    pub fn finish(self) {
        if let Some(log) = std::env::var_os("DYNO_CONFORMANCE_LOG") {
            let mut file = OpenOptions::new().append(true).create(true).open(log).unwrap();
            let (failed, skips) = (self.failures.len(), self.skips.join("; "));
            let line = format!("{}\t{}\t{}\t{failed}\t{skips}\n", self.name, self.peer, self.passed);
            file.write_all(line.as_bytes()).unwrap();
        }
        let (name, failures) = (self.name, self.failures.join("\n"));
        assert!(self.failures.is_empty(), "{name}: {} failed\n{failures}", self.failures.len());
        assert!(self.passed > 0 || !self.skips.is_empty(), "{name}: no case ran");
    }
}

/// A library of this workspace with the version that it is built with, such as `hyper 1.12.0`.
pub fn with_locked_version(library: &str) -> String {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let start = format!("name = \"{library}\"\nversion = \"");
    let version = lock.split_once(&start).and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    format!("{library} {version}")
}
