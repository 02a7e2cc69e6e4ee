//! The body of a request: JSON, a form, several parts, text or bytes.

use serde_json::Value;

use super::pointer::Place;
use super::sample::Sampler;
use super::{Unmade, Version, parameter};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data";

/// Size of a made-up body of bytes or of a file.
const BYTES: usize = 256;

/// A body with its content type.
pub(super) struct Body {
    pub(super) content_type: String,
    pub(super) bytes: Vec<u8>,
}

/// The body of Swagger 2.0: a parameter that stands in `body`, or all those in `formData`.
pub(super) fn of_swagger(
    parameters: &[Place<'_>],
    consumes: &[String],
    sampler: &mut Sampler,
) -> Result<Option<Body>, Unmade> {
    if let Some(place) = parameters.iter().find(|place| place.text("in") == Some("body")) {
        let schema = place.child("schema")?;
        let value = sampler.sample(&schema)?;
        let media = if consumes.is_empty() { vec![JSON.to_owned()] } else { consumes.to_vec() };
        return written(place, &media, value, sampler).map(Some);
    }
    let sent = |place: &&Place<'_>| {
        place.text("in") == Some("formData")
            && (place.is("required") || place.value.get("x-example").is_some())
    };
    let fields: Vec<&Place<'_>> = parameters.iter().filter(sent).collect();
    let Some(first) = fields.first() else { return Ok(None) };
    let mut pairs = Vec::new();
    let mut has_file = false;
    for place in &fields {
        let name = place.text("name").ok_or_else(|| place.fails("has no name"))?.to_owned();
        let is_file = place.text("type") == Some("file");
        has_file |= is_file;
        let text = if is_file {
            sampler.word(BYTES)
        } else {
            parameter::joined(place, &parameter::value(place, Version::Swagger2, sampler)?, ",")?
        };
        pairs.push((name, text, is_file));
    }
    let is_parts =
        has_file || (consumes.iter().any(|it| it == PARTS) && !consumes.iter().any(|it| it == FORM));
    Ok(Some(if is_parts { parts(first, &pairs, sampler)? } else { form(&pairs) }))
}

/// The `requestBody` of OpenAPI 3.
pub(super) fn of_openapi(place: &Place<'_>, sampler: &mut Sampler) -> Result<Option<Body>, Unmade> {
    let content = place.child("content")?;
    let media: Vec<(String, Place<'_>)> = content.children();
    let known = |wanted: &dyn Fn(&str) -> bool| media.iter().find(|(name, _)| wanted(essence(name)));
    let chosen = known(&is_json)
        .or_else(|| known(&|name| name == FORM))
        .or_else(|| known(&|name| name == PARTS))
        .or_else(|| known(&|name| name.starts_with("text/") || name == "application/octet-stream"))
        .or_else(|| media.first());
    let Some((name, media)) = chosen else { return Err(content.fails("names no media type")) };
    let value = match parameter::example(media)? {
        Some(value) => value,
        None => match media.get("schema") {
            Some(schema) => sampler.sample(&schema)?,
            None => Value::String(sampler.word(BYTES)),
        },
    };
    written(media, std::slice::from_ref(name), value, sampler).map(Some)
}

fn essence(media: &str) -> &str {
    media.split(';').next().unwrap_or_default().trim()
}

fn is_json(media: &str) -> bool {
    media == JSON || media.ends_with("+json") || media == "*/*"
}

/// Writes a value as the first of these media types that can be written.
fn written(place: &Place<'_>, media: &[String], value: Value, sampler: &mut Sampler) -> Result<Body, Unmade> {
    if let Some(name) = media.iter().find(|name| is_json(essence(name))) {
        let content_type = if essence(name) == "*/*" { JSON.to_owned() } else { name.clone() };
        return Ok(Body { content_type, bytes: value.to_string().into_bytes() });
    }
    if let Value::Object(fields) = &value {
        let pair = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Object(_) => value.to_string(),
                other => parameter::joined(place, other, ",")?,
            };
            Ok((name.clone(), text, false))
        };
        if media.iter().any(|name| essence(name) == FORM) {
            return Ok(form(&fields.iter().map(pair).collect::<Result<Vec<_>, Unmade>>()?));
        }
        if media.iter().any(|name| essence(name) == PARTS) {
            return parts(place, &fields.iter().map(pair).collect::<Result<Vec<_>, Unmade>>()?, sampler);
        }
    }
    match (media.first(), value) {
        (Some(name), Value::String(text)) => {
            Ok(Body { content_type: name.clone(), bytes: text.into_bytes() })
        }
        (name, _) => {
            let name = name.map_or("nothing", String::as_str);
            Err(place.fails(format!("a body of `{name}` cannot be made up; give an example that is a text")))
        }
    }
}

type Field = (String, String, bool);

fn form(pairs: &[Field]) -> Body {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs.iter().map(|(name, value, _)| (name, value)));
    Body { content_type: FORM.to_owned(), bytes: form.finish().into_bytes() }
}

fn parts(place: &Place<'_>, pairs: &[Field], sampler: &mut Sampler) -> Result<Body, Unmade> {
    let boundary = format!("dyno{}", sampler.word(24));
    let mut text = String::new();
    for (name, value, is_file) in pairs {
        if name.chars().any(|c| c.is_control() || c == '"') || value.contains(&boundary) {
            return Err(place.fails(format!("`{}` cannot be a part of a form", name.escape_debug())));
        }
        let file =
            if *is_file { "; filename=\"file.bin\"\r\ncontent-type: application/octet-stream" } else { "" };
        text.push_str(&format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        ));
    }
    text.push_str(&format!("--{boundary}--\r\n"));
    Ok(Body { content_type: format!("{PARTS}; boundary={boundary}"), bytes: text.into_bytes() })
}
