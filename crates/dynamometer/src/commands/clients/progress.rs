//! How a contest of clients goes, on stderr: one line that changes on a terminal, one line per block elsewhere.

use std::io::{IsTerminal, Write};

use dyno_clients::Observer;

use crate::console;

/// Talks about a contest.
pub(super) struct Talk {
    is_quiet: bool,
    is_live: bool,
    last_block: Option<u32>,
}

impl Talk {
    pub(super) fn new(is_quiet: bool) -> Self {
        Self { is_quiet, is_live: std::io::stderr().is_terminal(), last_block: None }
    }

    /// Leaves the line that changes.
    pub(super) fn end(&self) {
        if self.is_live && !self.is_quiet {
            rewrite("");
        }
    }

    fn say(&self, text: &str) {
        if self.is_quiet {
        } else if self.is_live {
            rewrite(text);
        } else {
            console::talk(text);
        }
    }
}

/// Replaces the line. Talk that nobody can hear is no error.
fn rewrite(text: &str) {
    let _ = write!(anstream::stderr(), "\r\u{1b}[K{text}");
    let _ = anstream::stderr().flush();
}

impl Observer for Talk {
    fn stage(&mut self, text: &str) {
        tracing::info!("{text}");
        self.say(text);
    }

    fn segment(&mut self, block: u32, blocks: u32, label: &str) {
        if self.is_live {
            self.say(&format!("block {}/{blocks}  {label}", block + 1));
        } else if self.last_block != Some(block) {
            self.say(&format!("block {}/{blocks}", block + 1));
        }
        self.last_block = Some(block);
    }
}
