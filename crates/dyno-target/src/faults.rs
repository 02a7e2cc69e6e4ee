//! Answers that are wrong on purpose, to see what a client makes of them.
//!
//! Those here break the message; `slow` breaks its pace, `protocol` its stream or connection on HTTP/2 and HTTP/3.
//! None breaks the server itself. Messages are broken as HTTP/1.1; elsewhere the stream is reset instead.

use std::task::{Context, Poll};

use dyno_server::{Action, BodySource, Filled, ResponseWriter};

use crate::call::{Call, or_bad_request, text};
use crate::random::{append_body, bits, uniform};

pub(crate) mod chaos;
pub(crate) mod protocol;
pub(crate) mod slow;

/// What `/fault/truncate` promises.
const TRUNCATED_BYTES: usize = 1_000;

pub(crate) fn empty(_: &Call<'_>, _: &mut ResponseWriter<'_>) -> Action {
    Action::Close
}

pub(crate) fn reset(_: &Call<'_>, _: &mut ResponseWriter<'_>) -> Action {
    Action::Reset
}

pub(crate) fn truncate(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let at: usize = call.query.number("at", TRUNCATED_BYTES / 2)?;
        if at >= TRUNCATED_BYTES {
            return Err(format!("`at={at}` is not below {TRUNCATED_BYTES}"));
        }
        response.raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {TRUNCATED_BYTES}\r\n\r\n").as_bytes());
        response.raw(&vec![b'x'; at]);
        Ok(Action::Close)
    })
}

pub(crate) fn garbage(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"\x15\x03\x01\x00\x02\x02\x28 this is no HTTP\r\n\r\n");
    Action::Close
}

/// `/fault/random-then-close?bytes=&seed=`: noise in place of an answer.
pub(crate) fn random(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let bytes = call.body_length(&call.query.get("bytes").unwrap_or("100".into()))?;
        let mut noise = Vec::new();
        append_body(&mut noise, bits(call.seed()?, 0), 0, bytes);
        // Noise must not begin like an answer, not even by chance.
        if let Some(first) = noise.first_mut() {
            *first |= 0x80;
        }
        response.raw(&noise);
        Ok(Action::Close)
    })
}

/// `/fault/limit?bytes=`: the connection ends after so many bytes of an answer that has 1000 of body.
pub(crate) fn limit(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let bytes: usize = call.query.number("bytes", 40)?;
        let mut whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {TRUNCATED_BYTES}\r\n\r\n").into_bytes();
        whole.resize(whole.len() + TRUNCATED_BYTES, b'x');
        if bytes >= whole.len() {
            return Err(format!("`bytes={bytes}` is not below {}, the size of the answer", whole.len()));
        }
        response.raw(&whole[..bytes]);
        Ok(Action::Close)
    })
}

pub(crate) fn no_reply(_: &Call<'_>, _: &mut ResponseWriter<'_>) -> Action {
    Action::Stall
}

pub(crate) fn bad_length(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"HTTP/1.1 200 OK\r\ncontent-length: five\r\n\r\nhello");
    Action::Close
}

pub(crate) fn bad_header(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response
        .raw(b"HTTP/1.1 200 OK\r\nthis line has no colon\r\nbad name: x\r\ncontent-length: 5\r\n\r\nhello");
    Action::Close
}

pub(crate) fn malformed_chunk(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response
        .raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n");
    Action::Close
}

pub(crate) fn over_long(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more than was promised");
    Action::Done
}

/// `/fault/status?rate=&code=503&retry_after=`: that status with a probability, else 200.
pub(crate) fn status(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let rate: f64 = call.query.number("rate", 1.0)?;
        let code: u16 = call.query.number("code", 503)?;
        let retry_after_s: u64 = call.query.number("retry_after", 1)?;
        if !(0.0..=1.0).contains(&rate) || !(400..=599).contains(&code) {
            return Err("`rate` must be from 0 to 1, and `code` from 400 to 599".to_owned());
        }
        let n = call.target.state.next_draw(call.request.target());
        if uniform(call.seed()?, n) > rate {
            return Ok(text(response, 200, "served"));
        }
        response
            .start(code)
            .field("content-type", b"text/plain; charset=utf-8")
            .field("retry-after", retry_after_s.to_string().as_bytes())
            .body(b"refused on purpose\n");
        Ok(Action::Done)
    })
}

pub(crate) fn endless_head(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"HTTP/1.1 200 OK\r\n");
    Action::Stream(Box::new(EndlessHead))
}

struct EndlessHead;

impl BodySource for EndlessHead {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        for _ in 0..256 {
            out.extend_from_slice(b"x-endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
        }
        Poll::Ready(Filled::More)
    }
}
