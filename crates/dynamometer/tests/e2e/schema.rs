//! A small reader of JSON Schemas: enough to hold a record against the schema that is published for it.

use serde_json::Value;

/// Where a value does not fit a schema, in words.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(schema, schema, value, "$", &mut found);
    found
}

fn visit(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference}"));
        visit(root, target, value, place, found);
    }
    for alternatives in ["anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()) {
        let fits = |alternative: &Value| {
            let mut inner = Vec::new();
            visit(root, alternative, value, place, &mut inner);
            inner.is_empty()
        };
        if !alternatives.iter().any(fits) {
            found.push(format!("{place} fits no alternative: {value}"));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        visit(root, part, value, place, found);
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{place} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{place} is none of {}: {value}", schema["enum"]));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|word| is_of_type(word, value)) {
        found.push(format!("{place} is not of type {types:?}: {value}"));
        return;
    }
    visit_parts(root, schema, value, place, found);
}

fn visit_parts(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Value::Object(map) = value {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !map.contains_key(key) {
                found.push(format!("{place}.{key} is missing"));
            }
        }
        for (key, item) in map {
            let place = format!("{place}.{key}");
            match (schema["properties"].get(key), schema.get("additionalProperties")) {
                (Some(property), _) => visit(root, property, item, &place, found),
                (None, Some(Value::Bool(false))) => found.push(format!("{place} is not foreseen")),
                (None, Some(rest)) => visit(root, rest, item, &place, found),
                (None, None) => {}
            }
        }
    }
    if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            visit(root, schema, item, &format!("{place}[{index}]"), found);
        }
    }
}

fn is_of_type(word: &str, value: &Value) -> bool {
    match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn a_missing_field_is_seen() {
    let schema = serde_json::json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } });
    assert_eq!(violations(&schema, &serde_json::json!({})), ["$.a is missing"]);
    assert_eq!(violations(&schema, &serde_json::json!({ "a": 1 })), Vec::<String>::new());
    assert_eq!(violations(&schema, &serde_json::json!({ "a": "1" })).len(), 1);
}
