//! The JSON of hyperfine (`--export-json`): every run of every command.
//!
//! One command is the whole result; several are its operations, by what was run.

use dyno_model::{CellKey, ErrorCount, Measured, MeasuredOperation};
use serde_json::Value;

use crate::json::{NS_PER_S, broken, histogram, key, number, optional, time_cells};
use crate::{Format, ImportError};

pub(crate) fn read(label: &str, value: &Value) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("hyperfine", label);
    let commands = value.get("results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (at, result) in commands.iter().enumerate() {
        let name = result.get("command").and_then(Value::as_str);
        let name =
            name.ok_or_else(|| broken(Format::Hyperfine, format!("`results[{at}].command` is missing")))?;
        let operation = (commands.len() > 1).then_some(name);
        let times = times(result)?;
        let count = errors(result, times.len() as u64);
        if let Some(share) = count.share() {
            measured.cell(key(operation, "errors"), share, count.attempts);
        }
        let histogram = histogram(times.iter().copied());
        if times.is_empty() {
            summary_only(&mut measured, operation, result)?;
        } else {
            time_cells(&mut measured, operation, &histogram);
            measured.replicates.insert(key(operation, "mean"), times);
        }
        let histogram = Some(histogram).filter(|histogram| !histogram.is_empty());
        if operation.is_some() {
            measured.operations.insert(name.to_owned(), MeasuredOperation { errors: Some(count), histogram });
        } else {
            measured.errors = Some(count);
            measured.histogram = histogram;
        }
    }
    Ok(measured)
}

/// Every run, in nanoseconds; empty when the file has the summary only.
fn times(result: &Value) -> Result<Vec<f64>, ImportError> {
    let items = result.get("times").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let time = |(at, item): (usize, &Value)| {
        let seconds = item.as_f64().filter(|seconds| *seconds >= 0.0);
        let seconds = seconds
            .ok_or_else(|| broken(Format::Hyperfine, format!("`times[{at}]` is {item} and no time")))?;
        Ok(seconds * NS_PER_S)
    };
    items.iter().enumerate().map(time).collect()
}

/// Runs that ended with another exit code than 0, or with none.
fn errors(result: &Value, runs: u64) -> ErrorCount {
    let codes = result.get("exit_codes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let errors = codes.iter().filter(|code| code.as_i64() != Some(0)).count() as u64;
    ErrorCount { attempts: runs, errors: errors.min(runs) }
}

fn summary_only(measured: &mut Measured, operation: Option<&str>, result: &Value) -> Result<(), ImportError> {
    measured.cell(key(operation, "mean"), number(Format::Hyperfine, result, "/mean")? * NS_PER_S, 1);
    for (theirs, ours) in [("median", "p50"), ("min", "min"), ("max", "max")] {
        if let Some(seconds) = optional(Format::Hyperfine, result, &format!("/{theirs}"))? {
            let key: CellKey = key(operation, ours);
            measured.cell(key, seconds * NS_PER_S, 1);
        }
    }
    Ok(())
}
