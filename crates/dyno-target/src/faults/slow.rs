//! Answers that are right and come at a bad pace: in slices, through a thin line, with a late end.

use dyno_server::{Action, ResponseWriter};

use crate::call::{Call, or_bad_request};
use crate::paced::{Pace, PacedBody, source};
use crate::random::append_body;

/// Bytes of body when nothing is said.
const BODY_BYTES: &str = "1000";

/// `/fault/slice?size=10&delay=1ms&bytes=1000`: slices of that size, each written alone.
pub(crate) fn slice(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let bytes = call.body_length(&call.query.get("bytes").unwrap_or(BODY_BYTES.into()))?;
        let slice_bytes: u64 = call.query.number("size", 10)?;
        let gap_ns = call.bounded_ns(&call.query.get("delay").unwrap_or("1ms".into()))?;
        if slice_bytes == 0 {
            return Err("`size=0` is no size of a slice".to_owned());
        }
        send(call, response, Slices { bytes, slice_bytes, gap_ns, first_ns: 0, index: 0, seed: call.seed()? })
    })
}

/// `/fault/bandwidth?kbps=100&bytes=1000`: so many kilobytes (1000 bytes) per second.
pub(crate) fn bandwidth(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let bytes = call.body_length(&call.query.get("bytes").unwrap_or(BODY_BYTES.into()))?;
        let kb_per_s: f64 = call.query.number("kbps", 100.0)?;
        if !(0.001..=1e7).contains(&kb_per_s) {
            return Err(format!("`kbps={kb_per_s}` is not between 0.001 and 10000000"));
        }
        // A piece each 10 ms, or each byte when the line is thinner than that.
        let slice_bytes = ((kb_per_s * 10.0) as u64).max(1);
        let gap_ns = (slice_bytes as f64 * 1e6 / kb_per_s) as u64;
        send(call, response, Slices { bytes, slice_bytes, gap_ns, first_ns: 0, index: 0, seed: call.seed()? })
    })
}

/// Answers with the body, unless it would take longer than the target allows.
fn send(call: &Call<'_>, response: &mut ResponseWriter<'_>, body: Slices) -> Result<Action, String> {
    let longest = call.target.state.bounds.duration_max;
    if u128::from(body.duration_ns()) > longest.as_nanos() {
        return Err(format!("that would take longer than the limit of {} s", longest.as_secs_f64()));
    }
    let first_ns = call.target.state.clock.now_ns();
    response.start(200).field("content-type", b"application/octet-stream").stream_of_length(body.bytes);
    Ok(Action::Stream(source(call, Slices { first_ns, ..body })))
}

/// A body in slices of equal size with equal gaps, the first at once.
#[derive(Clone, Copy)]
struct Slices {
    bytes: u64,
    slice_bytes: u64,
    gap_ns: u64,
    first_ns: u64,
    index: u64,
    seed: u64,
}

impl Slices {
    fn duration_ns(&self) -> u64 {
        (self.bytes.div_ceil(self.slice_bytes)).saturating_sub(1).saturating_mul(self.gap_ns)
    }
}

impl PacedBody for Slices {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        let from = self.index.saturating_mul(self.slice_bytes);
        let to = from.saturating_add(self.slice_bytes).min(self.bytes);
        append_body(out, self.seed, from, to);
        self.index += 1;
        if to < self.bytes { Pace::At(self.first_ns + self.index * self.gap_ns) } else { Pace::End }
    }
}

/// `/fault/slow-close?delay=1s`: a whole answer that ends the connection, which then stays open for that time.
pub(crate) fn close(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |response| {
        let delay_ns = call.bounded_ns(&call.query.get("delay").unwrap_or("1s".into()))?;
        let body = LateEnd { end_ns: arrival_ns + delay_ns, is_sent: false };
        response.close_after();
        response
            .start(200)
            .field("content-type", b"text/plain; charset=utf-8")
            .stream_of_length(LATE_BODY.len() as u64);
        Ok(Action::Stream(source(call, body)))
    })
}

const LATE_BODY: &[u8] = b"served\n";

struct LateEnd {
    end_ns: u64,
    is_sent: bool,
}

impl PacedBody for LateEnd {
    fn fill(&mut self, out: &mut Vec<u8>) -> Pace {
        if self.is_sent {
            return Pace::End;
        }
        self.is_sent = true;
        out.extend_from_slice(LATE_BODY);
        Pace::At(self.end_ns)
    }
}
