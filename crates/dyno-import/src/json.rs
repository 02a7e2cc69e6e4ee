//! Ways into foreign JSON and texts, with errors that name the place.

use dyno_model::{CellKey, Histogram, Measured};
use serde_json::Value;

use crate::{Format, ImportError};

pub(crate) const NS_PER_S: f64 = 1e9;
pub(crate) const NS_PER_MS: f64 = 1e6;

/// The error of a known tool.
pub(crate) fn broken(format: Format, problem: impl Into<String>) -> ImportError {
    ImportError::Broken { format, problem: problem.into() }
}

/// A number at a JSON pointer; `None` when it is absent or `null`, which is how tools write what was not measured.
pub(crate) fn optional(format: Format, value: &Value, pointer: &str) -> Result<Option<f64>, ImportError> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => match found.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(broken(format, format!("`{}` is {} and not a number", path(pointer), kind(found)))),
        },
    }
}

/// A number that has to be there.
pub(crate) fn number(format: Format, value: &Value, pointer: &str) -> Result<f64, ImportError> {
    optional(format, value, pointer)?.ok_or_else(|| broken(format, format!("`{}` is missing", path(pointer))))
}

/// A count that has to be there.
pub(crate) fn count(format: Format, value: &Value, pointer: &str) -> Result<u64, ImportError> {
    let number = number(format, value, pointer)?;
    whole(number)
        .ok_or_else(|| broken(format, format!("`{}` is {number}, which is not a count", path(pointer))))
}

/// A number that counts something.
pub(crate) fn whole(number: f64) -> Option<u64> {
    (number >= 0.0 && number < u64::MAX as f64).then_some(number.round() as u64)
}

fn path(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace("~1", "/").replace('/', ".")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The start of a foreign text, for errors.
pub(crate) fn clip(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The key of a metric: of an operation, or of the whole.
pub(crate) fn key(operation: Option<&str>, metric: &str) -> CellKey {
    match operation {
        Some(operation) => CellKey::of(operation, metric),
        None => CellKey::whole(metric),
    }
}

/// The histogram of times in nanoseconds; what is no time is left out.
pub(crate) fn histogram(times_ns: impl IntoIterator<Item = f64>) -> Histogram {
    let mut histogram = Histogram::new();
    times_ns.into_iter().filter_map(whole).for_each(|ns| histogram.record(ns));
    histogram.pack()
}

/// The statistics of a distribution that is known whole.
pub(crate) fn time_cells(measured: &mut Measured, operation: Option<&str>, histogram: &Histogram) {
    if histogram.is_empty() {
        return;
    }
    let samples = histogram.count();
    let mut cell = |metric: &str, value: f64| measured.cell(key(operation, metric), value, samples);
    cell("min", histogram.min() as f64);
    cell("mean", histogram.mean());
    cell("max", histogram.max() as f64);
    for (metric, q) in
        [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)]
    {
        cell(metric, histogram.quantile(q) as f64);
    }
}
