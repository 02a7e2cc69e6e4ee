//! Checks of an answer: what must hold, and what to say when it does not.
//!
//! The status is judged by the session, since it also decides without any check. Called after the clock was read.

use std::time::Duration;

use dyno_model::{Check, Template};
use regex::bytes::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::answer::{AnswerView, shown};
use super::exchange::BODY_BYTES_KEPT_MAX;
use crate::render::{Renderer, Values};

/// A check that is ready to be made.
#[derive(Debug)]
pub(crate) enum CompiledCheck {
    Header { name: String, value: Option<Template> },
    BodyContains(Template),
    BodyMatches(Regex),
    Json { path: JsonPath, text: String, equals: Option<Template> },
    Size { min: u64, max: u64 },
    TimeAtMost(Duration),
}

impl CompiledCheck {
    /// Compiles a check; `None` for the status, which is judged elsewhere.
    pub(super) fn new(check: &Check) -> Result<Option<Self>, String> {
        Ok(Some(match check {
            Check::Status(_) => return Ok(None),
            Check::Header { name, value } => Self::Header { name: name.clone(), value: value.clone() },
            Check::BodyContains(text) => Self::BodyContains(text.clone()),
            Check::BodyMatches(pattern) => Self::BodyMatches(regex(pattern)?),
            Check::Json { path, equals } => {
                Self::Json { path: json_path(path)?, text: path.clone(), equals: equals.clone() }
            }
            Check::Size { min, max } => Self::Size { min: *min, max: *max },
            Check::TimeAtMost(limit) => Self::TimeAtMost(*limit),
        }))
    }

    /// Whether it looks at the body.
    pub(super) fn needs_body(&self) -> bool {
        matches!(self, Self::BodyContains(_) | Self::BodyMatches(_) | Self::Json { .. })
    }

    /// Makes the check; the error says which one, what was expected and what came.
    pub(super) fn verify(
        &self,
        answer: &AnswerView<'_>,
        renderer: Renderer<'_>,
        values: Values<'_>,
    ) -> Result<(), String> {
        let expected =
            |template: &Template| renderer.expected(template, values).map_err(|error| error.to_string());
        if self.needs_body() && answer.is_cut {
            return Err(format!(
                "the body is longer than {BODY_BYTES_KEPT_MAX} bytes, the most that a check reads"
            ));
        }
        match self {
            Self::Header { name, value: None } => match answer.headers.get(name) {
                Some(_) => Ok(()),
                None => Err(format!("check `header`: the answer has no `{name}`")),
            },
            Self::Header { name, value: Some(value) } => verify_header(name, &expected(value)?, answer),
            Self::BodyContains(text) => {
                let wanted = expected(text)?;
                match memchr::memmem::find(answer.body, wanted.as_bytes()) {
                    Some(_) => Ok(()),
                    None => {
                        let (wanted, came) = (shown(&wanted), answer.shown_body());
                        Err(format!("check `body_contains`: expected {wanted}, came {came}"))
                    }
                }
            }
            Self::BodyMatches(pattern) => match pattern.is_match(answer.body) {
                true => Ok(()),
                false => {
                    let came = answer.shown_body();
                    Err(format!("check `body_matches`: expected a match of `{pattern}`, came {came}"))
                }
            },
            Self::Json { path, text, equals } => {
                let wanted = equals.as_ref().map(expected).transpose()?;
                verify_json(path, wanted.as_deref(), answer)
                    .map_err(|reason| format!("check `json` of `{text}`: {reason}"))
            }
            Self::Size { min, max } => match (*min..=*max).contains(&answer.size) {
                true => Ok(()),
                false => {
                    let wanted = if min == max { min.to_string() } else { format!("{min} to {max}") };
                    Err(format!("check `size`: expected {wanted} bytes, came {}", answer.size))
                }
            },
            Self::TimeAtMost(limit) => {
                let took = Duration::from_nanos(answer.service_ns);
                if took <= *limit {
                    Ok(())
                } else {
                    Err(format!("check `time`: at most {limit:?}, took {took:.1?}"))
                }
            }
        }
    }
}

fn verify_header(name: &str, wanted: &str, answer: &AnswerView<'_>) -> Result<(), String> {
    if answer.headers.all(name).any(|value| value == wanted.as_bytes()) {
        return Ok(());
    }
    let wanted = shown(wanted);
    match answer.headers.get(name) {
        None => Err(format!("check `header`: expected `{name}` to be {wanted}, the answer has none")),
        Some(value) => {
            let came = shown(&String::from_utf8_lossy(value));
            Err(format!("check `header`: expected `{name}` to be {wanted}, came {came}"))
        }
    }
}

fn verify_json(path: &JsonPath, wanted: Option<&str>, answer: &AnswerView<'_>) -> Result<(), String> {
    let found = path.query(answer.json().map_err(str::to_owned)?).all();
    let Some(wanted) = wanted else {
        return if found.is_empty() {
            Err(format!("nothing there in {}", answer.shown_body()))
        } else {
            Ok(())
        };
    };
    // A value with holes may come without quotes; then it is the text itself.
    let value = serde_json::from_str(wanted).unwrap_or_else(|_| Value::from(wanted));
    match found.as_slice() {
        [] => Err(format!("expected {}, nothing there in {}", shown(wanted), answer.shown_body())),
        [one] if is_equal(one, &value) => Ok(()),
        [one] => Err(format!("expected {}, came {}", shown(wanted), shown(&one.to_string()))),
        several => Err(format!("expected {}, came {} values", shown(wanted), several.len())),
    }
}

/// Equality of JSON, where 1 and 1.0 are the same number.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_equal(one, other)))
        }
        (one, other) => one == other,
    }
}

pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
}

pub(super) fn json_path(path: &str) -> Result<JsonPath, String> {
    JsonPath::parse(path).map_err(|error| format!("`{path}` is not a JSON path: {error}"))
}
