use std::sync::Mutex;

use dyno_model::Redactor;
use tracing::Level;

use super::file::RotatedFile;
use super::{LINE_MOST, Log, hide, one_line};

/// What is written while `body` logs.
fn written(level: Level, body: impl FnOnce()) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dyno.log");
    let log = Log { level, file: Mutex::new(RotatedFile::open(&path).unwrap()) };
    tracing::subscriber::with_default(log, body);
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn a_line_has_its_time_its_level_its_place_and_its_fields() {
    let text = written(Level::DEBUG, || {
        tracing::info!(worker = "httpx", pid = 7, "started");
        tracing::debug!("with a\nline end and \u{1b}[31m a colour");
        tracing::trace!("too fine");
        tracing::info!(target: "rustls", "of a foreign library");
    });
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let (time, rest) = lines[0].split_once(' ').unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    assert_eq!(rest, "INFO  dyno::log::tests: started worker=httpx pid=7");
    assert!(lines[1].ends_with("with a\\nline end and \\u{1b}[31m a colour"), "{text}");
}

#[test]
fn secrets_are_hidden_in_messages_and_fields_however_they_are_written() {
    let mut redactor = Redactor::default();
    redactor.add("tok\"en-of-the-test");
    hide(&redactor);
    let secret = "tok\"en-of-the-test";
    let text = written(Level::TRACE, || {
        tracing::warn!("said {secret}");
        tracing::warn!(field = secret, "as text");
        tracing::warn!(field = ?secret, "as it is debugged");
        tracing::warn!(field = %format!("x{secret}x"), "inside");
    });
    assert_eq!(text.matches("[redacted]").count(), 4, "{text}");
    assert!(!text.contains("en-of-the-test"), "{text}");
}

#[test]
fn lines_are_bounded() {
    let line = one_line(&"ä".repeat(LINE_MOST));
    assert!(line.len() < LINE_MOST + 16 && line.ends_with(" […]"));
}
