//! Rows of the faults.

use super::row::{query, route};
use super::{ANY, Route};
use crate::faults;

pub(super) const ROUTES: &[Route] = &[
    route("/fault/empty", ANY, faults::empty, "closes without a byte").breaks("the connection is closed"),
    route("/fault/reset", ANY, faults::reset, "resets the connection (RST)")
        .breaks("the connection is reset"),
    route("/fault/truncate", ANY, faults::truncate, "1000 bytes promised, `at` of them sent, then closed")
        .query(&[query("at", "integer", "500")])
        .breaks("the body is short"),
    route("/fault/garbage", ANY, faults::garbage, "bytes that are no HTTP, then closed")
        .breaks("there is no status line"),
    route("/fault/no-reply", ANY, faults::no_reply, "never answers").breaks("nothing comes"),
    route("/fault/bad-length", ANY, faults::bad_length, "a content length that is no number")
        .breaks("the length is no number"),
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
];
