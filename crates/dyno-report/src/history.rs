//! Everything that is shown of a plan's history: a table for the terminal, JSON, and a page with one drawing per metric.
//!
//! Called by `dyno history`.

use dyno_model::{HistoryChange, HistoryRecord, HistorySeries};

use crate::comparison::words;
use crate::{Format, FormatError};

mod text;

pub use text::summary;

/// The bytes of a file of the given kind.
///
/// # Errors
/// When the kind is neither the page nor JSON.
pub fn render(format: Format, record: &HistoryRecord) -> Result<Vec<u8>, FormatError> {
    let text = match format {
        Format::Html => crate::html::history::page(record),
        Format::Json => {
            let mut text =
                serde_json::to_string_pretty(record).expect("invariant: a record has only string keys");
            text.push('\n');
            text
        }
        other => return Err(FormatError::NoHistory { format: other.name() }),
    };
    Ok(text.into_bytes())
}

/// `browse p99`, `all rate`.
pub(crate) fn name(series: &HistorySeries) -> String {
    let operation = series.operation.as_deref().unwrap_or(crate::words::ALL);
    format!("{operation} {}", series.metric)
}

/// `+5.0 %, 12.00 ms to 12.60 ms, between RUN11 and RUN12 (p=0.0002)`.
pub(crate) fn change(record: &HistoryRecord, series: &HistorySeries, change: &HistoryChange) -> String {
    let session = |index: usize| record.sessions.get(index).map_or("?", |session| session.run_id.as_str());
    format!(
        "{}, {} to {}, between {} and {} ({})",
        words::amount(change.change, series.is_difference),
        words::value(series.unit, change.before),
        words::value(series.unit, change.after),
        session(change.at.saturating_sub(1)),
        session(change.at),
        words::probability(change.p),
    )
}

/// `+13.3 % in 3 steps, more than the tolerance of 10.0 %`; `None` without changes.
pub(crate) fn creep(series: &HistorySeries) -> Option<String> {
    let creep = series.creep.filter(|creep| creep.sum > 0.0)?;
    let tolerance = series.tolerance.unwrap_or(0.0);
    let beyond = if creep.is_exceeded { "more than" } else { "within" };
    Some(format!(
        "{} for the worse in {}, {beyond} the tolerance of {}",
        words::amount(creep.sum, series.is_difference),
        words::plural(usize::try_from(creep.steps).unwrap_or(usize::MAX), "step"),
        words::amount(tolerance, series.is_difference),
    ))
}

#[cfg(test)]
mod tests;
