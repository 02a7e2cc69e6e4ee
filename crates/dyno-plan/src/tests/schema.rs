//! The schema and the reader know the same keys, at every place of a plan.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::resolve_text;
use crate::plan_schema;

/// Every place of a plan that has keys: its type in the schema, and a plan that is `@` there.
const PLACES: [(&str, &str); 19] = [
    ("PlanFile", "@"),
    ("Target", "target: @"),
    ("Embedded", "target: { embedded: @ }"),
    ("Load", "load: @"),
    ("Open", "load: { open: @ }"),
    ("Stage", "load: { open: { stages: [ @ ] } }"),
    ("Closed", "load: { closed: @ }"),
    ("Phases", "phases: @"),
    ("WarmupRequests", "phases: { warmup: @ }"),
    ("Limits", "limits: @"),
    ("Http", "http: @"),
    ("Tls", "http: { tls: @ }"),
    ("Feeder", "feeders: { f: @ }"),
    ("Scenario", "scenarios: [ @ ]"),
    ("Step", "scenarios: [ { steps: [ @ ] } ]"),
    ("Check", "scenarios: [ { steps: [ { get: /, check: @ } ] } ]"),
    ("Auth", "scenarios: [ { steps: [ { get: /, auth: @ } ] } ]"),
    ("ThresholdForm", "thresholds: [ @ ]"),
    ("Stage", "load: { open: { stages: [ { hold: 1/s, for: 1s }, @ ] } }"),
];

fn keys_of_schema(schema: &Value, name: &str) -> BTreeSet<String> {
    let definition = if name == "PlanFile" { schema } else { &schema["$defs"][name] };
    assert_eq!(definition["additionalProperties"], json!(false), "{name} must refuse unknown keys");
    definition["properties"].as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

fn unknown_keys(plan: &str) -> Vec<(String, Option<String>)> {
    let problems = resolve_text(plan).err().map(|errors| errors.problems().to_vec()).unwrap_or_default();
    let unknown = problems.into_iter().filter(|problem| problem.message.starts_with("unknown key"));
    unknown.map(|problem| (problem.message, problem.hint)).collect()
}

#[test]
fn every_key_of_the_schema_is_read() {
    let schema = plan_schema();
    for (name, plan) in PLACES {
        for key in keys_of_schema(&schema, name) {
            let plan = plan.replace('@', &format!("{{ {key}: ~ }}"));
            assert_eq!(unknown_keys(&plan), [], "{plan}");
        }
    }
}

#[test]
fn every_key_that_is_read_is_in_the_schema() {
    let schema = plan_schema();
    for (name, plan) in PLACES {
        let plan = plan.replace('@', "{ qqqqqqqqqqqqqq: 1 }");
        let unknown = unknown_keys(&plan);
        let [(_, Some(hint))] = unknown.as_slice() else { panic!("{plan}: {unknown:?}") };
        let read: BTreeSet<String> =
            hint.trim_start_matches("known keys: ").split(", ").map(str::to_owned).collect();
        let read = if hint == "known keys: " { BTreeSet::new() } else { read };
        assert_eq!(read, keys_of_schema(&schema, name), "{plan}");
    }
}

#[test]
fn every_type_of_the_schema_is_tested() {
    let schema = plan_schema();
    let with_keys = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, d)| d["additionalProperties"] == json!(false));
    for (name, _) in with_keys {
        assert!(PLACES.iter().any(|(known, _)| known == name), "{name}");
    }
}

#[test]
fn every_key_is_described() {
    let schema = plan_schema();
    for (name, _) in PLACES {
        let definition = if name == "PlanFile" { &schema } else { &schema["$defs"][name] };
        for (key, value) in definition["properties"].as_object().into_iter().flatten() {
            assert!(value["description"].is_string(), "{name}.{key}");
        }
    }
}
