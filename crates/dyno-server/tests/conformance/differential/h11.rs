//! `h11` of Python: a state machine of HTTP/1.1 written from the RFC, asked through a pipe.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running interpreter; ends with its standard input.
pub struct H11 {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl H11 {
    pub fn start(python: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/differential/h11_server.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    /// What it saw in the bytes of one connection, in the words of the echo.
    pub fn seen(&mut self, wire: &[u8]) -> Vec<String> {
        let hex: String = wire.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(self.to, "{hex}").unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line.split_whitespace().map(|word| in_words_of_the_echo(&bytes_of(word))).collect()
    }
}

impl Drop for H11 {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The start as it is, the body escaped.
fn in_words_of_the_echo(seen: &[u8]) -> String {
    let body = seen.windows(2).position(|it| it == b": ").unwrap_or(seen.len());
    let start = String::from_utf8_lossy(&seen[..body]);
    format!("{start}{}", seen[body..].escape_ascii())
}
