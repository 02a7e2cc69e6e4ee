//! Base64 there and back, and making text harmless where a browser would run it.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use dyno_server::{Action, ResponseWriter};

use crate::call::Call;
use crate::httpbin;
use crate::query::decoded_path;

/// `/base64/{value}` and `/base64/decode/{value}`.
pub(crate) fn decode(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let value = decoded_path(call.parameters[0]);
    let engines = [&STANDARD, &URL_SAFE, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
    match engines.iter().find_map(|engine| engine.decode(value.as_bytes()).ok()) {
        Some(decoded) => typed(call, response, &decoded),
        None => httpbin::refuse(call, response, 400, "the value is no base64"),
    }
}

/// `/base64/encode/{value}`: the alphabet that is safe in URLs.
pub(crate) fn encode(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    typed(call, response, URL_SAFE.encode(decoded_path(call.parameters[0]).as_bytes()).as_bytes())
}

/// Answers with the content type that `?content-type=` asks for.
fn typed(call: &Call<'_>, response: &mut ResponseWriter<'_>, body: &[u8]) -> Action {
    let content_type = call.query.get("content-type").unwrap_or(Cow::Borrowed(httpbin::TEXT));
    if content_type.bytes().any(|byte| byte.is_ascii_control()) {
        return httpbin::refuse(call, response, 400, "`content-type` is no content type");
    }
    if is_harmless(&content_type) {
        return httpbin::content(call, response, &content_type, body);
    }
    let text = String::from_utf8_lossy(body);
    httpbin::content(call, response, &content_type, escaped(&content_type, &text).as_bytes())
}

/// Whether browsers only show content of that type.
fn is_harmless(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(&*kind, "application/json" | "application/octet-stream" | "text/plain")
}

/// `text` as it is, or with the letters of markup replaced where a browser would read them.
pub(crate) fn escaped<'t>(content_type: &str, text: &'t str) -> Cow<'t, str> {
    if is_harmless(content_type) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&#34;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}
