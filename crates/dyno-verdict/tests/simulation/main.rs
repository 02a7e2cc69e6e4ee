//! The promises of the gate, kept or broken on machines whose truth is known.
//!
//! Each setting plays two thousand gates of twenty cells with equal builds through the real gate. Seeds are fixed, so a
//! failure is a change of the arithmetic and never bad luck. Rivals play on the same rounds.

mod beside_rivals;
mod coverage;
mod false_alarms;
mod intervals;
mod play;
mod power;
mod promises;
mod rivals;
mod world;
