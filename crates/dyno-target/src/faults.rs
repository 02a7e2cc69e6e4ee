//! Answers that are wrong on purpose, to see what a client makes of them.
//!
//! Each writes its bytes past the response writer's rules; none breaks the server itself.

use std::task::{Context, Poll};

use dyno_server::{Action, BodySource, Filled, ResponseWriter};

use crate::call::{Call, or_bad_request};

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

pub(crate) fn no_reply(_: &Call<'_>, _: &mut ResponseWriter<'_>) -> Action {
    Action::Stall
}

pub(crate) fn bad_length(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"HTTP/1.1 200 OK\r\ncontent-length: five\r\n\r\nhello");
    Action::Close
}

pub(crate) fn malformed_chunk(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response
        .raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n");
    Action::Close
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

pub(crate) fn over_long(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more than was promised");
    Action::Done
}
