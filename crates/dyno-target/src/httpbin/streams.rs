//! Bodies that come over a stated time: bytes, events, lines, and fields that follow a body.

use dyno_server::{Action, Fields, ResponseWriter};
use serde_json::json;

use crate::call::Call;
use crate::clock::unix_ns;
use crate::httpbin::{self, inspect};
use crate::paced::{Pace, PacedBody, chunked, source};
use crate::random::uniform;
use crate::timing::schedule::{Spacing, spaced};

/// Most events and lines in one answer.
const MESSAGES_MAX: u64 = 10_000;

/// What may not stand in trailers, beside all that starts with `content-`.
const NO_TRAILERS: [&str; 10] = [
    "authorization",
    "cache-control",
    "connection",
    "host",
    "max-forwards",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// `/drip?numbytes=10&duration=2s&delay=2s&code=200`: a body of known length, byte by byte.
pub(crate) fn drip(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    httpbin::or_bad_request(call, response, |response| {
        let count = call.body_length(&call.query.get("numbytes").unwrap_or("10".into()))?;
        let status: u16 = call.query.number("code", 200)?;
        if count == 0 || !(200..=599).contains(&status) {
            return Err("`numbytes` must be above 0, and `code` a status from 200 to 599".to_owned());
        }
        let spacing = Spacing::from_query(call, arrival_ns, count, 2_000_000_000, 2_000_000_000)?;
        let head = httpbin::start(call, response, status)
            .field("content-type", httpbin::TEXT.as_bytes())
            .field("server-timing", spacing.server_timing().as_bytes());
        head.stream_of_length(count);
        Ok(Action::Stream(source(call, spaced(spacing, |_, out| out.push(b'*')))))
    })
}

/// `/sse?count=10&duration=5s&delay=0&jitter=0`: events of type `ping`.
pub(crate) fn sse(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    messages(call, response, "text/event-stream; charset=utf-8", |n, out| {
        let data = json!({ "id": n, "timestamp": unix_ns() / 1_000_000 });
        out.extend_from_slice(format!("event: ping\ndata: {data}\n\n").as_bytes());
    })
}

/// `/jsonl?count=10&duration=5s&delay=0&jitter=0`: one object in each line.
pub(crate) fn jsonl(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    messages(call, response, "application/jsonl; charset=utf-8", |n, out| {
        let line = json!({ "id": n, "timestamp": unix_ns() / 1_000_000 });
        out.extend_from_slice(format!("{line}\n").as_bytes());
    })
}

fn messages(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    content_type: &str,
    write: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    httpbin::or_bad_request(call, response, |response| {
        let count: u64 = call.query.number("count", 10)?;
        if !(1..=MESSAGES_MAX).contains(&count) {
            return Err(format!("`count={count}` is not between 1 and {MESSAGES_MAX}"));
        }
        let jitter: f64 = call.query.number("jitter", 0.0)?;
        if !(0.0..=1.0).contains(&jitter) {
            return Err(format!("`jitter={jitter}` is not between 0 and 1"));
        }
        let mut spacing = Spacing::from_query(call, arrival_ns, count, 5_000_000_000, 0)?;
        if jitter > 0.0 {
            let (seed, n) = call.draw()?;
            spacing = spacing.jittered(move |index| jitter * (uniform(seed.wrapping_add(n), index) - 0.5));
        }
        let head = httpbin::start(call, response, 200)
            .field("content-type", content_type.as_bytes())
            .field("cache-control", b"no-cache")
            .field("trailer", b"server-timing");
        let timing = spacing.server_timing();
        Ok(chunked(
            call,
            head,
            Trailed {
                body: spaced(spacing, write),
                fields: vec![("server-timing".to_owned(), timing.into_bytes())],
            },
        ))
    })
}

/// `/trailers?name=value`: what `/post` shows, and every pair behind it.
pub(crate) fn trailers(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let mut fields = Fields::new();
        for (name, value) in call.query.pairs() {
            let is_forbidden = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
                || NO_TRAILERS.iter().any(|no| name.eq_ignore_ascii_case(no));
            if is_forbidden || !httpbin::caching::is_field(&name, &value) {
                return Err(format!("`{name}` cannot be a trailer of that value"));
            }
            fields.push((name.to_ascii_lowercase(), value.into_owned().into_bytes()));
        }
        let whole = format!("{}\n", inspect::shown_with_body(call)?).into_bytes();
        let mut head = httpbin::start(call, response, 200).field("content-type", httpbin::JSON.as_bytes());
        for (name, _) in &fields {
            head = head.field("trailer", name.as_bytes());
        }
        Ok(chunked(call, head, Trailed { body: Whole(whole), fields }))
    })
}

/// A body with fields behind it.
struct Trailed<B> {
    body: B,
    fields: Fields,
}

impl<B: PacedBody> PacedBody for Trailed<B> {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        self.body.fill(out)
    }

    fn trailers(&mut self) -> Fields {
        std::mem::take(&mut self.fields)
    }
}

/// A body in one piece.
struct Whole(Vec<u8>);

impl PacedBody for Whole {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        out.append(&mut self.0);
        Pace::End
    }
}
