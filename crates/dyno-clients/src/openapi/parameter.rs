//! Parameters of an operation: which of them are sent, with which value, and how they are written.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::pointer::Place;
use super::sample::Sampler;
use super::{Unmade, Version};

/// What stays as it is in a path or a query.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Header fields that are described elsewhere; a parameter of this name means nothing.
const ELSEWHERE: [&str; 2] = ["accept", "content-type"];

/// Where the parts of a request grow.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The path, with `{…}` for what was not put in yet.
    pub(super) path: String,
    pub(super) query: Vec<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) cookies: Vec<String>,
}

/// The parameters of a path and of its operation, which replace those of the same name and place.
pub(super) fn of<'a>(item: &Place<'a>, operation: &Place<'a>) -> Result<Vec<Place<'a>>, Unmade> {
    let mut all: Vec<Place<'a>> = Vec::new();
    for owner in [item, operation] {
        let listed = owner.get("parameters").map(|it| it.children()).unwrap_or_default();
        for (_, place) in listed {
            let place = place.resolved()?;
            let key = |place: &Place<'a>| (place.text("name"), place.text("in"));
            all.retain(|other| key(other) != key(&place));
            all.push(place);
        }
    }
    Ok(all)
}

/// Puts a parameter into the parts when it has to be sent: required, or with an example of its author.
pub(super) fn put(
    parts: &mut Parts,
    place: &Place<'_>,
    version: Version,
    sampler: &mut Sampler,
) -> Result<(), Unmade> {
    let name = place.text("name").ok_or_else(|| place.fails("has no name"))?;
    let kind = place.text("in").ok_or_else(|| place.fails("does not say where it stands (`in`)"))?;
    if !place.is("required") && kind != "path" && example(place)?.is_none() {
        return Ok(());
    }
    let value = value(place, version, sampler)?;
    match kind {
        "path" => {
            let slot = format!("{{{name}}}");
            if !parts.path.contains(&slot) {
                return Err(place.fails(format!("`{slot}` is not in the path")));
            }
            let text = encoded(&joined(place, &value, ",")?);
            if text.is_empty() {
                return Err(place.fails("is empty, and so would be its part of the path"));
            }
            parts.path = parts.path.replace(&slot, &text);
        }
        "query" => parts.query.extend(pairs(place, name, &value, version)?),
        "header" if ELSEWHERE.contains(&name.to_ascii_lowercase().as_str()) => {}
        "header" => {
            let text = joined(place, &value, ",")?;
            if !is_token(name) || text.chars().any(char::is_control) {
                return Err(place.fails("is not a header field that can be sent"));
            }
            parts.headers.push((name.to_owned(), text));
        }
        "cookie" => parts.cookies.push(format!("{name}={}", encoded(&joined(place, &value, ",")?))),
        other => return Err(place.fails(format!("stands in `{other}`, which is not known"))),
    }
    Ok(())
}

/// The author's own value: `example`, the first of `examples`, or `x-example`.
pub(super) fn example(place: &Place<'_>) -> Result<Option<Value>, Unmade> {
    let schema = place.get("schema").map(Place::resolved).transpose()?;
    for owner in [Some(place.clone()), schema].into_iter().flatten() {
        if let Some(value) = ["example", "x-example"].iter().find_map(|key| owner.value.get(key)) {
            return Ok(Some(value.clone()));
        }
        if let Some((_, first)) = owner.get("examples").and_then(|it| it.children().into_iter().next()) {
            // In a list it is a value, in a map an object that has one.
            let first = first.resolved()?;
            return Ok(Some(first.value.get("value").unwrap_or(first.value).clone()));
        }
    }
    Ok(None)
}

/// The author's value, or one that its schema allows. In Swagger 2.0 the parameter is a schema itself.
pub(super) fn value(place: &Place<'_>, version: Version, sampler: &mut Sampler) -> Result<Value, Unmade> {
    if let Some(value) = example(place)? {
        return Ok(value);
    }
    if let Some(schema) = place.get("schema") {
        return sampler.sample(&schema);
    }
    if version == Version::Swagger2 {
        return sampler.sample(place);
    }
    let media = place.get("content").and_then(|it| it.children().into_iter().next());
    let (_, media) = media.ok_or_else(|| place.fails("has neither `schema` nor `content`"))?;
    let value = value(&media, version, sampler)?;
    Ok(Value::String(value.to_string()))
}

/// The parts of a query that a value becomes.
fn pairs(place: &Place<'_>, name: &str, value: &Value, version: Version) -> Result<Vec<String>, Unmade> {
    let pair = |name: &str, value: &str| format!("{}={}", encoded(name), encoded(value));
    let is_exploded = match version {
        Version::Swagger2 => place.text("collectionFormat") == Some("multi"),
        Version::OpenApi3 => place.value.get("explode").and_then(Value::as_bool).unwrap_or(true),
    };
    match value {
        Value::Array(items) if is_exploded => {
            items.iter().map(|item| Ok(pair(name, &joined(place, item, ",")?))).collect()
        }
        Value::Object(fields) => {
            let is_deep = place.text("style") == Some("deepObject");
            let field = |(key, value): (&String, &Value)| {
                let text = joined(place, value, ",")?;
                Ok(pair(&if is_deep { format!("{name}[{key}]") } else { key.clone() }, &text))
            };
            fields.iter().map(field).collect()
        }
        value => {
            let separator = match place.text("collectionFormat").or_else(|| place.text("style")) {
                Some("ssv" | "spaceDelimited") => " ",
                Some("tsv") => "\t",
                Some("pipes" | "pipeDelimited") => "|",
                _ => ",",
            };
            Ok(vec![pair(name, &joined(place, value, separator)?)])
        }
    }
}

/// A value as one text.
pub(super) fn joined(place: &Place<'_>, value: &Value, separator: &str) -> Result<String, Unmade> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::String(value) => Ok(value.clone()),
        Value::Array(items) => {
            let texts: Result<Vec<_>, _> = items.iter().map(|item| joined(place, item, separator)).collect();
            Ok(texts?.join(separator))
        }
        Value::Object(_) => Err(place.fails("is an object, which cannot be written as one text")),
    }
}

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn is_token(name: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_one)
}
