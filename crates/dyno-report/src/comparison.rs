//! Everything that is shown of a comparison record. The counterpart of the outputs of a run.
//!
//! Each module is one output and a pure function of the record: no files, no clock, and no figures but those that the
//! record holds. Called by `dyno compare`, `dyno report` and `dyno runs show`.

use dyno_model::ComparisonRecord;

use crate::{Format, FormatError};

mod csv;
mod github;
mod junit;
mod markdown;
pub(crate) mod text;
pub(crate) mod words;

pub use github::annotations;
pub use text::{explanation, summary};

/// The bytes of a file of the given kind.
///
/// # Errors
/// When the kind shows one run only, such as an HdrHistogram log.
pub fn render(format: Format, record: &ComparisonRecord) -> Result<Vec<u8>, FormatError> {
    let text = match format {
        Format::Json => json(record),
        Format::Html => crate::html::comparison::page(record),
        Format::Markdown => markdown::report(record),
        Format::Csv => csv::rows(record),
        Format::Junit => junit::report(record),
        other => return Err(FormatError::RunsOnly { format: other.name() }),
    };
    Ok(text.into_bytes())
}

/// The record as indented JSON with a line end.
fn json(record: &ComparisonRecord) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("invariant: a record has only string keys");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
