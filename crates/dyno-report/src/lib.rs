//! Everything that is shown of a run record.
//!
//! Each module is one output and a pure function of the record: no files, no clock, and no figures but
//! those that the record holds. Text in a record is foreign, so every output escapes it.
//! Called by the commands of `dyno`, which write and print what they get from here.

pub mod csv;
mod escape;
mod format;
pub mod github;
pub mod hgrm;
pub mod hlog;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod openmetrics;
#[cfg(test)]
mod sample;
pub mod text;
mod words;

pub use format::{Format, FormatError, render};

#[cfg(test)]
mod tests;
