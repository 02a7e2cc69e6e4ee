//! The routes that load tests ask most: constant answers, sums, bodies of any size.

use dyno_server::{Action, ResponseWriter};

use crate::call::{Call, or_bad_request, text};
use crate::paced::{Pace, PacedBody, source};
use crate::random::append_body;

pub(crate) mod items;
pub(crate) mod statics;

/// Bodies above this are sent piece by piece.
const PIECE_BYTES: u64 = 64 * 1024;

pub(crate) fn plaintext(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.prepared(&call.target.plaintext);
    Action::Done
}

pub(crate) fn json(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.prepared(&call.target.json);
    Action::Done
}

pub(crate) fn pipeline(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.prepared(&call.target.pipeline);
    Action::Done
}

pub(crate) fn health(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.prepared(&call.target.health);
    Action::Done
}

/// `/baseline11?a=&b=`: numbers that are missing count as 0, others that are none are an error.
pub(crate) fn sum(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let mut sum: i64 = 0;
        for name in ["a", "b"] {
            sum = sum.wrapping_add(call.query.number(name, 0)?);
        }
        let body = call.request.body().trim_ascii();
        if !body.is_empty() {
            let number: i64 = str::from_utf8(body)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or("the body is no whole number")?;
            sum = sum.wrapping_add(number);
        }
        response.respond(200, "text/plain", itoa::Buffer::new().format(sum).as_bytes());
        Ok(Action::Done)
    })
}

pub(crate) fn bytes(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let seed = call.seed()?;
        let length = call.body_length(call.parameters[0])?;
        let head = response.start(200).field("content-type", b"application/octet-stream");
        if length <= PIECE_BYTES {
            head.body_with(length, |out| append_body(out, seed, 0, length));
            return Ok(Action::Done);
        }
        head.stream_of_length(length);
        Ok(Action::Stream(source(call, SeededBody { seed, at: 0, length })))
    })
}

struct SeededBody {
    seed: u64,
    at: u64,
    length: u64,
}

impl PacedBody for SeededBody {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        let end = (self.at + PIECE_BYTES).min(self.length);
        append_body(out, self.seed, self.at, end);
        self.at = end;
        if end == self.length { Pace::End } else { Pace::More }
    }
}

pub(crate) fn echo(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let content_type = call.request.header("content-type").unwrap_or(b"application/octet-stream");
    response.start(200).field("content-type", content_type).body(call.request.body());
    Action::Done
}

pub(crate) fn upload(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    text(response, 200, &call.request.body_bytes().to_string())
}
