//! The JSON of oha (`--output-format json`), since its version 1.

use dyno_model::{CellKey, ErrorCount, Measured};
use serde_json::Value;

use crate::json::{NS_PER_S, broken, number, optional, whole};
use crate::{Format, ImportError};

pub(crate) fn read(label: &str, value: &Value) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("oha", label);
    let errors = errors(value)?;
    measured.errors = Some(errors);
    let (answers, failed) = (answers(value)?, errors.errors);
    let ok = errors.attempts.saturating_sub(failed);
    let seconds = number(Format::Oha, value, "/summary/total")?;
    if let Some(share) = errors.share() {
        measured.cell(CellKey::whole("errors"), share, errors.attempts);
        if seconds > 0.0 {
            measured.cell(CellKey::whole("rate"), ok as f64 / seconds, ok);
        }
    }
    // Times are those of all answers, whatever their status.
    let mut time = |metric: &str, pointer: &str| -> Result<(), ImportError> {
        if let Some(seconds) = optional(Format::Oha, value, pointer)?.filter(|_| answers > 0) {
            measured.cell(CellKey::whole(metric), seconds * NS_PER_S, answers);
        }
        Ok(())
    };
    for (metric, name) in [("min", "fastest"), ("mean", "average"), ("max", "slowest")] {
        time(metric, &format!("/summary/{name}"))?;
    }
    for metric in ["p50", "p75", "p90", "p95", "p99", "p99.9"] {
        time(metric, &format!("/latencyPercentiles/{metric}"))?;
        time(&format!("first_byte.{metric}"), &format!("/firstBytePercentiles/{metric}"))?;
    }
    Ok(measured)
}

fn answers(value: &Value) -> Result<u64, ImportError> {
    counts(value, "statusCodeDistribution")?.iter().try_fold(0, |sum: u64, (_, count)| {
        sum.checked_add(*count).ok_or_else(|| broken(Format::Oha, "its status codes are too many to count"))
    })
}

/// What ended otherwise than with an answer below 400 is an error.
fn errors(value: &Value) -> Result<ErrorCount, ImportError> {
    let mut count = ErrorCount::default();
    for (code, number) in counts(value, "statusCodeDistribution")? {
        count.attempts = count.attempts.saturating_add(number);
        if code.parse().is_ok_and(|code: u16| code >= 400) {
            count.errors = count.errors.saturating_add(number);
        }
    }
    for (_, number) in counts(value, "errorDistribution")? {
        count.attempts = count.attempts.saturating_add(number);
        count.errors = count.errors.saturating_add(number);
    }
    Ok(count)
}

fn counts<'a>(value: &'a Value, key: &str) -> Result<Vec<(&'a str, u64)>, ImportError> {
    let missing = || broken(Format::Oha, format!("`{key}` is missing or not an object"));
    let map = value.get(key).and_then(Value::as_object).ok_or_else(missing)?;
    let count = |number: &Value| number.as_f64().and_then(whole);
    map.iter()
        .map(|(name, number)| {
            let count = count(number).ok_or_else(|| {
                broken(Format::Oha, format!("`{key}.{name}` is {number}, which is not a count"))
            })?;
            Ok((name.as_str(), count))
        })
        .collect()
}
