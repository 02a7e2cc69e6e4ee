//! The end-of-test summary of k6: `--summary-export`, and what `handleSummary` gets, which nests its figures.
//!
//! Times are in milliseconds. A rate counts as `passes` how often something was true: for `http_req_failed` these are
//! the failures.

use dyno_model::{ErrorCount, Measured, PlanGroup};
use serde_json::Value;

use crate::json::{NS_PER_MS, broken, key, optional, whole};
use crate::{Format, ImportError};

/// The metric of times; where k6 tells expected answers apart, only theirs.
const TIMES: [&str; 2] = ["http_req_duration{expected_response:true}", "http_req_duration"];
const STATISTICS: [(&str, &str); 4] = [("avg", "mean"), ("min", "min"), ("med", "p50"), ("max", "max")];

pub(crate) fn read(label: &str, value: &Value) -> Result<Measured, ImportError> {
    let metrics = value.get("metrics").and_then(Value::as_object);
    let metrics = metrics.ok_or_else(|| broken(Format::K6, "`metrics` is not an object"))?;
    let metric = |name: &str| metrics.get(name).map(|found| found.get("values").unwrap_or(found));
    let mut measured = Measured::of_tool("k6", label);
    let attempts = figure(metric("http_reqs"), "count")?.and_then(whole).unwrap_or(0);
    let failed = match metric("http_req_failed") {
        None => None,
        // `rate` in summaries of `handleSummary`, `value` in those of `--summary-export`.
        some => figure(some, "rate")?.or(figure(some, "value")?),
    };
    if let (Some(share), true) = (failed.filter(|share| (0.0..=1.0).contains(share)), attempts > 0) {
        let errors = (share * attempts as f64).round() as u64;
        measured.errors = Some(ErrorCount { attempts, errors });
        measured.cell(key(None, "errors"), share, attempts);
    }
    if let Some(rate) = figure(metric("http_reqs"), "rate")?.filter(|_| attempts > 0) {
        // Failures never raise the throughput.
        measured.cell(key(None, "rate"), rate * (1.0 - failed.unwrap_or(0.0)), attempts);
    }
    let times = TIMES.iter().find_map(|name| metric(name));
    let samples = figure(times, "count")?.and_then(whole).unwrap_or(attempts);
    for (theirs, ours) in statistics(times) {
        if let Some(ms) = figure(times, &theirs)?.filter(|_| samples > 0) {
            measured.cell(key(None, &ours), ms * NS_PER_MS, samples);
        }
    }
    if let Some(users) = figure(metric("vus_max"), "max")?.or(figure(metric("vus_max"), "value")?) {
        measured.ask(PlanGroup::LoadModel, "users at most", users.to_string());
    }
    Ok(measured)
}

fn figure(values: Option<&Value>, name: &str) -> Result<Option<f64>, ImportError> {
    let Some(values) = values else { return Ok(None) };
    optional(Format::K6, values, &format!("/{name}"))
}

/// The statistics that are there: theirs, and our name of it. `p(99.9)` is `p99.9`.
fn statistics(times: Option<&Value>) -> Vec<(String, String)> {
    let names = times.and_then(Value::as_object).into_iter().flat_map(|map| map.keys());
    names
        .filter_map(|theirs| {
            let fixed =
                STATISTICS.iter().find(|(name, _)| name == theirs).map(|(_, ours)| (*ours).to_owned());
            let quantile = || {
                let percent: f64 = theirs.strip_prefix("p(")?.strip_suffix(')')?.parse().ok()?;
                (percent > 0.0 && percent < 100.0).then(|| format!("p{percent}"))
            };
            Some((theirs.clone(), fixed.or_else(quantile)?))
        })
        .collect()
}
