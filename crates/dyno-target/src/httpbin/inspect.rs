//! Routes that show the request: its method, fields, query, body and where it came from.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyno_server::{Action, ResponseWriter};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::coding::{self, Coding};
use crate::httpbin::{self, form};
use crate::random::bits;

/// `/get`, `/head`.
pub(crate) fn get(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::json(call, response, 200, &shown(call))
}

/// `/post`, `/put`, `/patch`, `/delete`, `/anything`.
pub(crate) fn with_body(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        Ok(httpbin::json(call, response, 200, &shown_with_body(call)?))
    })
}

pub(crate) fn headers(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::json(call, response, 200, &json!({ "headers": headers_of(call) }))
}

pub(crate) fn ip(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::json(call, response, 200, &json!({ "origin": call.origin() }))
}

pub(crate) fn user_agent(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let agent = call.request.header_str("user-agent").unwrap_or_default();
    httpbin::json(call, response, 200, &json!({ "user-agent": agent }))
}

/// `/uuid`: the n-th of the seed; without one, of a number that each target draws for itself.
pub(crate) fn uuid(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let (seed, n) = call.draw()?;
        let (high, low) = (bits(seed, 2 * n), bits(seed, 2 * n + 1));
        // Version 4, variant 1 of RFC 9562.
        let (high, low) = ((high & !0xf000) | 0x4000, (low & !(0b11 << 62)) | (0b10 << 62));
        let uuid = format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        );
        Ok(httpbin::json(call, response, 200, &json!({ "uuid": uuid })))
    })
}

/// `/hostname`: a constant, so that the target tells nothing of its machine.
pub(crate) fn hostname(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::json(call, response, 200, &json!({ "hostname": "dyno" }))
}

pub(crate) fn version(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::json(call, response, 200, &json!({ "name": "dyno", "version": env!("CARGO_PKG_VERSION") }))
}

/// `/env`: nothing, unless the target was told to show variables.
pub(crate) fn env(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let shown: Map<String, Value> =
        call.target.state.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    httpbin::json(call, response, 200, &json!({ "env": shown }))
}

/// `/dump/request`: the request as HTTP/1.1 would write it.
pub(crate) fn dump(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let mut out = format!("{} {} HTTP/1.1\r\n", call.request.method(), call.request.target()).into_bytes();
    for (name, value) in call.request.headers() {
        out.extend_from_slice(canonical(name).as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(call.request.body());
    httpbin::content(call, response, httpbin::TEXT, &out)
}

pub(crate) fn gzip(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    encoded(call, response, Coding::Gzip, "gzipped")
}

pub(crate) fn deflate(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    encoded(call, response, Coding::Deflate, "deflated")
}

pub(crate) fn brotli(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    encoded(call, response, Coding::Brotli, "brotli")
}

fn encoded(call: &Call<'_>, response: &mut ResponseWriter<'_>, coding: Coding, flag: &str) -> Action {
    let mut value = shown(call);
    value[flag] = json!(true);
    httpbin::start(call, response, 200)
        .field("content-type", httpbin::JSON.as_bytes())
        .field("content-encoding", coding.name().as_bytes())
        .body(&coding::encode(coding, format!("{value}\n").as_bytes()));
    Action::Done
}

/// What `/get` shows.
pub(crate) fn shown(call: &Call<'_>) -> Value {
    json!({
        "args": multi_map(call.query.pairs()),
        "headers": headers_of(call),
        "method": call.request.method(),
        "origin": call.origin(),
        "url": call.url(),
    })
}

/// What `/post` shows; an error when the body is not what its content type says.
pub(crate) fn shown_with_body(call: &Call<'_>) -> Result<Value, String> {
    let body = call.request.body();
    let content_type = call.request.header_str("content-type").unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let (mut fields, mut files) = (Map::new(), Map::new());
    let mut data = Value::from(String::from_utf8_lossy(body));
    let mut parsed = Value::Null;
    match kind.trim().to_ascii_lowercase().as_str() {
        _ if body.is_empty() => {}
        "text/plain" | "text/html" => {}
        "application/x-www-form-urlencoded" => fields = form::urlencoded(body),
        "multipart/form-data" => (fields, files) = form::multipart(body, parameters)?,
        "application/json" => {
            parsed = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
        }
        kind => {
            let kind = if kind.is_empty() { "application/octet-stream" } else { kind };
            data = Value::from(format!("data:{kind};base64,{}", STANDARD.encode(body)));
        }
    }
    let mut value = shown(call);
    value["data"] = data;
    value["files"] = Value::Object(files);
    value["form"] = Value::Object(fields);
    value["json"] = parsed;
    Ok(value)
}

pub(crate) fn headers_of(call: &Call<'_>) -> Map<String, Value> {
    let fields = call.request.headers();
    multi_map(fields.map(|(name, value)| (Cow::Owned(canonical(name)), String::from_utf8_lossy(value))))
}

/// A name as most people write it: `content-type` becomes `Content-Type`.
fn canonical(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    let mut starts_word = true;
    for letter in name.chars() {
        canonical.push(if starts_word { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
        starts_word = letter == '-';
    }
    canonical
}

/// Names to lists of values, as go-httpbin shows them.
pub(crate) fn multi_map<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        let values = map.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(value));
        }
    }
    map
}
