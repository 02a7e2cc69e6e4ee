//! Messages to the host, whole lines from any thread.

use std::io::Write;
use std::sync::{Arc, Mutex};

use dyno_workers::ToHost;

/// The way to the host.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<dyn Write + Send>>);

impl Wire {
    pub(crate) fn new(answers: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(answers)))
    }

    /// Sends a message. A host that is gone is noticed where its orders are read.
    pub(crate) fn send(&self, message: &ToHost) {
        let line = message.line();
        if let Ok(mut answers) = self.0.lock() {
            let _ = answers.write_all(&line).and_then(|()| answers.flush());
        }
    }

    /// Says what went wrong at `place`.
    pub(crate) fn error(&self, place: &str, reason: impl std::fmt::Display) {
        self.send(&ToHost::Error { place: place.to_owned(), msg: reason.to_string() });
    }
}
