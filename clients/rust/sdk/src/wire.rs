//! Lines of JSON between worker and host, and the base64 columns inside of them. Knows no message by name.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The longest line, its LF included.
pub(crate) const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The worker's end of the conversation. Sending is safe from any thread.
pub(crate) struct Wire {
    out: Mutex<File>,
}

impl Wire {
    /// Moves descriptor 1 away and lets everything that prints go to stderr, so that a library's print is never
    /// taken for a message.
    pub(crate) fn open() -> std::io::Result<Self> {
        let stdout = std::io::stdout().as_raw_fd();
        // SAFETY: descriptors are numbers; both calls report an error for one that is not open.
        let moved = unsafe { libc::fcntl(stdout, libc::F_DUPFD_CLOEXEC, 3) };
        if moved < 0 || unsafe { libc::dup2(2, 1) } < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: the descriptor was made just now and belongs to nobody else.
        Ok(Self { out: Mutex::new(unsafe { File::from_raw_fd(moved) }) })
    }

    /// Writes one message. A host that has gone away ends the worker, as its end of stdin would.
    pub(crate) fn send(&self, kind: &str, mut fields: Map<String, Value>) {
        fields.insert("t".to_owned(), kind.into());
        let mut line = Value::Object(fields).to_string();
        line.push('\n');
        let mut out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if out.write_all(line.as_bytes()).is_err() {
            exit();
        }
    }
}

/// Ends the process without tearing libraries down while their threads are in the middle of a call.
pub(crate) fn exit() -> ! {
    // SAFETY: does not return and runs no code of this process.
    unsafe { libc::_exit(0) }
}

/// One line of the host.
pub(crate) enum Line {
    /// A message: its `t` and all fields.
    Message(String, Map<String, Value>),
    /// Something else, with the reason why it is none.
    Bad(String),
}

/// Reads the next line; `None` when the host has closed the pipe.
pub(crate) fn next_line(input: &mut impl BufRead) -> Option<Line> {
    let mut line = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).ok()?;
    if read == 0 {
        return None;
    }
    if line.last() != Some(&b'\n') && line.len() == LINE_BYTES_MAX {
        skip_line(input)?;
        return Some(Line::Bad(format!("a line is longer than {LINE_BYTES_MAX} bytes")));
    }
    Some(read_line(&line))
}

/// The descriptor of the host's messages.
pub(crate) fn input() -> BufReader<std::io::Stdin> {
    BufReader::new(std::io::stdin())
}

fn skip_line(input: &mut impl BufRead) -> Option<()> {
    loop {
        let buffer = input.fill_buf().ok()?;
        if buffer.is_empty() {
            return Some(());
        }
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                input.consume(end + 1);
                return Some(());
            }
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}

fn read_line(line: &[u8]) -> Line {
    match serde_json::from_slice(line) {
        Ok(Value::Object(mut fields)) => match fields.remove("t") {
            Some(Value::String(kind)) => Line::Message(kind, fields),
            _ => Line::Bad("a line has no text `t`".to_owned()),
        },
        Ok(_) => Line::Bad("a line is no JSON object".to_owned()),
        // The line is not quoted: it may hold a secret.
        Err(error) => Line::Bad(format!("a line is not JSON: {error}")),
    }
}

/// A little-endian array in base64.
pub(crate) fn column<const N: usize>(values: impl Iterator<Item = [u8; N]>) -> Value {
    let bytes: Vec<u8> = values.flatten().collect();
    STANDARD.encode(bytes).into()
}

/// The items of a base64 column.
pub(crate) fn read_column<const N: usize>(text: &Value, name: &str) -> Result<Vec<[u8; N]>, String> {
    let text = text.as_str().ok_or_else(|| format!("`{name}` is no text"))?;
    let bytes = STANDARD.decode(text).map_err(|error| format!("`{name}` is not base64: {error}"))?;
    let (items, rest) = bytes.as_chunks::<N>();
    if rest.is_empty() {
        return Ok(items.to_vec());
    }
    Err(format!("`{name}` has {} bytes, which is no multiple of {N}", bytes.len()))
}

#[cfg(test)]
mod tests;
