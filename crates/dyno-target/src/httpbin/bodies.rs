//! Bodies that come in pieces: lines of JSON and chunks of bytes, without pauses.

use dyno_server::{Action, ResponseWriter};
use serde_json::{Value, json};

use crate::call::Call;
use crate::httpbin::{self, inspect};
use crate::paced::{Pace, PacedBody, chunked};
use crate::random::append_body;

/// Most lines of `/stream/{n}`; more are cut to this.
const LINES_MAX: u64 = 100;
/// Size of the chunks of `/stream-bytes/{n}` when nothing is said.
const CHUNK_BYTES: u64 = 10 * 1024;

/// `/stream/{n}`: the request as JSON, n times, each with its number.
pub(crate) fn lines(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let Ok(asked) = call.parameters[0].parse::<u64>() else {
        return httpbin::refuse(call, response, 400, "no number of lines");
    };
    let mut value = json!({ "id": 0 });
    if let (Value::Object(line), Value::Object(shown)) = (&mut value, inspect::shown(call)) {
        line.extend(shown.into_iter().filter(|(name, _)| name != "method"));
    }
    let body = Lines { value, next: 0, count: asked.clamp(1, LINES_MAX) };
    let head = httpbin::start(call, response, 200).field("content-type", httpbin::JSON.as_bytes());
    chunked(call, head, body)
}

struct Lines {
    value: Value,
    next: u64,
    count: u64,
}

impl PacedBody for Lines {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        self.value["id"] = json!(self.next);
        out.extend_from_slice(format!("{}\n", self.value).as_bytes());
        self.next += 1;
        if self.next < self.count { Pace::More } else { Pace::End }
    }
}

/// `/stream-bytes/{n}?chunk_size=`: the bytes of `/bytes/{n}`, in chunks.
pub(crate) fn stream_bytes(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let length = call.body_length(call.parameters[0])?;
        let chunk_bytes: u64 = call.query.number("chunk_size", CHUNK_BYTES)?;
        if chunk_bytes == 0 {
            return Err("`chunk_size=0` is no size of a chunk".to_owned());
        }
        let body = Chunks { seed: call.seed()?, at: 0, length, chunk_bytes };
        let head = httpbin::start(call, response, 200).field("content-type", b"application/octet-stream");
        Ok(chunked(call, head, body))
    })
}

struct Chunks {
    seed: u64,
    at: u64,
    length: u64,
    chunk_bytes: u64,
}

impl PacedBody for Chunks {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        let end = self.at.saturating_add(self.chunk_bytes).min(self.length);
        append_body(out, self.seed, self.at, end);
        self.at = end;
        if end < self.length { Pace::More } else { Pace::End }
    }
}
