//! Numbers in, numbers out: warm-up detection, evenness of arrivals, intervals of quantiles.
//!
//! Pure functions without clocks, files or randomness, so that the same numbers always give the same answer.
//! Not here: judging (`dyno-verdict`). Called by `dyno-engine` while a run is played and by reports.

pub mod gaps;
mod interval;
pub mod warmup;

pub use interval::quantile_interval;
