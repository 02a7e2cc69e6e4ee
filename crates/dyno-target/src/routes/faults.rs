//! Rows of the faults.

use super::row::{query, route};
use super::{ANY, Body, Parameter, Route};
use crate::faults::{self, protocol, slow};

const TEXT: &str = "text/plain; charset=utf-8";
const BINARY: &str = "application/octet-stream";
const BYTES: Parameter = query("bytes", "integer", "1000");
const SEED: Parameter = query("seed", "integer", "0");
const CODE: &[Parameter] = &[query("code", "integer", "")];

pub(super) const ROUTES: &[Route] = &[
    route("/fault/empty", ANY, faults::empty, "closes without a byte").breaks("the connection is closed"),
    route("/fault/reset", ANY, faults::reset, "resets the connection (RST)")
        .breaks("the connection is reset"),
    route("/fault/no-reply", ANY, faults::no_reply, "never answers").breaks("nothing comes"),
    route("/fault/garbage", ANY, faults::garbage, "bytes that are no HTTP, then closed")
        .breaks("there is no status line"),
    route("/fault/random-then-close", ANY, faults::random, "noise of the seed, then closed")
        .query(&[query("bytes", "integer", "100"), SEED])
        .breaks("there is no status line"),
    route("/fault/truncate", ANY, faults::truncate, "1000 bytes promised, `at` of them sent, then closed")
        .query(&[query("at", "integer", "500")])
        .breaks("the body is short"),
    route("/fault/limit", ANY, faults::limit, "closed after `bytes` of the whole answer, head included")
        .query(&[query("bytes", "integer", "40")])
        .breaks("the answer is short"),
    route("/fault/bad-length", ANY, faults::bad_length, "a content length that is no number")
        .breaks("the length is no number"),
    route("/fault/bad-header", ANY, faults::bad_header, "a field without a colon")
        .breaks("a field has no colon"),
    route(
        "/fault/malformed-chunk",
        ANY,
        faults::malformed_chunk,
        "a chunk size that is no number, after a good chunk",
    )
    .breaks("the chunk size is no number"),
    route("/fault/endless-head", ANY, faults::endless_head, "a head that never ends")
        .breaks("the head does not end"),
    route("/fault/over-long", ANY, faults::over_long, "more bytes than the content length says")
        .breaks("bytes follow the body"),
    route("/fault/status", ANY, faults::status, "that status with a probability, and a time to wait")
        .query(&[
            query("rate", "number", "1"),
            query("code", "integer", "503"),
            query("retry_after", "integer", "1"),
            SEED,
        ])
        .at("/fault/status?rate=1&code=429&retry_after=7")
        .gives(429, TEXT, Body::Is("refused on purpose\n")),
    route(
        "/fault/slice",
        ANY,
        slow::slice,
        "a body in slices of `size`, each alone and `delay` after the last",
    )
    .query(&[query("size", "integer", "10"), query("delay", "duration", "1ms"), BYTES, SEED])
    .at("/fault/slice?size=30&delay=200us&bytes=100")
    .gives(200, BINARY, Body::Size(100)),
    route("/fault/bandwidth", ANY, slow::bandwidth, "a body at so many kilobytes per second")
        .query(&[query("kbps", "number", "100"), BYTES, SEED])
        .at("/fault/bandwidth?kbps=1000&bytes=12000")
        .gives(200, BINARY, Body::Size(12_000)),
    route("/fault/slow-close", ANY, slow::close, "a whole answer; the connection ends only after `delay`")
        .query(&[query("delay", "duration", "1s")])
        .at("/fault/slow-close?delay=2ms")
        .gives(200, TEXT, Body::Is("served\n")),
    route("/fault/goaway", ANY, protocol::goaway, "HTTP/2 and 3: GOAWAY with `code`, the connection ends")
        .query(CODE)
        .gives(400, TEXT, Body::Has("needs HTTP/2 or HTTP/3")),
    route("/fault/rst", ANY, protocol::rst, "HTTP/2 and 3: the stream is reset with `code`")
        .query(CODE)
        .gives(400, TEXT, Body::Has("needs HTTP/2 or HTTP/3")),
    route(
        "/fault/refuse",
        ANY,
        protocol::refuse,
        "HTTP/2 and 3: the stream is refused and may be tried again",
    )
    .gives(400, TEXT, Body::Has("needs HTTP/2 or HTTP/3")),
    route("/fault/quic-close", ANY, protocol::quic_close, "HTTP/3: the QUIC connection ends at once").gives(
        400,
        TEXT,
        Body::Has("needs HTTP/3"),
    ),
    route(
        "/fault/stop-sending",
        ANY,
        protocol::stop_sending,
        "HTTP/3: both sides of the stream are given up",
    )
    .gives(400, TEXT, Body::Has("needs HTTP/3")),
];
