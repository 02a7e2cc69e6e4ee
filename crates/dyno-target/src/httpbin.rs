//! Routes of the httpbin family, by their usual names, so that existing scripts work.

use std::borrow::Cow;
use std::task::{Context, Poll};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyno_server::{Action, BodySource, Filled, ResponseWriter};
use serde_json::{Map, Value, json};

use crate::call::{self, Call, text};
use crate::query::decoded;

/// Most lines of `/stream/{n}`.
const STREAM_LINES_MAX: u64 = 100_000;
/// Most redirects of `/redirect/{n}`.
const REDIRECTS_MAX: u64 = 1_000;
/// Lines are gathered up to this size before they are sent.
const PIECE_BYTES: usize = 16 * 1024;

pub(crate) fn headers(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    call::json(response, 200, &json!({ "headers": headers_of(call) }))
}

pub(crate) fn anything(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let body = call.request.body();
    let value = json!({
        "method": call.request.method(),
        "target": call.request.target(),
        "args": multi_map(call.query.pairs()),
        "headers": headers_of(call),
        "data": String::from_utf8_lossy(body),
        "json": serde_json::from_slice::<Value>(body).unwrap_or(Value::Null),
    });
    call::json(response, 200, &value)
}

pub(crate) fn redirect(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match call.parameters[0].parse::<u64>() {
        Ok(left @ 1..=REDIRECTS_MAX) => {
            let location = if left == 1 { "/anything".to_owned() } else { format!("/redirect/{}", left - 1) };
            redirect_to(response, &location)
        }
        _ => text(response, 400, "no number of redirects from 1 to 1000"),
    }
}

pub(crate) fn redirect_loop(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    redirect_to(response, "/redirect-loop")
}

pub(crate) fn cookies(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let field = call.request.header_str("cookie").unwrap_or_default();
    let pairs: Map<String, Value> = field
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    call::json(response, 200, &json!({ "cookies": pairs }))
}

pub(crate) fn cookies_set(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let mut head = response.start(302).field("location", b"/cookies");
    for (name, value) in call.query.pairs() {
        if name != "run" && name != "seed" {
            head = head.field("set-cookie", format!("{name}={value}; Path=/").as_bytes());
        }
    }
    head.body(b"");
    Action::Done
}

pub(crate) fn basic_auth(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let [user, password] = call.parameters.map(decoded);
    let expected = STANDARD.encode(format!("{user}:{password}"));
    let given = credentials(call, "basic");
    if given.is_some_and(|given| is_same(given.as_bytes(), expected.as_bytes())) {
        return call::json(response, 200, &json!({ "authenticated": true, "user": user }));
    }
    unauthorized(response, "Basic realm=\"dyno\"")
}

pub(crate) fn bearer(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match credentials(call, "bearer") {
        Some(token) if !token.is_empty() => {
            call::json(response, 200, &json!({ "authenticated": true, "token": token }))
        }
        _ => unauthorized(response, "Bearer"),
    }
}

pub(crate) fn stream(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let lines = match call.parameters[0].parse() {
        Ok(lines) if lines <= STREAM_LINES_MAX => lines,
        _ => return text(response, 400, "no number of lines up to 100000"),
    };
    response.start(200).field("content-type", b"application/json").stream_of_chunks();
    Action::Stream(Box::new(Lines { next: 0, lines }))
}

struct Lines {
    next: u64,
    lines: u64,
}

impl BodySource for Lines {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        let start = out.len();
        while self.next < self.lines && out.len() - start < PIECE_BYTES {
            out.extend_from_slice(format!("{}\n", json!({ "id": self.next })).as_bytes());
            self.next += 1;
        }
        Poll::Ready(if self.next < self.lines { Filled::More } else { Filled::End })
    }
}

fn headers_of(call: &Call<'_>) -> Map<String, Value> {
    multi_map(
        call.request.headers().map(|(name, value)| (Cow::Borrowed(name), String::from_utf8_lossy(value))),
    )
}

/// Names to lists of values, as go-httpbin shows them.
fn multi_map<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        let values = map.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(value));
        }
    }
    map
}

/// What follows `scheme` in the field `Authorization`.
fn credentials<'a>(call: &Call<'a>, scheme: &str) -> Option<&'a str> {
    let (found, credentials) = call.request.header_str("authorization")?.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(credentials.trim())
}

/// Compares without telling by its time how much was equal.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len()
        && given.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn redirect_to(response: &mut ResponseWriter<'_>, location: &str) -> Action {
    response.start(302).field("location", location.as_bytes()).body(b"");
    Action::Done
}

fn unauthorized(response: &mut ResponseWriter<'_>, challenge: &str) -> Action {
    response
        .start(401)
        .field("www-authenticate", challenge.as_bytes())
        .field("content-type", b"text/plain; charset=utf-8")
        .body(b"not authenticated\n");
    Action::Done
}
