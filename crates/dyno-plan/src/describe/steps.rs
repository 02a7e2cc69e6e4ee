//! Scenarios and steps in the form of a plan file.

use dyno_model::units::write_duration;
use dyno_model::{Body, Check, Credentials, Extract, HttpStep, OperationTable, Scenario, Template};
use serde_json::{Map, Value, json};

use crate::template::write;

pub(super) fn scenario(scenario: &Scenario, operations: &OperationTable) -> Value {
    let steps: Vec<Value> = scenario.steps.iter().map(|one| step(one, operations)).collect();
    json!({ "name": scenario.name, "weight": scenario.weight, "steps": steps })
}

fn step(step: &HttpStep, operations: &OperationTable) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(operations.name(step.operation)));
    map.insert("method".to_owned(), json!(step.method));
    map.insert("url".to_owned(), json!(write(&step.url)));
    if !step.headers.is_empty() {
        map.insert("headers".to_owned(), grouped(&step.headers));
    }
    match &step.body {
        Body::Empty => {}
        Body::Text(template) => drop(map.insert("body".to_owned(), json!(write(template)))),
        Body::Bytes(bytes) => drop(map.insert("body_bytes".to_owned(), json!(bytes.len()))),
        Body::Form(pairs) => drop(map.insert("form".to_owned(), grouped(pairs))),
    }
    match &step.credentials {
        None => {}
        Some(Credentials::Basic(secret)) => {
            map.insert("auth".to_owned(), json!({ "basic": secret.expose() }));
        }
        Some(Credentials::Bearer(secret)) => {
            map.insert("auth".to_owned(), json!({ "bearer": secret.expose() }));
        }
    }
    if !step.checks.is_empty() {
        map.insert("check".to_owned(), checks(&step.checks));
    }
    if !step.extracts.is_empty() {
        let entries = step.extracts.iter().map(|(name, extract)| (name.clone(), json!(source(extract))));
        map.insert("extract".to_owned(), Value::Object(entries.collect()));
    }
    if !step.pause_before.is_zero() {
        map.insert("pause".to_owned(), json!(write_duration(step.pause_before)));
    }
    Value::Object(map)
}

/// Pairs by name; several values of a name become a list.
fn grouped(pairs: &[(String, Template)]) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        push(&mut map, name, json!(write(value)));
    }
    Value::Object(map)
}

fn push(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        None => drop(map.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = json!([first.clone(), value]),
    }
}

fn source(extract: &Extract) -> String {
    match extract {
        Extract::Json(path) => format!("json:{path}"),
        Extract::Header(name) => format!("header:{name}"),
        Extract::Regex(pattern) => format!("regex:{}", pattern.replace("${", "$${")),
        Extract::Cookie(name) => format!("cookie:{name}"),
    }
}

fn checks(checks: &[Check]) -> Value {
    let mut map = Map::new();
    let mut headers = Map::new();
    let mut paths = Map::new();
    for check in checks {
        match check {
            Check::Status(ranges) => {
                let ranges = ranges.iter().map(|(from, to)| format!("{from}..{to}"));
                map.insert("status".to_owned(), ranges.collect());
            }
            Check::Header { name, value } => {
                headers.insert(
                    name.clone(),
                    value.as_ref().map_or(json!("present"), |value| json!(write(value))),
                );
            }
            Check::BodyContains(text) => push(&mut map, "body_contains", json!(write(text))),
            Check::BodyMatches(pattern) => {
                push(&mut map, "body_matches", json!(pattern.replace("${", "$${")));
            }
            Check::Json { path, equals } => {
                let value = equals.as_ref().map_or(json!("present"), json_value);
                paths.insert(path.clone(), value);
            }
            Check::Size { min, max } => drop(map.insert("size".to_owned(), json!(format!("{min}B..{max}B")))),
            Check::TimeAtMost(limit) => {
                map.insert("time".to_owned(), json!(format!("< {}", write_duration(*limit))));
            }
        }
    }
    if !headers.is_empty() {
        map.insert("header".to_owned(), Value::Object(headers));
    }
    if !paths.is_empty() {
        map.insert("json".to_owned(), Value::Object(paths));
    }
    Value::Object(map)
}

/// The compact JSON of a template as a value, so that a plan file could hold it.
fn json_value(template: &Template) -> Value {
    let text = write(template);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
