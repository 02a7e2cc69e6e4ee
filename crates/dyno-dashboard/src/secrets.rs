//! Configurations whole, in memory alone: what the store keeps of them has no secrets.

use std::collections::VecDeque;

use dyno_model::BenchmarkConfiguration;

/// Configurations with secrets that are remembered; the oldest are forgotten first.
const REMEMBERED_MOST: usize = 1_000;

/// The configurations of this process that have secrets.
#[derive(Default)]
pub(crate) struct Secrets(VecDeque<BenchmarkConfiguration>);

impl Secrets {
    /// Remembers a configuration, when it has a secret that the store does not keep.
    pub(crate) fn remember(&mut self, configuration: &BenchmarkConfiguration) {
        self.0.retain(|known| known.id != configuration.id);
        if configuration.has_secrets() {
            self.0.push_back(configuration.clone());
        }
        if self.0.len() > REMEMBERED_MOST {
            self.0.pop_front();
        }
    }

    /// The whole configuration, when it has secrets and was made by this process.
    pub(crate) fn whole(&self, id: &str) -> Option<BenchmarkConfiguration> {
        self.0.iter().find(|known| known.id == id).cloned()
    }
}
