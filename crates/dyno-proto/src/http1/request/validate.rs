//! The strict pass over a parsed request head: version, target, Host, framing fields, connection options.
//!
//! Pure rules of RFC 9110 and 9112; where those leave a choice, the answer is to refuse. Called by the decoder.

use super::{Field, RequestFraming, RequestHead, Span, TargetForm};
use crate::http1::chunked::{byte_set, is_token_byte};
use crate::http1::error::RequestRejection;
use crate::http1::response::framing::parse_decimal;

/// Fields that decide framing or routing, gathered in one pass.
#[derive(Default)]
struct Decisive<'a> {
    host: Option<&'a [u8]>,
    content_length: Option<u64>,
    has_coding: bool,
    chunked_count: u32,
    other_coding_count: u32,
    last_coding_is_chunked: bool,
    only_known_codings: bool,
    close: bool,
    keep_alive: bool,
    upgrade: bool,
    expects_continue: bool,
}

/// Fills `head` from what httparse found in `input`, or says why the request is refused.
pub(super) fn fill(
    head: &mut RequestHead,
    input: &[u8],
    parsed: &httparse::Request<'_, '_>,
) -> Result<(), RequestRejection> {
    refuse_bare_line_feed(input)?;
    let base = input.as_ptr() as usize;
    let span_of = |part: &[u8]| {
        // An empty slice may point anywhere.
        if part.is_empty() {
            return Span::default();
        }
        let start = part.as_ptr() as usize - base;
        Span::from(start..start + part.len())
    };
    let method = parsed.method.expect("invariant: a complete head has a method");
    let target = parsed.path.expect("invariant: a complete head has a target");
    let minor_version = parsed.version.expect("invariant: a complete head has a version");

    let mut decisive = Decisive { only_known_codings: true, ..Decisive::default() };
    head.fields.clear();
    for field in parsed.headers.iter() {
        head.fields.push(Field { name: span_of(field.name.as_bytes()), value: span_of(field.value) });
        take_field(&mut decisive, field.name, field.value, minor_version)?;
    }

    head.bytes = input.len();
    head.minor_version = minor_version;
    head.method = span_of(method.as_bytes());
    head.target = span_of(target.as_bytes());
    let parts = split_target(method, target)?;
    head.target_form = parts.form;
    head.path = span_of(parts.path.as_bytes());
    head.query = parts.query.map(|query| span_of(query.as_bytes()));

    match decisive.host {
        Some(host) if !is_host(host) => return Err(RequestRejection::HostInvalid),
        None if minor_version >= 1 => return Err(RequestRejection::HostMissing),
        host => head.host = parts.authority.map(str::as_bytes).or(host).map(span_of),
    }
    head.framing = framing_of(&decisive, minor_version)?;
    head.keep_alive = !decisive.close && (minor_version >= 1 || decisive.keep_alive);
    head.expects_continue = decisive.expects_continue;
    head.wants_upgrade = decisive.upgrade && minor_version >= 1;
    Ok(())
}

/// The rejection for a head that httparse refuses.
pub(super) fn rejection_of(error: httparse::Error, input: &[u8], count_max: usize) -> RequestRejection {
    match error {
        httparse::Error::TooManyHeaders => RequestRejection::TooManyFields { limit: count_max },
        httparse::Error::Version if has_other_version(input) => RequestRejection::VersionUnsupported,
        httparse::Error::Version => RequestRejection::VersionMalformed,
        reason => RequestRejection::HeadMalformed { reason },
    }
}

/// True when the request line ends in `HTTP/digit.digit` of a version that is well-formed but not ours.
fn has_other_version(input: &[u8]) -> bool {
    let line = input.trim_ascii_start();
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let version = line.trim_ascii_end().rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    matches!(version, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit() && !(*major == b'1' && *minor <= b'1'))
}

fn refuse_bare_line_feed(input: &[u8]) -> Result<(), RequestRejection> {
    let [first, rest @ ..] = input else { return Ok(()) };
    // Looks at all pairs even after a bad one, which takes many of them in one step.
    let is_bare = input
        .iter()
        .zip(rest)
        .fold(*first == b'\n', |is_bare, (&before, &byte)| is_bare | ((byte == b'\n') & (before != b'\r')));
    if is_bare { Err(RequestRejection::BareLineFeed) } else { Ok(()) }
}

fn take_field<'a>(
    decisive: &mut Decisive<'a>,
    name: &str,
    value: &'a [u8],
    minor_version: u8,
) -> Result<(), RequestRejection> {
    // The length picks the candidate, so that most fields cost one comparison.
    match name.len() {
        4 if name.eq_ignore_ascii_case("host") => {
            let is_repeated = decisive.host.replace(value).is_some();
            return if is_repeated { Err(RequestRejection::HostRepeated) } else { Ok(()) };
        }
        6 if name.eq_ignore_ascii_case("expect") && minor_version >= 1 => {
            if !value.eq_ignore_ascii_case(b"100-continue") {
                return Err(RequestRejection::ExpectationFailed);
            }
            decisive.expects_continue = true;
        }
        10 if name.eq_ignore_ascii_case("connection") => {
            for option in list_items(value) {
                decisive.close |= option.eq_ignore_ascii_case(b"close");
                decisive.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                decisive.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
            }
        }
        14 if name.eq_ignore_ascii_case("content-length") => {
            let length = parse_decimal(value).ok_or(RequestRejection::ContentLengthInvalid)?;
            if decisive.content_length.replace(length).is_some() {
                return Err(RequestRejection::ContentLengthRepeated);
            }
        }
        17 if name.eq_ignore_ascii_case("transfer-encoding") => {
            decisive.has_coding = true;
            for coding in list_items(value) {
                take_coding(decisive, coding);
            }
        }
        _ => {}
    }
    Ok(())
}

fn take_coding(decisive: &mut Decisive<'_>, coding: &[u8]) {
    decisive.last_coding_is_chunked = coding.eq_ignore_ascii_case(b"chunked");
    if decisive.last_coding_is_chunked {
        decisive.chunked_count += 1;
        return;
    }
    decisive.other_coding_count += 1;
    decisive.only_known_codings &=
        [&b"gzip"[..], b"x-gzip", b"deflate", b"compress", b"x-compress", b"identity"]
            .iter()
            .any(|known| coding.eq_ignore_ascii_case(known));
}

fn framing_of(decisive: &Decisive<'_>, minor_version: u8) -> Result<RequestFraming, RequestRejection> {
    if !decisive.has_coding {
        return Ok(match decisive.content_length {
            None | Some(0) => RequestFraming::None,
            Some(length) => RequestFraming::Length(length),
        });
    }
    if decisive.content_length.is_some() {
        return Err(RequestRejection::LengthAndCoding);
    }
    if minor_version == 0 {
        return Err(RequestRejection::CodingInHttp10);
    }
    match (decisive.chunked_count, decisive.last_coding_is_chunked, decisive.other_coding_count) {
        (1, true, 0) => Ok(RequestFraming::Chunked),
        (1, true, _) => Err(RequestRejection::TransferEncodingUnsupported),
        (0, _, 1..) if !decisive.only_known_codings => Err(RequestRejection::TransferEncodingUnsupported),
        _ => Err(RequestRejection::TransferEncodingInvalid),
    }
}

struct TargetParts<'a> {
    form: TargetForm,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

fn split_target<'a>(method: &str, target: &'a str) -> Result<TargetParts<'a>, RequestRejection> {
    let invalid = |reason| Err(RequestRejection::TargetInvalid { reason });
    if let Some(byte) = target.bytes().find(|&byte| !TARGET_BYTES[byte as usize]) {
        return invalid(match byte {
            b'#' => "it has a fragment",
            b'"' | b'<' | b'>' => "it has a byte that no URI has",
            _ => "it has a byte outside visible ASCII",
        });
    }
    if method == "CONNECT" {
        return match target.rsplit_once(':') {
            Some((_, port)) if !port.is_empty() && is_host(target.as_bytes()) => Ok(TargetParts {
                form: TargetForm::Authority,
                authority: Some(target),
                path: target,
                query: None,
            }),
            _ => invalid("`CONNECT` needs host and port"),
        };
    }
    if target == "*" {
        return match method {
            "OPTIONS" => {
                Ok(TargetParts { form: TargetForm::Asterisk, authority: None, path: target, query: None })
            }
            _ => invalid("`*` is for `OPTIONS` only"),
        };
    }
    if target.starts_with('/') {
        let (path, query) = split_query(target);
        return Ok(TargetParts { form: TargetForm::Origin, authority: None, path, query });
    }
    let Some((scheme, rest)) = target.split_once("://") else {
        return invalid("it starts neither with `/` nor with a scheme");
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return invalid("its scheme is not http or https");
    }
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(authority_end);
    if !is_host(authority.as_bytes()) {
        return invalid("its authority is not a host with an optional port");
    }
    let (path, query) = split_query(rest);
    Ok(TargetParts { form: TargetForm::Absolute, authority: Some(authority), path, query })
}

/// The bytes of a target: visible ASCII but `#`, `"`, `<` and `>`.
///
/// Others that RFC 3986 leaves out do come from real clients: `|`, `{`, `^` and the like.
const TARGET_BYTES: [bool; 256] = byte_set(b"!$%&'()*+,-./:;=?@[\\]^_`{|}~");

fn split_query(target: &str) -> (&str, Option<&str>) {
    match memchr::memchr(b'?', target.as_bytes()) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    }
}

/// True for `host` or `host:port`, where host is a non-empty name, an IPv4 address or a bracketed literal.
fn is_host(value: &[u8]) -> bool {
    if value.first() == Some(&b'[') {
        let Some(end) = memchr::memchr(b']', value) else { return false };
        return is_literal(&value[1..end]) && is_port(&value[end + 1..]);
    }
    let end = memchr::memchr(b':', value).unwrap_or(value.len());
    end > 0 && is_name(&value[..end]) && is_port(&value[end..])
}

/// True for nothing, `:` alone, and `:` with a number of at most 16 bits.
fn is_port(value: &[u8]) -> bool {
    match value {
        [] => true,
        [b':', digits @ ..] if digits.len() <= 5 => {
            digits.iter().all(u8::is_ascii_digit)
                && digits.iter().fold(0, |port, digit| port * 10 + u32::from(digit - b'0')) <= 0xffff
        }
        _ => false,
    }
}

/// True for a registered name (RFC 3986), without the comma: `a, b` is two hosts joined by a proxy.
fn is_name(value: &[u8]) -> bool {
    // Almost all names have no escape.
    value.iter().all(|&byte| NAME_BYTES[byte as usize]) || is_escaped_name(value)
}

fn is_escaped_name(value: &[u8]) -> bool {
    value.iter().enumerate().all(|(at, &byte)| match byte {
        b'%' => value.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        _ => NAME_BYTES[byte as usize],
    })
}

/// The bytes of a registered name that stand for themselves.
const NAME_BYTES: [bool; 256] = byte_set(b"-._~!$&'()*+;=");

/// True for what may stand in brackets: an IPv6 address with or without a zone (RFC 6874), or one of a later version.
fn is_literal(value: &[u8]) -> bool {
    let Ok(value) = str::from_utf8(value) else { return false };
    if let Some(later) = value.strip_prefix(['v', 'V']) {
        return later.split_once('.').is_some_and(|(version, address)| {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && address.split(':').all(|part| is_name(part.as_bytes()))
        });
    }
    match value.split_once("%25") {
        Some((address, zone)) => is_ipv6(address) && !zone.is_empty() && is_name(zone.as_bytes()),
        None => is_ipv6(value),
    }
}

fn is_ipv6(value: &str) -> bool {
    value.parse::<std::net::Ipv6Addr>().is_ok()
}

fn list_items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty())
}

/// True when `name` may stand as a method or field name.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token_byte)
}
