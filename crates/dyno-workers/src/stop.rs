//! Ending a session before its time, from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

/// When a session shall end, and how long it may take for that. Looked at several times a second, whatever is waited for.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    drain: Duration,
}

impl Stop {
    /// Once `asked` is true, which it stays. A run may drain for `drain` after that; then, and wherever else it is, the
    /// worker is killed with its group.
    #[must_use]
    pub fn when(asked: Arc<AtomicBool>, drain: Duration) -> Self {
        Self { asked, drain }
    }

    /// Whether it shall end.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(SeqCst)
    }

    /// How long a run may drain.
    pub(crate) fn drain(&self) -> Duration {
        self.drain
    }
}
