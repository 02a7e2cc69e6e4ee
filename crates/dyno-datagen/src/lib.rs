//! Seeded random data: the same seed and arrival give the same value everywhere.
//!
//! Pure functions of their arguments: no clock, no I/O, no shared state, so any split of a run over
//! threads or machines draws the same values. Not a cryptographic source. Called by the engine for
//! schedules, by drivers for templates, and by the reference target for bodies.

mod random;
mod text;
mod weighted;
mod zipf;

pub use random::{Random, mix};
pub use text::{body, hex, push_hex, push_text, push_uuid_v4, text, uuid_v4};
pub use weighted::WeightedChoice;
pub use zipf::Zipf;

#[cfg(test)]
mod tests;
