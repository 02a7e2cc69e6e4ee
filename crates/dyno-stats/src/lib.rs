//! Numbers in, numbers out: warm-up detection, evenness of arrivals, intervals, paired and unpaired comparison.
//!
//! Pure functions without clocks or files. Where chance is needed the seed is an argument, so that the same
//! numbers always give the same answer. Not here: judging (`dyno-verdict`). Called by `dyno-engine` while a run is
//! played, by verdicts and by reports.

pub mod distribution;
pub mod gaps;
pub mod history;
mod interval;
pub mod paired;
pub mod random;
pub mod special;
pub mod unpaired;
pub mod warmup;

pub use interval::quantile_interval;
