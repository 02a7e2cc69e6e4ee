//! `/api/benchmarks`.

use std::time::SystemTime;

use dyno_model::{BenchmarkConfiguration, BenchmarkResult, BenchmarkStatus, ConfigurationStatus};
use dyno_server::{Call, Response, StatusCode};
use dyno_store::new_benchmark_id;
use serde_json::{Map, Value, json};

use super::{id_of, object};
use crate::answer;
use crate::configuration::{self, KEYS, Rules};
use crate::problem::{Mistake, Problem};
use crate::queue::{Job, Refused, WAITING_MOST, now};
use crate::shared::Shared;

/// What stands in place of a secret that the store did not keep.
const MASK: &str = "[redacted]";

pub(super) fn run(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let given = object(call)?;
    let (id, overrides) = read_request(&given)?;
    let mut store = shared.open()?;
    let kept = store.configuration(&id)?.ok_or_else(|| Problem::unknown("configuration", &id))?;
    if kept.status != ConfigurationStatus::Active {
        let word = kept.status.name();
        return Err(Problem::conflict(format!(
            "configuration `{id}` is {word}; make it ACTIVE with `PATCH /api/configurations/{id}`"
        )));
    }
    let whole = shared.secrets().whole(&id).unwrap_or(kept);
    let configuration = overridden(&whole, &overrides, shared)?;
    if has_mask(&configuration) {
        return Err(Problem::conflict(
            "the secrets of this configuration were in the memory of a process that is gone; send them again in \
             `override_params`, or make a new configuration",
        ));
    }
    if let Some(reason) = shared.player.refuses(&configuration) {
        return Err(Problem::conflict(configuration.redactor().redact(&reason)));
    }
    let result = begun(&configuration, shared);
    let accepted = answer::accepted(&result);
    let location = format!("/api/benchmarks/{}", result.id);
    shared.queue.add(&mut store, Job { result, configuration }).map_err(|refused| match refused {
        Refused::Full => Problem::new(
            429,
            "busy",
            format!(
                "{WAITING_MOST} benchmarks are waiting already, and one is played at a time; ask again later"
            ),
        ),
        Refused::Stopping => Problem::new(503, "stopping", "the monitor is stopping; ask the next one"),
        Refused::Store(error) => error.into(),
    })?;
    Ok(Response::json(&accepted).with_status(StatusCode::ACCEPTED).with_header("location", location))
}

pub(super) fn read(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let id = id_of(call);
    // Asked before the store: a benchmark that ends in between is found done, never lost.
    let place = shared.queue.place(&id);
    let result = shared.open()?.benchmark(&id)?.ok_or_else(|| Problem::unknown("benchmark", &id))?;
    Ok(Response::json(&answer::full(&result, place)))
}

pub(super) fn cancel(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let id = id_of(call);
    let mut store = shared.open()?;
    let is_cancelled = shared.queue.cancel(&mut store, &id)?;
    let place = shared.queue.place(&id);
    let result = store.benchmark(&id)?.ok_or_else(|| Problem::unknown("benchmark", &id))?;
    if is_cancelled {
        return Ok(Response::json(&answer::full(&result, place)).with_status(StatusCode::ACCEPTED));
    }
    Err(Problem::conflict(match result.status {
        BenchmarkStatus::Running => format!("benchmark `{id}` is played by another process; end it there"),
        status => format!("benchmark `{id}` is {} already", status.name()),
    }))
}

/// The id of the configuration, and what is changed for this time.
fn read_request(given: &Map<String, Value>) -> Result<(String, Map<String, Value>), Problem> {
    let mut mistakes = Vec::new();
    for key in given.keys().filter(|key| !["configuration_id", "override_params"].contains(&key.as_str())) {
        mistakes.push(Mistake::new(
            key,
            &Value::Null,
            "is not known; known are configuration_id, override_params",
        ));
    }
    let id = given.get("configuration_id");
    if id.is_none_or(|id| !id.is_string()) {
        let problem = if id.is_some() { "must be a text" } else { "is missing" };
        mistakes.push(Mistake::new("configuration_id", id.unwrap_or(&Value::Null), problem));
    }
    let overrides = match given.get("override_params") {
        None => Map::new(),
        Some(Value::Object(map)) => map.clone(),
        Some(other) => {
            mistakes.push(Mistake::new(
                "override_params",
                other,
                "must be an object of fields of a configuration",
            ));
            Map::new()
        }
    };
    if overrides.contains_key("status") {
        mistakes.push(Mistake::new(
            "override_params",
            &Value::Null,
            "must not have `status`, which is the configuration's own",
        ));
    }
    match id.and_then(Value::as_str) {
        Some(id) if mistakes.is_empty() => Ok((id.to_owned(), overrides)),
        _ => Err(Problem::invalid(mistakes)),
    }
}

/// The configuration with changes, checked anew.
fn overridden(
    whole: &BenchmarkConfiguration,
    overrides: &Map<String, Value>,
    shared: &Shared,
) -> Result<BenchmarkConfiguration, Problem> {
    let Value::Object(mut fields) = json!(whole) else {
        unreachable!("invariant: a configuration is an object")
    };
    fields.retain(|name, _| KEYS.contains(&name.as_str()));
    fields.extend(overrides.iter().map(|(name, value)| (name.clone(), value.clone())));
    let rules = Rules { settings: &shared.settings, clients: &shared.clients };
    configuration::read(&fields, &rules, &whole.id, &whole.created_at).map_err(Problem::invalid)
}

/// Whether a secret is missing.
fn has_mask(configuration: &BenchmarkConfiguration) -> bool {
    let mut texts = configuration.headers.values().chain([&configuration.target_url, &configuration.body]);
    texts.any(|text| text.contains(MASK))
}

/// The result of a benchmark that is about to be played.
fn begun(configuration: &BenchmarkConfiguration, shared: &Shared) -> BenchmarkResult {
    let redacted = configuration.redacted();
    let mut snapshot = json!(redacted);
    if !shared.settings.changed.is_empty() {
        snapshot["environment"] = json!(shared.settings.changed);
    }
    BenchmarkResult {
        id: new_benchmark_id(SystemTime::now()),
        configuration_id: Some(configuration.id.clone()),
        client_type: configuration.client_type().to_owned(),
        name: redacted.name,
        client_library: redacted.client_library,
        http_method: redacted.http_method,
        url: redacted.target_url,
        status: BenchmarkStatus::Running,
        error: None,
        start_time: now(),
        end_time: None,
        concurrency_level: configuration.concurrency,
        figures: None,
        config_snapshot: snapshot,
    }
}
