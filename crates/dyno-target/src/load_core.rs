//! The routes that load tests ask most: constant answers, bodies of any size, a small shop for journeys.

use std::task::{Context, Poll};

use dyno_proto::http1::reason_phrase;
use dyno_server::{Action, BodySource, Filled, ResponseWriter};
use serde_json::json;

use crate::call::{self, Call, or_bad_request, text};
use crate::query::decoded;
use crate::random::{append_body, bits, uniform};

/// Largest body of `/bytes/{n}`.
const BYTES_MAX: u64 = 64 << 20;
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

pub(crate) fn health(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    response.prepared(&call.target.health);
    Action::Done
}

pub(crate) fn bytes(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let seed = call.seed()?;
        let length: u64 = match call.parameters[0].parse() {
            Ok(length) if length <= BYTES_MAX => length,
            _ => return Err(format!("`{}` is no number of bytes up to {BYTES_MAX}", call.parameters[0])),
        };
        let head = response.start(200).field("content-type", b"application/octet-stream");
        if length <= PIECE_BYTES {
            head.body_with(length, |out| append_body(out, seed, 0, length));
            return Ok(Action::Done);
        }
        head.stream_of_length(length);
        Ok(Action::Stream(Box::new(SeededBody { seed, at: 0, length })))
    })
}

struct SeededBody {
    seed: u64,
    at: u64,
    length: u64,
}

impl BodySource for SeededBody {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        let end = (self.at + PIECE_BYTES).min(self.length);
        append_body(out, self.seed, self.at, end);
        self.at = end;
        Poll::Ready(if end == self.length { Filled::End } else { Filled::More })
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

pub(crate) fn status(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let choices = parse_statuses(&decoded(call.parameters[0]))?;
        let status = match choices.as_slice() {
            [(only, _)] => *only,
            several => {
                let n = call.target.state.next_draw(call.request.target());
                pick(several, uniform(call.seed()?, n))
            }
        };
        let mut head = response.start(status).field("content-type", b"text/plain; charset=utf-8");
        head = match status {
            301 | 302 | 303 | 307 | 308 => head.field("location", b"/redirect/1"),
            401 => head.field("www-authenticate", b"Basic realm=\"dyno\""),
            429 | 503 => head.field("retry-after", b"1"),
            _ => head,
        };
        head.body(format!("{status} {}\n", reason_phrase(status)).as_bytes());
        Ok(Action::Done)
    })
}

/// Reads `200:0.9,503:0.1`; a code without a weight weighs 1.
fn parse_statuses(codes: &str) -> Result<Vec<(u16, f64)>, String> {
    codes
        .split(',')
        .map(|item| {
            let (code, weight) = item.split_once(':').unwrap_or((item, "1"));
            match (code.parse(), weight.parse::<f64>()) {
                (Ok(code @ 200..=599), Ok(weight)) if weight >= 0.0 && weight.is_finite() => {
                    Ok((code, weight))
                }
                _ => Err(format!(
                    "`{item}` is no status from 200 to 599 with an optional weight, as in 503:0.1"
                )),
            }
        })
        .collect()
}

/// The choice at `share` (above 0, at most 1) of the summed weights.
fn pick(choices: &[(u16, f64)], share: f64) -> u16 {
    let sum: f64 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = share * sum;
    for &(status, weight) in choices {
        left -= weight;
        if left <= 0.0 && weight > 0.0 {
            return status;
        }
    }
    choices.last().map_or(200, |&(status, _)| status)
}

pub(crate) fn item(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let id = decoded(call.parameters[0]);
    let hash = id.bytes().fold(0, |hash, byte| bits(hash, u64::from(byte)));
    let cents = 100 + hash % 99_900;
    call::json(response, 200, &json!({ "id": id, "price": cents as f64 / 100.0 }))
}

pub(crate) fn orders(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let id = call.target.state.next_order();
    let value = format!("{}\n", json!({ "id": id, "bytes": call.request.body_bytes() }));
    response
        .start(201)
        .field("content-type", b"application/json")
        .field("location", format!("/orders/{id}").as_bytes())
        .body(value.as_bytes());
    Action::Done
}

pub(crate) fn login(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let n = call.target.state.next_draw("/login");
    let token = format!("{:016x}", bits(call.request.connection_id(), n));
    let value = format!("{}\n", json!({ "token": token }));
    response
        .start(200)
        .field("content-type", b"application/json")
        .field("set-cookie", format!("session={token}; Path=/; HttpOnly").as_bytes())
        .body(value.as_bytes());
    Action::Done
}
