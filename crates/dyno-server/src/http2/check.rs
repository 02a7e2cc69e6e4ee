//! The strict pass over a decoded head: what RFC 9113 calls malformed and the library lets through.
//!
//! Pure rules. Called once per request, before the handler hears of it.

use http::header::{CONTENT_LENGTH, EXPECT, HOST};
use http::{HeaderMap, Method};

/// What is wrong with a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The stream is reset with PROTOCOL_ERROR.
    Malformed,
    /// The request is answered with this status.
    Refused(u16, &'static str),
}

/// Checks the head of one request. `is_extended` is that of an extended `CONNECT`.
pub(super) fn head(
    head: &http::request::Parts,
    is_extended: bool,
    header_count_max: usize,
) -> Result<(), Fault> {
    if head.headers.len() > header_count_max {
        return Err(Fault::Refused(431, "the request head has too many fields"));
    }
    let is_plain_connect = head.method == Method::CONNECT && !is_extended;
    let path = head.uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    match path {
        None if is_plain_connect => {}
        Some(path) if path.starts_with('/') => {}
        Some("*") if head.method == Method::OPTIONS => {}
        _ => return Err(Fault::Malformed),
    }
    if path
        .is_some_and(|path| !path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"\"<>".contains(&byte)))
    {
        return Err(Fault::Malformed);
    }
    check_host(head)?;
    check_values(&head.headers)?;
    match head.headers.get(EXPECT) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
            Err(Fault::Refused(417, "the field `Expect` asks for something other than `100-continue`"))
        }
        _ => Ok(()),
    }
}

fn check_host(head: &http::request::Parts) -> Result<(), Fault> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let (host, is_repeated) = (hosts.next(), hosts.next().is_some());
    match (head.uri.authority(), host) {
        _ if is_repeated => Err(Fault::Malformed),
        (None, None) => Err(Fault::Refused(400, "the request names no host")),
        (None, Some(host)) if host.is_empty() => Err(Fault::Refused(400, "the request names no host")),
        (None, Some(_)) => Ok(()),
        (Some(authority), _) if authority.as_str().contains('@') => Err(Fault::Malformed),
        (Some(authority), Some(host))
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            Err(Fault::Malformed)
        }
        (Some(_), _) => Ok(()),
    }
}

fn check_values(fields: &HeaderMap) -> Result<(), Fault> {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    for value in fields.values() {
        if is_blank(value.as_bytes().first()) || is_blank(value.as_bytes().last()) {
            return Err(Fault::Malformed);
        }
    }
    let mut lengths = fields.get_all(CONTENT_LENGTH).iter();
    let length = lengths.next();
    let is_number = length.is_none_or(|length| {
        !length.is_empty() && length.len() <= 19 && length.as_bytes().iter().all(u8::is_ascii_digit)
    });
    if lengths.next().is_some() || !is_number { Err(Fault::Malformed) } else { Ok(()) }
}
