//! The seam to whoever can play a benchmark.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dyno_model::{BenchmarkConfiguration, BenchmarkFigures};

/// A client library that a configuration may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOffer {
    /// Its name.
    pub name: String,
    /// Of `sync` and `async`.
    pub modes: Vec<String>,
}

/// How far a benchmark is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlayProgress {
    /// Requests that have ended.
    pub requests: u64,
    /// Of these, without an answer.
    pub failed: u64,
}

/// Plays benchmarks. Called on a thread of its own, one benchmark at a time.
pub trait Player: Send + Sync {
    /// The libraries that configurations may name.
    fn clients(&self) -> Vec<ClientOffer>;

    /// Why this configuration cannot be played here and now, with what to do about it; `None` when it can.
    fn refuses(&self, configuration: &BenchmarkConfiguration) -> Option<String>;

    /// Plays to the end, or until `stop` is true, whatever it is doing then; what was measured until then is given all the
    /// same. `heard` is told several times a second how far it is.
    ///
    /// # Errors
    /// When nothing could be measured: why, in words. They may hold secrets of the configuration.
    fn play(
        &self,
        configuration: &BenchmarkConfiguration,
        stop: &Arc<AtomicBool>,
        heard: &mut dyn FnMut(PlayProgress),
    ) -> Result<BenchmarkFigures, String>;
}
