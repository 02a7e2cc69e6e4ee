//! A `dyno` with a store and a directory of its own, and a target that ends with its test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
const DYNO: &str = env!("CARGO_BIN_EXE_dyno");

/// A run with a low rate against a slow answer: even a noisy machine gives it a valid result.
pub const CALM: [&str; 6] = ["-q", "50", "-z", "1s", "-w", "0"];
/// The path that goes with it.
pub const CALM_PATH: &str = "/delay/200ms";

/// How long anything may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// `dyno` in an empty directory, with an empty store.
pub struct Dyno {
    directory: TempDir,
}

/// What a process left behind.
#[derive(Debug)]
pub struct Finished {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Dyno {
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// A file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The file of its store.
    pub fn store(&self) -> PathBuf {
        self.path("store/runs.db")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(DYNO);
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let steers = ["DYNO_", "CLICOLOR", "NO_COLOR", "GITHUB_", "HTTP_BENCHMARK_"]
                .iter()
                .any(|start| name.starts_with(start));
            if steers {
                command.env_remove(name);
            }
        }
        command.env("DYNO_STORE", self.store()).env("DYNO_PERF_PROFILE_DIR", self.path("profiles"));
        command
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        finished(self.command(arguments))
    }

    /// `dyno http` with flags, and a path of a target.
    pub fn http(&self, target: &Target, flags: &[&str], path: &str) -> Finished {
        let url = target.url(path);
        self.run(&[&["http"], flags, &[url.as_str()]].concat())
    }

    /// The newest record of the store.
    pub fn latest(&self) -> Value {
        let shown = self.run(&["runs", "show", "latest", "--json"]);
        assert_eq!(shown.code, 0, "{shown:?}");
        serde_json::from_str(&shown.stdout).unwrap()
    }

    /// Makes the newest run of this name a valid one, whatever a busy machine has made of it: only such can be tagged.
    pub fn make_valid(&self, name: &str) {
        let exported = self.run(&["runs", "export", name]);
        let mut record: Value = serde_json::from_str(&exported.stdout).unwrap();
        record["validity"] = serde_json::json!({ "state": "valid", "reasons": [] });
        std::fs::write(self.path("valid.json"), record.to_string()).unwrap();
        assert_eq!(self.run(&["runs", "rm", record["id"].as_str().unwrap()]).code, 0);
        assert_eq!(self.run(&["runs", "import", "valid.json"]).code, 0);
    }

    /// Waits until the store holds a second of a run that is being played.
    pub fn wait_for_a_second(&self) {
        until("a second is stored", || {
            let shown = self.run(&["runs", "show", "latest", "--json"]);
            let record: Value = serde_json::from_str(&shown.stdout).unwrap_or_default();
            record["intervals"].as_array().is_some_and(|intervals| !intervals.is_empty())
        });
    }

    /// The bytes of every file below its directory.
    pub fn all_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.directory.path(), &mut files);
        files
    }
}

impl Finished {
    /// Whether a run was played to its end. On a busy machine it may be doubted, which is another test's subject.
    pub fn is_played(&self) -> bool {
        [0, 3].contains(&self.code)
    }
}

/// Says that a test of `area` had nothing to test with, where the summary of all tests finds it.
pub fn skip(area: &str, why: &str) {
    if let Some(log) = std::env::var_os("DYNO_SKIP_LOG") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
        writeln!(file, "{area}: {}", why.lines().next().unwrap_or_default()).unwrap();
    }
}

/// Runs until the exit code is the expected one: a busy machine spoils a run now and then.
pub fn eventually(expected: i32, mut run: impl FnMut() -> Finished) -> Finished {
    let mut done = run();
    for _ in 0..5 {
        if done.code == expected {
            break;
        }
        done = run();
    }
    assert_eq!(done.code, expected, "{}\n{}", done.stdout, done.stderr);
    done
}

/// Runs a command to its end.
pub fn finished(mut command: Command) -> Finished {
    let output = command.output().unwrap();
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Asks again until it is so. What is asked takes its time, so there is no pause in between.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        std::thread::yield_now();
    }
}

/// The reference target as a process that ends when this is dropped.
pub struct Target {
    child: Child,
    address: String,
    announcement: Value,
}

impl Target {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more flags of the hidden command.
    pub fn start_with(flags: &[&str]) -> Self {
        let mut command = Command::new(DYNO);
        command.arg("embedded-target").args(flags);
        Self::of(command)
    }

    /// That of a command line.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announcement: Value = serde_json::from_str(&line).unwrap();
        let address = announcement["listen"][0].as_str().unwrap().to_owned();
        Self { child, address, announcement }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens with TLS, and the authority to trust.
    pub fn tls(&self) -> (String, &str) {
        let address = self.announcement["listen_tls"][0].as_str().unwrap();
        (format!("https://{address}"), self.announcement["ca_pem"].as_str().unwrap())
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
