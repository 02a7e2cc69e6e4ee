//! Conditional requests and fields about caches.

use dyno_proto::http1::imf_fixdate;
use dyno_server::{Action, ResponseWriter};
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::unix_ns;
use crate::httpbin::{self, convert::escaped, inspect};
use crate::query::decoded_path;
use crate::random::bits;

/// Fields that the server itself must set, or the answer would not be HTTP any more.
const OWN_FIELDS: [&str; 6] =
    ["connection", "content-length", "date", "trailer", "transfer-encoding", "upgrade"];

/// `/cache`: 304 to any conditional request, else what `/get` shows with its validators.
pub(crate) fn cache(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let has = |name: &str| call.request.header(name).is_some_and(|value| !value.is_empty());
    if has("if-modified-since") || has("if-none-match") {
        httpbin::start(call, response, 304).body(b"");
        return Action::Done;
    }
    let now_s = unix_ns() / 1_000_000_000;
    httpbin::start(call, response, 200)
        .field("content-type", httpbin::JSON.as_bytes())
        .field("last-modified", &imf_fixdate(now_s))
        .field("etag", format!("\"{:016x}\"", bits(now_s, 0)).as_bytes())
        .body(format!("{}\n", inspect::shown(call)).as_bytes());
    Action::Done
}

/// `/cache/{n}`: to be kept for n seconds.
pub(crate) fn max_age(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let Ok(seconds) = call.parameters[0].parse::<u64>() else {
        return httpbin::refuse(call, response, 400, "no number of seconds");
    };
    httpbin::start(call, response, 200)
        .field("content-type", httpbin::JSON.as_bytes())
        .field("cache-control", format!("public, max-age={seconds}").as_bytes())
        .body(format!("{}\n", inspect::shown(call)).as_bytes());
    Action::Done
}

/// `/etag/{etag}`: a resource with that entity tag.
pub(crate) fn etag(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let tag = format!("\"{}\"", decoded_path(call.parameters[0]));
    if tag[1..tag.len() - 1].bytes().any(|byte| byte <= b' ' || byte == b'"' || byte == 0x7f) {
        return httpbin::refuse(call, response, 400, "no entity tag");
    }
    let field = |name: &str| call.request.header_str(name).unwrap_or_default();
    // RFC 9110, section 13.2.2: If-Match before If-None-Match; the former compares strongly.
    let is_lost = !field("if-match").is_empty() && !matches(field("if-match"), &tag, false);
    let is_known = !is_lost && matches(field("if-none-match"), &tag, true);
    let status = match (is_lost, is_known) {
        (true, _) => 412,
        (_, true) => 304,
        _ => 200,
    };
    let value = if is_lost { httpbin::error(412, "the entity tag is another") } else { inspect::shown(call) };
    httpbin::start(call, response, status)
        .field("content-type", httpbin::JSON.as_bytes())
        .field("etag", tag.as_bytes())
        .body(format!("{value}\n").as_bytes());
    Action::Done
}

/// Whether a list of entity tags has `tag`; `*` is any.
pub(crate) fn matches(list: &str, tag: &str, is_weak_enough: bool) -> bool {
    list.split(',').map(str::trim).any(|listed| {
        let bare = if is_weak_enough { listed.strip_prefix("W/").unwrap_or(listed) } else { listed };
        bare == tag || listed == "*"
    })
}

/// `/response-headers?name=value`: every pair as a field.
pub(crate) fn response_headers(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let mut shown = inspect::multi_map(call.query.pairs());
        let content_type = call
            .query
            .pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value);
        for (name, value) in call.query.pairs() {
            if OWN_FIELDS.iter().any(|own| name.eq_ignore_ascii_case(own)) || !is_field(&name, &value) {
                return Err(format!("`{name}` cannot be set to that value"));
            }
        }
        if content_type.is_none() {
            shown.insert("Content-Type".to_owned(), json!([httpbin::JSON]));
        }
        let text = Value::Object(shown).to_string();
        let content_type = content_type.as_deref().unwrap_or(httpbin::JSON);
        let body = escaped(content_type, &text);
        let mut head = httpbin::start(call, response, 200).field("content-type", content_type.as_bytes());
        for (name, value) in call.query.pairs().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        {
            head = head.field(&name, value.as_bytes());
        }
        head.body(body.as_bytes());
        Ok(Action::Done)
    })
}

pub(crate) fn is_field(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_value = |byte: u8| byte == b'\t' || (byte >= b' ' && byte != 0x7f);
    !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(is_value)
}
