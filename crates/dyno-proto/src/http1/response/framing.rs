//! Which framing a response body has (RFC 9112 section 6.3) and whether its connection lives on.
//!
//! Pure rules over a parsed head. Called by the response decoder.

use super::{BodyFraming, ResponseContext, ResponseHead};
use crate::http1::error::{ProtocolError, printable};
use crate::http1::headers::Headers;

/// The framing that the head and the request's method decide.
pub(super) fn framing_of(
    head: &ResponseHead,
    context: ResponseContext,
) -> Result<BodyFraming, ProtocolError> {
    if head.status == 101 || (context == ResponseContext::Connect && (200..300).contains(&head.status)) {
        return Ok(BodyFraming::Switched);
    }
    let coding = transfer_coding(&head.headers)?;
    let length = content_length(&head.headers)?;
    if coding.is_some() && length.is_some() {
        return Err(ProtocolError::LengthAndCoding);
    }
    if context == ResponseContext::Head || matches!(head.status, 204 | 304) {
        return Ok(BodyFraming::None);
    }
    Ok(match (coding, length) {
        (Some(Coding::Chunked), _) => BodyFraming::Chunked,
        (Some(Coding::Other), _) | (None, None) => BodyFraming::UntilClose,
        (None, Some(length)) => BodyFraming::Length(length),
    })
}

/// True when the connection may carry another request after this response.
pub(super) fn is_keep_alive(head: &ResponseHead, framing: BodyFraming) -> bool {
    if matches!(framing, BodyFraming::UntilClose | BodyFraming::Switched) {
        return false;
    }
    // RFC 9112 section 6.1: framing by Transfer-Encoding in HTTP/1.0 is not to be trusted beyond this message.
    if head.minor_version == 0 && framing == BodyFraming::Chunked {
        return false;
    }
    let mut keep_alive = head.minor_version >= 1;
    for option in list_items(&head.headers, "connection") {
        if option.eq_ignore_ascii_case(b"close") {
            return false;
        }
        keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
    }
    keep_alive
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    /// Present, but without `chunked`: the body lasts until the close.
    Other,
}

fn transfer_coding(headers: &Headers) -> Result<Option<Coding>, ProtocolError> {
    let mut last_is_chunked = None;
    let mut chunked_count = 0;
    for coding in list_items(headers, "transfer-encoding") {
        let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        chunked_count += u32::from(is_chunked);
        last_is_chunked = Some(is_chunked);
    }
    match (last_is_chunked, chunked_count) {
        (None, _) if headers.get("transfer-encoding").is_none() => Ok(None),
        (Some(true), 1) => Ok(Some(Coding::Chunked)),
        (Some(false), 0) => Ok(Some(Coding::Other)),
        _ => {
            let value = printable(headers.get("transfer-encoding").unwrap_or_default());
            Err(ProtocolError::TransferEncodingInvalid { value })
        }
    }
}

/// The stated length; equal repeats are accepted, as RFC 9110 section 8.6 allows, since real servers send them.
fn content_length(headers: &Headers) -> Result<Option<u64>, ProtocolError> {
    let mut length = None;
    for value in headers.all("content-length") {
        for item in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            let second = parse_decimal(item)
                .ok_or_else(|| ProtocolError::ContentLengthInvalid { value: printable(value) })?;
            match length {
                Some(first) if first != second => {
                    return Err(ProtocolError::ContentLengthConflict { first, second });
                }
                _ => length = Some(second),
            }
        }
    }
    Ok(length)
}

/// A decimal number of digits only; `None` for signs, spaces, nothing, or more than 64 bits.
pub(crate) fn parse_decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, &byte| {
        let digit = char::from(byte).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The items of all comma-separated values of `name`; empty items are left out.
fn list_items<'a>(headers: &'a Headers, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .all(name)
        .flat_map(|value| value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
}
