//! Why a request is not answered as it was meant to be, as JSON: `code`, `message`, and the mistakes field by field.

use dyno_server::{Response, StatusCode};
use dyno_store::StoreError;
use serde::Serialize;
use serde_json::{Value, json};

/// The longest text of a request that an answer repeats.
const CLIP: usize = 120;

/// A field of a request that breaks the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mistake {
    /// Its name.
    pub(crate) field: String,
    /// Its value, clipped; null for a missing one and for one that may be a secret.
    pub(crate) value: Value,
    /// What it must be.
    pub(crate) problem: String,
}

impl Mistake {
    pub(crate) fn new(field: &str, value: &Value, problem: impl Into<String>) -> Self {
        Self { field: field.to_owned(), value: clipped(value), problem: problem.into() }
    }
}

/// An answer other than the one that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    status: u16,
    code: &'static str,
    message: String,
    mistakes: Vec<Mistake>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), mistakes: Vec::new() }
    }

    /// 422: it can be read, and breaks the contract.
    pub(crate) fn invalid(mistakes: Vec<Mistake>) -> Self {
        let parts: Vec<String> = mistakes
            .iter()
            .map(|mistake| match &mistake.value {
                Value::Null => format!("{} {}", mistake.field, mistake.problem),
                value => format!("{} is {value}; it {}", mistake.field, mistake.problem),
            })
            .collect();
        Self { mistakes, ..Self::new(422, "invalid", parts.join(". ")) }
    }

    /// 404: there is no such thing.
    pub(crate) fn unknown(what: &str, id: &str) -> Self {
        Self::new(404, "not_found", format!("there is no {what} `{}`", clip(id)))
    }

    /// 409: it is there, and not in a state for it.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    pub(crate) fn response(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({ "code": self.code, "message": self.message, "mistakes": self.mistakes });
        Response::json(&body).with_status(status)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownRun { .. } => Self::new(404, "not_found", error.to_string()),
            error => Self::new(503, "store", error.to_string()),
        }
    }
}

fn clipped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clip(text)),
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.chars().count() > CLIP { Value::String(clip(&text)) } else { value.clone() }
        }
        other => other.clone(),
    }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(CLIP) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
