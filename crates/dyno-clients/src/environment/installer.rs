//! Installers that take their time: what they say last, and for how long they have been at it.
//!
//! A library without a binary package is compiled by its installer, which may take half an hour without a word.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use dyno_workers::spawn_group;

use super::{EnvironmentError, TAIL_LINES, command_line};

/// How often it is told how far an installer is.
const TALK_EVERY: Duration = Duration::from_secs(10);

/// Longest line of an installer that is told, in characters.
const LINE_MOST: usize = 100;

/// Runs an installer to its end. `talk` hears now and then how far it is.
///
/// # Errors
/// When it cannot be started or fails.
pub(super) fn run(
    client: &str,
    command: &mut Command,
    talk: &mut dyn FnMut(&str),
) -> Result<(), EnvironmentError> {
    watch(client, command, TALK_EVERY, talk)
}

fn watch(
    client: &str,
    command: &mut Command,
    talk_every: Duration,
    talk: &mut dyn FnMut(&str),
) -> Result<(), EnvironmentError> {
    let began = Instant::now();
    let line = command_line(command);
    let failed = super::failing(client, &line);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut child, _group) =
        spawn_group(command).map_err(|error| failed(error.to_string(), String::new()))?;
    let (heard, lines) = channel();
    child.stdout.take().into_iter().for_each(|pipe| forward(pipe, false, heard.clone()));
    child.stderr.take().into_iter().for_each(|pipe| forward(pipe, true, heard.clone()));
    drop(heard);
    let (mut said, mut complained): (Vec<String>, Vec<String>) = Default::default();
    let (mut last, mut told) = (String::new(), began);
    loop {
        match lines.recv_timeout(talk_every.saturating_sub(told.elapsed())) {
            Ok((is_complaint, line)) => {
                last.clone_from(&line);
                if is_complaint { complained.push(line) } else { said.push(line) }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if told.elapsed() >= talk_every {
            told = Instant::now();
            talk(&progress(client, began.elapsed(), &last));
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string(), String::new()))?;
    tracing::info!(client, command = line, %status, spent = ?began.elapsed(), "set-up");
    if status.success() {
        return Ok(());
    }
    // What it complained of comes last, as that says why.
    said.append(&mut complained);
    Err(failed(status.to_string(), said[said.len().saturating_sub(TAIL_LINES)..].join("\n")))
}

/// Such as `setting up requestx: 130 s so far; Building wheel for requestx (pyproject.toml): started`.
fn progress(client: &str, spent: Duration, last: &str) -> String {
    let last: String = last.trim().chars().filter(|letter| !letter.is_control()).take(LINE_MOST).collect();
    let separator = if last.is_empty() { "" } else { "; " };
    format!("setting up {client}: {} s so far{separator}{last}", spent.as_secs())
}

/// Sends what comes through a pipe, line by line, until it closes. Whatever is no UTF-8 is replaced.
fn forward(pipe: impl Read + Send + 'static, is_complaint: bool, heard: Sender<(bool, String)>) {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if !text.is_empty() && heard.send((is_complaint, text)).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests;
