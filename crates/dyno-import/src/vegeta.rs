//! vegeta: its JSON report (`report -type=json`), and its results as JSON lines (`encode -to json`).

use std::collections::BTreeMap;

use dyno_model::{CellKey, ErrorCount, Histogram, Measured, MeasuredOperation};
use serde_json::Value;

use crate::json::{broken, count, number, optional, time_cells, whole};
use crate::{Format, ImportError};

const STATISTICS: [(&str, &str); 7] = [
    ("min", "min"),
    ("mean", "mean"),
    ("50th", "p50"),
    ("90th", "p90"),
    ("95th", "p95"),
    ("99th", "p99"),
    ("max", "max"),
];

pub(crate) fn read_report(label: &str, value: &Value) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("vegeta", label);
    measured.started_at = value.get("earliest").and_then(Value::as_str).unwrap_or_default().to_owned();
    let attempts = count(Format::Vegeta, value, "/requests")?;
    let success = number(Format::Vegeta, value, "/success")?;
    if !(0.0..=1.0).contains(&success) {
        return Err(broken(Format::Vegeta, format!("`success` is {success} and not a share from 0 to 1")));
    }
    let errors = ((1.0 - success) * attempts as f64).round() as u64;
    measured.errors = Some(ErrorCount { attempts, errors });
    if attempts == 0 {
        return Ok(measured);
    }
    measured.cell(CellKey::whole("errors"), errors as f64 / attempts as f64, attempts);
    // Versions before 12.3 have no throughput, which is that of successes.
    let rate = match optional(Format::Vegeta, value, "/throughput")? {
        Some(rate) => rate,
        None => number(Format::Vegeta, value, "/rate")? * success,
    };
    measured.cell(CellKey::whole("rate"), rate, attempts - errors);
    for (theirs, ours) in STATISTICS {
        if let Some(ns) = optional(Format::Vegeta, value, &format!("/latencies/{theirs}"))? {
            measured.cell(CellKey::whole(ours), ns, attempts);
        }
    }
    Ok(measured)
}

/// One operation's outcomes while lines are read.
#[derive(Default)]
struct Outcomes {
    count: ErrorCount,
    times: Histogram,
}

pub(crate) fn read_results(label: &str, text: &str) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("vegeta", label);
    let (mut all, mut by_attack) = (Outcomes::default(), BTreeMap::<String, Outcomes>::new());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at_line = |problem: String| broken(Format::Vegeta, format!("line {}: {problem}", index + 1));
        let value: Value = serde_json::from_str(line).map_err(|error| {
            at_line(if error.is_eof() { "it is cut off".to_owned() } else { error.to_string() })
        })?;
        let field = |pointer: &str| number(Format::Vegeta, &value, pointer);
        let code = field("/code").map_err(|error| at_line(error.to_string()))?;
        let latency = field("/latency").map_err(|error| at_line(error.to_string()))?;
        let has_failed = value.get("error").and_then(Value::as_str).is_some_and(|error| !error.is_empty());
        let is_ok = !has_failed && (200.0..400.0).contains(&code);
        let attack = value.get("attack").and_then(Value::as_str).unwrap_or_default();
        if measured.started_at.is_empty() {
            measured.started_at =
                value.get("timestamp").and_then(Value::as_str).unwrap_or_default().to_owned();
        }
        for outcomes in [&mut all, by_attack.entry(attack.to_owned()).or_default()] {
            outcomes.count.attempts += 1;
            outcomes.count.errors += u64::from(!is_ok);
            if let (true, Some(ns)) = (is_ok, whole(latency)) {
                outcomes.times.record(ns);
            }
        }
    }
    fill(&mut measured, None, &all);
    measured.errors = Some(all.count);
    measured.histogram = Some(all.times.pack()).filter(|times| !times.is_empty());
    // The name of an attack is empty unless given, and one attack is the whole.
    if by_attack.len() > 1 {
        for (name, outcomes) in by_attack {
            fill(&mut measured, Some(&name), &outcomes);
            let histogram = Some(outcomes.times.pack()).filter(|times| !times.is_empty());
            measured.operations.insert(name, MeasuredOperation { errors: Some(outcomes.count), histogram });
        }
    }
    Ok(measured)
}

fn fill(measured: &mut Measured, operation: Option<&str>, outcomes: &Outcomes) {
    if let Some(share) = outcomes.count.share() {
        measured.cell(crate::json::key(operation, "errors"), share, outcomes.count.attempts);
    }
    time_cells(measured, operation, &outcomes.times);
}
