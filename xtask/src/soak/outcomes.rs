//! What came of one kind of load: how often what was expected, and what else.
//!
//! Counts only. Filled by the players, shown by `soak`.

use std::fmt;

/// So many surprises are kept in words; all are counted.
const MESSAGES_MAX: usize = 5;

/// The count of one player.
#[derive(Debug)]
pub struct Outcomes {
    name: &'static str,
    /// What went as it should, injected failures included.
    pub expected: u64,
    surprises: u64,
    messages: Vec<String>,
}

impl Outcomes {
    /// Nothing yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, expected: 0, surprises: 0, messages: Vec::new() }
    }

    /// Counts what was not expected.
    pub fn unexpected(&mut self, message: String) {
        self.surprises += 1;
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(message);
        }
    }

    /// Counts one result.
    pub fn add(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => self.expected += 1,
            Err(message) => self.unexpected(message),
        }
    }

    /// Whether something happened, and nothing that should not.
    pub fn are_good(&self) -> bool {
        self.surprises == 0 && self.expected > 0
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<22} {:>10} as expected, {} not", self.name, self.expected, self.surprises)?;
        self.messages.iter().try_for_each(|message| write!(f, "\n  {message}"))
    }
}
