//! What is shown of a contest of HTTP client libraries. Computes nothing: pure functions of the record.

mod csv;
mod markdown;
pub(crate) mod rows;
mod sweep;
mod text;

use std::path::Path;

use dyno_model::ClientsRecord;

use crate::{Format, FormatError};

pub use sweep::overview;
pub use text::{WIDTH_MAX, summary};

/// The kinds of files that a contest can be written as.
const FORMATS: [Format; 4] = [Format::Json, Format::Html, Format::Markdown, Format::Csv];

/// The kind that a file name asks for.
///
/// # Errors
/// When its extension is not known, or a contest has no such form.
pub fn format_of(path: &Path) -> Result<Format, FormatError> {
    let format = Format::from_path(path)?;
    if FORMATS.contains(&format) {
        return Ok(format);
    }
    Err(FormatError::NotOfClients { format: format.name() })
}

/// The bytes of a file of one of the kinds that [`format_of`] gives; JSON for any other.
#[must_use]
pub fn render(format: Format, record: &ClientsRecord) -> Vec<u8> {
    match format {
        Format::Html => crate::html::clients::page(record).into_bytes(),
        Format::Markdown => markdown::report(record).into_bytes(),
        Format::Csv => csv::rows(record).into_bytes(),
        _ => {
            let mut text =
                serde_json::to_vec_pretty(record).expect("invariant: a record is made of JSON types");
            text.push(b'\n');
            text
        }
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
