//! Series of sessions: where they changed for good, small changes that add up, and evidence while it comes in.
//!
//! Never decides a gate alone: it cuts the history that a new session is held against, and points out slow creep.
//! Values are logarithms. Called by comparisons of stored results and by views of the history.

mod change;
mod evidence;
mod ratchet;

pub use change::{CHANGE_LEVEL, ChangePoint, POINTS_LEAST, change_points, last_change};
pub use evidence::EProcess;
pub use ratchet::{Ratchet, ratchet};

#[cfg(test)]
mod tests;
