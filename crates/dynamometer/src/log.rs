//! The log file of `--log-file`: what this process does, one line per event, secrets hidden by value.
//!
//! Events come by `tracing` from the binary and its libraries; without the flag nothing listens and they cost nothing. What
//! must not be shown is told by [`hide`] as soon as it is known, before anything that could hold it is logged.

use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError, RwLock};

use dyno_model::Redactor;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::error::CommandError;

mod file;

use file::RotatedFile;

/// Longest line; a worker may write any amount to its stderr.
const LINE_MOST: usize = 8 << 10;

/// Every secret that this process knows.
static SECRETS: LazyLock<RwLock<Redactor>> = LazyLock::new(RwLock::default);

/// Writes events from now on to `path`, down to `level`.
///
/// # Errors
/// When the file cannot be written.
pub fn begin(path: &Path, level: Level) -> Result<(), CommandError> {
    let file = RotatedFile::open(path).map_err(|error| {
        CommandError::output(format!("cannot write the log `{}`", path.display())).because(error)
    })?;
    let log = Log { level, file: Mutex::new(file) };
    tracing::subscriber::set_global_default(log)
        .map_err(|error| CommandError::internal("the log was begun twice").because(error))
}

/// Hides the secrets of `redactor` in every line from now on.
pub fn hide(redactor: &Redactor) {
    SECRETS.write().unwrap_or_else(PoisonError::into_inner).learn(redactor);
}

struct Log {
    level: Level,
    file: Mutex<RotatedFile>,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Foreign libraries log what they are given, and in forms that no redactor knows. What is neither a span nor an
        // event is somebody who asks whether to log at all.
        !metadata.is_span() && *metadata.level() <= self.level && metadata.target().starts_with("dyno")
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(self.level.into())
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
        let text = one_line(&secrets.redact(&format!("{}{}", said.message, said.fields)));
        drop(secrets);
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let line = format!("{} {level:<5} {target}: {text}\n", jiff::Timestamp::now());
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write(line.as_bytes());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        // No span is enabled; one that is made anyway has to have a number.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What an event says: its message, and its fields as ` name=value`.
#[derive(Default)]
struct Said {
    message: String,
    fields: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            let _infallible = write!(self.fields, " {}={value}", field.name());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _infallible = write!(self.message, "{value:?}");
        } else {
            let _infallible = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}

/// The text on one line of bounded length, without characters that would steer a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if line.len() > LINE_MOST {
            line.push_str(" […]");
            break;
        }
        match c {
            '\n' => line.push_str("\\n"),
            c if c.is_control() => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests;
