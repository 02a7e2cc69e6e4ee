//! Whole distributions, for showing where a change lies. Never decides anything.
//!
//! Works on the counts of histograms, so a million requests cost no more than a thousand. Called by comparisons for
//! their pictures and explanations.

mod harrell_davis;
mod shape;
mod shift;

pub use harrell_davis::harrell_davis;
pub use shape::{ks_distance, modes};
pub use shift::{SHIFT_QUANTILES, Shift, shift};

#[cfg(test)]
mod tests;
