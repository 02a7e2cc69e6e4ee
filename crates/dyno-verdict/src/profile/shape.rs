//! What a profile file may hold: one table that reading, suggestions and the JSON Schema share.

use serde_json::{Value, json};

use super::ProfileMistake;
use super::tree::{REPLACE, step};
use crate::kind::MetricKind;
use crate::rules::metric_hint;

/// What may stand at a place.
#[derive(Debug)]
pub(super) enum Shape {
    /// An object with these keys and no others.
    Object(&'static [Field]),
    /// An object with any keys.
    Map(&'static Shape),
    /// An object whose keys are metrics.
    Metrics(&'static Shape),
    /// One of two.
    Either(&'static Shape, &'static Shape),
    /// A number in these bounds.
    Number { least: f64, most: f64, example: &'static str },
    /// A whole number from 0.
    Count,
    /// Any text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
}

/// A key of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) shape: &'static Shape,
    pub(super) about: &'static str,
}

/// Checks a value against its shape and collects what is wrong.
pub(super) fn check(value: &Value, shape: &Shape, pointer: &str, mistakes: &mut Vec<ProfileMistake>) {
    if value.is_null() {
        return;
    }
    let mut wrong = |hint: String| {
        let place = if pointer.is_empty() { "the file" } else { pointer };
        let problem = format!("{place} is {}", kind_of(value));
        mistakes.push(ProfileMistake { pointer: pointer.to_owned(), problem, hint });
    };
    match (shape, value) {
        (Shape::Object(_) | Shape::Map(_) | Shape::Metrics(_), Value::Object(entries)) => {
            if let (Some(inner @ Value::Object(_)), 1) = (entries.get(REPLACE), entries.len()) {
                return check(inner, shape, &step(pointer, REPLACE), mistakes);
            }
            for (key, value) in entries {
                check_entry(key, value, shape, pointer, mistakes);
            }
        }
        (Shape::Object(_) | Shape::Map(_) | Shape::Metrics(_), _) => {
            wrong("write an object: { … }".to_owned());
        }
        (Shape::Either(Shape::Words(words), _), Value::String(word)) => {
            if !words.contains(&word.as_str()) {
                wrong(format!("write `{}`, or an object: {{ … }}", words.join("`, `")));
            }
        }
        (Shape::Either(_, other), _) => check(value, other, pointer, mistakes),
        (Shape::Number { least, most, example }, _) => {
            if !value.as_f64().is_some_and(|number| (*least..=*most).contains(&number)) {
                let most = if most.is_finite() { format!(" to {most}") } else { String::new() };
                wrong(format!("write a number from {least}{most}, such as {example}"));
            }
        }
        (Shape::Count, _) if value.as_u64().is_some() => {}
        (Shape::Count, _) => wrong("write a whole number from 0".to_owned()),
        (Shape::Text, Value::String(_)) => {}
        (Shape::Text, _) => wrong("write a text in quotes".to_owned()),
        (Shape::Words(words), Value::String(word)) if words.contains(&word.as_str()) => {}
        (Shape::Words(words), Value::String(word)) => wrong(words_hint(word, words)),
        (Shape::Words(words), _) => wrong(words_hint("", words)),
        (Shape::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                check(value, item, &format!("{pointer}/{index}"), mistakes);
            }
        }
        (Shape::List(_), _) => wrong("write a list: [ … ]".to_owned()),
    }
}

fn check_entry(key: &str, value: &Value, shape: &Shape, pointer: &str, mistakes: &mut Vec<ProfileMistake>) {
    let here = step(pointer, key);
    match shape {
        Shape::Object(fields) => match fields.iter().find(|field| field.key == key) {
            Some(field) => check(value, field.shape, &here, mistakes),
            None => {
                let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
                let problem = format!("{here} is an unknown key");
                mistakes.push(ProfileMistake { pointer: here, problem, hint: words_hint(key, &keys) });
            }
        },
        Shape::Map(inner) => check(value, inner, &here, mistakes),
        Shape::Metrics(inner) => {
            if let Some(hint) = wrong_metric(key) {
                let problem = format!("{here} is an unknown metric");
                return mistakes.push(ProfileMistake { pointer: here, problem, hint });
            }
            check(value, inner, &here, mistakes);
        }
        _ => {}
    }
}

/// Why a key is no metric, if it is none.
fn wrong_metric(key: &str) -> Option<String> {
    let (operation, metric) =
        key.rsplit_once('/').map_or((None, key), |(operation, metric)| (Some(operation), metric));
    if let Some(plain) = metric.strip_prefix("response.") {
        let better = operation.map_or(plain.to_owned(), |operation| format!("{operation}/{plain}"));
        return Some(format!("write `{better}`"));
    }
    MetricKind::of(metric).is_none().then(|| metric_hint(metric))
}

/// The nearest word, or all of them.
fn words_hint(word: &str, words: &[&str]) -> String {
    const SHOWN: usize = 12;
    let nearest = words
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&word.to_lowercase(), known), known))
        .filter(|(distance, known)| {
            *distance <= (known.len().min(word.len()) / 3).max(1) && *distance < known.len()
        })
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => format!("it may be {}", words[..words.len().min(SHOWN)].join(", ")),
    }
}

fn kind_of(value: &Value) -> String {
    const SHOWN: usize = 40;
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("the text `{}`", text.chars().take(SHOWN).collect::<String>()),
        other => format!("`{other}`"),
    }
}

/// The JSON Schema of a shape. Everything may be `null`, which deletes, and objects may be `{"!replace": …}`.
pub(super) fn schema(shape: &Shape) -> Value {
    let object = |mut inner: Value| {
        inner["type"] = json!("object");
        json!({ "anyOf": [
            inner,
            { "type": "object", "properties": { REPLACE: { "type": "object" } }, "required": [REPLACE], "additionalProperties": false },
            { "type": "null" },
        ] })
    };
    match shape {
        Shape::Object(fields) => {
            let properties: serde_json::Map<String, Value> = fields
                .iter()
                .map(|field| {
                    let mut inner = schema(field.shape);
                    inner["description"] = json!(field.about);
                    (field.key.to_owned(), inner)
                })
                .collect();
            object(json!({ "properties": properties, "additionalProperties": false }))
        }
        Shape::Map(inner) | Shape::Metrics(inner) => object(json!({ "additionalProperties": schema(inner) })),
        Shape::Either(one, other) => json!({ "anyOf": [schema(one), schema(other)] }),
        Shape::Number { least, most, .. } if most.is_infinite() => {
            json!({ "type": ["number", "null"], "minimum": least })
        }
        Shape::Number { least, most, .. } => {
            json!({ "type": ["number", "null"], "minimum": least, "maximum": most })
        }
        Shape::Count => json!({ "type": ["integer", "null"], "minimum": 0 }),
        Shape::Text => json!({ "type": ["string", "null"] }),
        Shape::Words(words) => {
            let mut all: Vec<Value> = words.iter().map(|word| json!(word)).collect();
            all.push(Value::Null);
            json!({ "enum": all })
        }
        Shape::List(item) => json!({ "type": ["array", "null"], "items": schema(item) }),
    }
}
