//! `/range/{n}`: the alphabet over and over, of which ranges may be asked (RFC 9110, section 14).

use dyno_server::{Action, HeadWriter, ResponseWriter};

use crate::call::Call;
use crate::httpbin::{self, caching};
use crate::paced::source;
use crate::timing::schedule::{Spacing, border, spaced};

/// Most ranges answered in one request; more are answered with the whole.
const RANGES_MAX: usize = 64;
/// Bodies above this are sent piece by piece.
const PIECE_BYTES: u64 = 64 * 1024;
/// In how many pieces a smaller body comes over a stated time, at most.
const PIECES_MAX: u64 = 100;
/// What stands between the parts of an answer with several ranges.
const BOUNDARY: &str = "dyno-range-boundary";

/// What a `Range` field asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Everything: there is no field, or one that is to be ignored.
    Whole,
    /// First and last byte of each range.
    Parts(Vec<(u64, u64)>),
    /// Nothing that exists.
    Nothing,
}

pub(crate) fn range(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let length = call.body_length(call.parameters[0])?;
        if length == 0 {
            return Err("a range needs at least one byte".to_owned());
        }
        let arrival_ns = call.target.state.clock.now_ns();
        let duration_ns = match call.query.get("duration") {
            Some(text) => call.bounded_ns(&text)?,
            None => 0,
        };
        let tag = format!("\"range{length}\"");
        let field = |name: &str| call.request.header_str(name).unwrap_or_default();
        if !field("if-none-match").is_empty() && caching::matches(field("if-none-match"), &tag, true) {
            httpbin::start(call, response, 304).field("etag", tag.as_bytes()).body(b"");
            return Ok(Action::Done);
        }
        // A validator that is not ours makes the range void; the client then wants the whole.
        let is_void = !field("if-range").is_empty() && field("if-range") != tag;
        let asked = if is_void { Asked::Whole } else { parse(field("range"), length) };
        let status = match asked {
            Asked::Whole => 200,
            Asked::Parts(_) => 206,
            Asked::Nothing => 416,
        };
        let head = httpbin::start(call, response, status)
            .field("etag", tag.as_bytes())
            .field("accept-ranges", b"bytes");
        match asked {
            Asked::Whole => {
                let head = head.field("content-type", b"application/octet-stream");
                return Ok(letters(call, head, (0, length), (arrival_ns, duration_ns)));
            }
            Asked::Nothing => head.field("content-range", format!("bytes */{length}").as_bytes()).body(b""),
            Asked::Parts(parts) => match parts.as_slice() {
                [(first, last)] => {
                    let head = head
                        .field("content-type", b"application/octet-stream")
                        .field("content-range", format!("bytes {first}-{last}/{length}").as_bytes());
                    return Ok(letters(call, head, (*first, last + 1), (arrival_ns, duration_ns)));
                }
                several => head
                    .field("content-type", format!("multipart/byteranges; boundary={BOUNDARY}").as_bytes())
                    .body(&multipart(several, length)),
            },
        }
        Ok(Action::Done)
    })
}

/// Answers with the letters `from..to`, all at once or over that time.
fn letters(
    call: &Call<'_>,
    head: HeadWriter<'_>,
    (from, to): (u64, u64),
    (arrival_ns, duration_ns): (u64, u64),
) -> Action {
    let length = to - from;
    if duration_ns == 0 && length <= PIECE_BYTES {
        head.body_with(length, |out| append_alphabet(out, from, to));
        return Action::Done;
    }
    let timed = if duration_ns > 0 { length.min(PIECES_MAX) } else { 1 };
    let count = timed.max(length.div_ceil(PIECE_BYTES));
    let spacing = Spacing::new(arrival_ns, count, duration_ns);
    head.stream_of_length(length);
    Action::Stream(source(
        call,
        spaced(spacing, move |index, out| {
            let at = |index| from + border(length, index, count);
            append_alphabet(out, at(index), at(index + 1));
        }),
    ))
}

/// Reads a `Range` field for a resource of `length` bytes, which is not 0.
fn parse(field: &str, length: u64) -> Asked {
    let Some(list) = field.trim().strip_prefix("bytes=") else { return Asked::Whole };
    let mut parts = Vec::new();
    for (index, item) in list.split(',').map(str::trim).filter(|item| !item.is_empty()).enumerate() {
        let Some((first, last)) = item.split_once('-') else { return Asked::Whole };
        if index >= RANGES_MAX {
            return Asked::Whole;
        }
        let last_byte = length - 1;
        let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => (first, last.min(last_byte)),
            (Ok(first), Err(_)) if last.trim().is_empty() => (first, last_byte),
            (Err(_), Ok(0)) if first.trim().is_empty() => continue,
            (Err(_), Ok(suffix)) if first.trim().is_empty() => (length.saturating_sub(suffix), last_byte),
            _ => return Asked::Whole,
        };
        if part.0 < length {
            parts.push(part);
        }
    }
    // Many overlapping ranges would make a small request expensive.
    let sum: u64 = parts.iter().map(|(first, last)| last - first + 1).sum();
    match parts.is_empty() {
        true => Asked::Nothing,
        false if parts.len() > 1 && sum > length => Asked::Whole,
        false => Asked::Parts(parts),
    }
}

fn multipart(parts: &[(u64, u64)], length: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for (first, last) in parts {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes {first}-{last}/{length}\r\n\r\n"
        );
        out.extend_from_slice(head.as_bytes());
        append_alphabet(&mut out, *first, last + 1);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    out
}

/// Appends bytes `from..to` of the endless alphabet.
fn append_alphabet(out: &mut Vec<u8>, from: u64, to: u64) {
    out.extend((from..to).map(|at| b'a' + (at % 26) as u8));
}

#[cfg(test)]
mod tests;
