//! Everything that is shown of a run record, and of a comparison of runs.
//!
//! Each module is one output and a pure function of the record: no files, no clock, and no figures but
//! those that the record holds. Text in a record is foreign, so every output escapes it.
//! Called by the commands of `dyno`, which write and print what they get from here.

pub mod benchmarks;
pub mod clients;
pub mod comparison;
pub mod csv;
mod escape;
mod format;
pub mod github;
pub mod hgrm;
pub mod history;
pub mod hlog;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod openmetrics;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_comparison;
pub mod text;
mod words;

pub use comparison::render as render_comparison;
pub use format::{Format, FormatError, render};

#[cfg(test)]
mod tests;
