//! The report of the document database benchmark, in its two shapes: with a head `benchmark`, and flat.
//!
//! Latencies are in milliseconds. Both shapes share `summary`, `operations` and `timeline`.

use dyno_model::{ErrorCount, Measured, MeasuredOperation, PlanGroup};
use serde_json::Value;

use crate::json::{NS_PER_MS, broken, count, key, number, optional};
use crate::{Format, ImportError};

const STATISTICS: [(&str, &str); 8] = [
    ("min", "min"),
    ("max", "max"),
    ("mean", "mean"),
    ("median", "p50"),
    ("p50", "p50"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
];

/// Settings that say where and how it was written, not what was asked.
const NOT_ASKED: [&str; 8] =
    ["name", "target", "output", "monitor", "metrics", "auth", "cleanup", "data_cleanup"];

pub(crate) fn read(label: &str, value: &Value) -> Result<Measured, ImportError> {
    // The head is an object of its own, or the top itself.
    let head = value.get("benchmark").filter(|head| head.is_object()).unwrap_or(value);
    let mut measured = Measured::of_tool("docdb", label);
    measured.started_at = text(head, "start_time");
    measured.plan_name = text(head, "name");
    ask(&mut measured, head.get("config").unwrap_or(&Value::Null));
    let seconds = optional(Format::Docdb, head, "/duration_seconds")?;
    let attempts = count(Format::Docdb, value, "/summary/total_operations")?;
    let errors = optional(Format::Docdb, value, "/summary/total_errors")?.unwrap_or(0.0);
    let count = errors_of(attempts, errors)?;
    measured.errors = Some(count);
    fill(&mut measured, None, &value["summary"], count, seconds)?;
    let operations = value.get("operations").and_then(Value::as_object);
    for (name, operation) in operations.into_iter().flatten() {
        let attempts = crate::json::count(Format::Docdb, operation, "/count")?;
        let errors = optional(Format::Docdb, operation, "/errors")?.unwrap_or(0.0);
        let count = errors_of(attempts, errors)?;
        fill(&mut measured, Some(name), operation, count, seconds)?;
        measured.operations.insert(name.clone(), MeasuredOperation { errors: Some(count), histogram: None });
    }
    Ok(measured)
}

fn errors_of(attempts: u64, errors: f64) -> Result<ErrorCount, ImportError> {
    match crate::json::whole(errors) {
        Some(errors) if errors <= attempts => Ok(ErrorCount { attempts, errors }),
        _ => Err(broken(Format::Docdb, format!("it has {errors} errors in {attempts} operations"))),
    }
}

fn fill(
    measured: &mut Measured,
    operation: Option<&str>,
    value: &Value,
    count: ErrorCount,
    seconds: Option<f64>,
) -> Result<(), ImportError> {
    let Some(share) = count.share() else { return Ok(()) };
    let ok = count.attempts - count.errors;
    measured.cell(key(operation, "errors"), share, count.attempts);
    // Its own throughput counts failures in one version and not in the other, so it is computed where it can be.
    let rate = match seconds.filter(|seconds| *seconds > 0.0) {
        Some(seconds) => ok as f64 / seconds,
        None => number(Format::Docdb, value, "/throughput")? * ok as f64 / count.attempts as f64,
    };
    measured.cell(key(operation, "rate"), rate, ok);
    for (theirs, ours) in STATISTICS {
        if let Some(ms) = optional(Format::Docdb, value, &format!("/latency/{theirs}"))?.filter(|_| ok > 0) {
            measured.cell(key(operation, ours), ms * NS_PER_MS, ok);
        }
    }
    Ok(())
}

fn ask(measured: &mut Measured, config: &Value) {
    for (name, value) in config.as_object().into_iter().flatten() {
        let group = match name.as_str() {
            "workers" | "rampup" => PlanGroup::LoadModel,
            "duration" | "warmup" => PlanGroup::Note,
            name if NOT_ASKED.contains(&name) => continue,
            _ => PlanGroup::Plan,
        };
        let words = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        measured.ask(group, name, words);
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
