//! Routes of the httpbin family: the names, shapes and bounds of go-httpbin, so that existing scripts work.
//!
//! Errors are JSON with `status_code`, `error` and `detail`. Browsers of any origin may read the answers.

use dyno_proto::http1::reason_phrase;
use dyno_server::{Action, HeadWriter, ResponseWriter};
use serde_json::{Value, json};

use crate::call::Call;

pub(crate) mod auth;
pub(crate) mod bodies;
pub(crate) mod caching;
pub(crate) mod convert;
pub(crate) mod cookies;
pub(crate) mod digest;
pub(crate) mod form;
pub(crate) mod inspect;
pub(crate) mod pages;
pub(crate) mod range;
pub(crate) mod redirects;
pub(crate) mod status;
pub(crate) mod streams;

/// The content type of JSON answers.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
/// The content type of plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// The content type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Starts an answer that pages of the request's origin may read.
pub(crate) fn start<'w>(
    call: &Call<'_>,
    response: &'w mut ResponseWriter<'_>,
    status: u16,
) -> HeadWriter<'w> {
    let head = response.start(status);
    match call.request.header("origin") {
        Some(origin) => head
            .field("access-control-allow-origin", origin)
            .field("access-control-allow-credentials", b"true"),
        None => head,
    }
}

/// Answers with JSON in one line.
pub(crate) fn json(call: &Call<'_>, response: &mut ResponseWriter<'_>, status: u16, value: &Value) -> Action {
    start(call, response, status)
        .field("content-type", JSON.as_bytes())
        .body(format!("{value}\n").as_bytes());
    Action::Done
}

/// Answers with a body of some content type.
pub(crate) fn content(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    content_type: &str,
    body: &[u8],
) -> Action {
    start(call, response, 200).field("content-type", content_type.as_bytes()).body(body);
    Action::Done
}

/// Answers with a redirect.
pub(crate) fn redirect(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    status: u16,
    location: &str,
) -> Action {
    start(call, response, status).field("location", location.as_bytes()).body(b"");
    Action::Done
}

/// The body of an error.
pub(crate) fn error(status: u16, detail: &str) -> Value {
    let mut value = json!({ "status_code": status, "error": reason_phrase(status) });
    if !detail.is_empty() {
        value["detail"] = json!(detail);
    }
    value
}

/// Answers with an error.
pub(crate) fn refuse(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    status: u16,
    detail: &str,
) -> Action {
    json(call, response, status, &error(status, detail))
}

/// Gives the answer, or 400 with what was wrong with the request.
pub(crate) fn or_bad_request(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    answer: impl FnOnce(&mut ResponseWriter<'_>) -> Result<Action, String>,
) -> Action {
    answer(response).unwrap_or_else(|reason| refuse(call, response, 400, &reason))
}
