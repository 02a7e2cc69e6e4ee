//! Values taken from answers, for later steps of the same journey.
//!
//! An answer without the value is a wrong answer. Called after the checks.

use dyno_model::Extract;
use regex::bytes::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::answer::AnswerView;
use super::check;
use super::exchange::BODY_BYTES_KEPT_MAX;

/// An extract that is ready to be made.
#[derive(Debug)]
pub(crate) enum CompiledExtract {
    Json(JsonPath, String),
    Header(String),
    Regex(Regex),
    Cookie(String),
}

impl CompiledExtract {
    pub(super) fn new(extract: &Extract) -> Result<Self, String> {
        Ok(match extract {
            Extract::Json(path) => Self::Json(check::json_path(path)?, path.clone()),
            Extract::Header(name) => Self::Header(name.clone()),
            Extract::Regex(pattern) => Self::Regex(check::regex(pattern)?),
            Extract::Cookie(name) => Self::Cookie(name.clone()),
        })
    }

    /// Whether it looks at the body.
    pub(super) fn needs_body(&self) -> bool {
        matches!(self, Self::Json(..) | Self::Regex(_))
    }

    /// Takes the value; the error says what was looked for and in what.
    pub(super) fn take(&self, answer: &AnswerView<'_>) -> Result<String, String> {
        if self.needs_body() && answer.is_cut {
            return Err(format!(
                "the body is longer than {BODY_BYTES_KEPT_MAX} bytes, the most that is read"
            ));
        }
        let nothing = |what: &str| format!("{what} is not in {}", answer.shown_body());
        match self {
            Self::Json(path, text) => match path.query(answer.json().map_err(str::to_owned)?).first() {
                Some(Value::String(value)) => Ok(value.clone()),
                Some(value) => Ok(value.to_string()),
                None => Err(nothing(&format!("`{text}`"))),
            },
            Self::Regex(pattern) => match pattern.captures(answer.body) {
                // The first group that took part, so that alternatives may each have one.
                Some(found) => {
                    let group = found.iter().skip(1).flatten().next().or_else(|| found.get(0));
                    Ok(String::from_utf8_lossy(group.map_or(&[][..], |group| group.as_bytes())).into_owned())
                }
                None => Err(nothing(&format!("a match of `{pattern}`"))),
            },
            Self::Header(name) => match answer.headers.get(name) {
                Some(value) => Ok(String::from_utf8_lossy(value).into_owned()),
                None => Err(format!("the answer has no header `{name}`")),
            },
            Self::Cookie(name) => {
                let set = answer.headers.all("set-cookie").filter_map(|field| str::from_utf8(field).ok());
                let found = set.filter_map(|field| {
                    let (known, value) = field.split(';').next()?.split_once('=')?;
                    (known.trim() == name).then(|| value.trim().to_owned())
                });
                found.last().ok_or_else(|| format!("the answer sets no cookie `{name}`"))
            }
        }
    }
}
