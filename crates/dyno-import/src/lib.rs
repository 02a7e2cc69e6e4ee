//! Results of other tools, and of `dyno` itself, read into what comparisons need.
//!
//! Bytes in, [`Measured`] out: units become nanoseconds and shares, and raw samples are kept where a tool has them.
//! What a tool does not say stays unknown; nothing is guessed. Not here: reading files and comparing. Called by
//! `dyno compare`.

mod criterion;
mod docdb;
mod dyno;
mod error;
mod format;
mod hey;
mod hyperfine;
mod json;
mod k6;
mod oha;
mod vegeta;
mod wrk;

pub use error::ImportError;
pub use format::Format;

use dyno_model::Measured;
use format::Content;

/// Reads a result, whichever tool wrote it. Several results come only from a bundle of stored runs, oldest first.
///
/// `label` is what people call it, usually the name of its file. A result in which nothing was measured is no error:
/// it has no times.
///
/// # Errors
/// When the bytes are no text, not of a known format, of a newer version of one, or broken.
pub fn import(label: &str, bytes: &[u8]) -> Result<Vec<Measured>, ImportError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| ImportError::NotText { at: error.valid_up_to() })?;
    let text = text.trim_start_matches('\u{feff}');
    let (format, content) = format::detect(text)?;
    let one = match (format, &content) {
        (Format::DynoRun, Content::Json(value)) => return dyno::read(label, value),
        (Format::Docdb, Content::Json(value)) => docdb::read(label, value),
        (Format::Oha, Content::Json(value)) => oha::read(label, value),
        (Format::K6, Content::Json(value)) => k6::read(label, value),
        (Format::Vegeta, Content::Json(value)) => vegeta::read_report(label, value),
        (Format::Hyperfine, Content::Json(value)) => hyperfine::read(label, value),
        (Format::Criterion, Content::Json(value)) => criterion::read(label, value),
        (Format::Vegeta, Content::Text(text)) => vegeta::read_results(label, text),
        (Format::Hey, Content::Text(text)) => hey::read(label, text),
        (Format::Wrk, Content::Text(text)) => wrk::read(label, text),
        _ => unreachable!("invariant: each format is found in one kind of content"),
    };
    one.map(|measured| vec![measured])
}

#[cfg(test)]
mod tests;
