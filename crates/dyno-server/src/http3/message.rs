//! From a field section to the head of a request, by the strict rules of RFC 9114, section 4.
//!
//! Pure rules over decoded fields; whatever they call malformed resets the stream. Called once per request.

use bytes::Bytes;
use dyno_proto::http3::{FieldSectionError, FieldSectionLimits, Http3Error, decode_field_section};
use http::header::{CONTENT_LENGTH, EXPECT, HOST};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::body::Fields;
use crate::request::Version;
use crate::request::parts::RequestParts;

#[cfg(test)]
mod tests;

/// What is wrong with a field section.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection ends.
    Connection(Http3Error),
    /// The stream is reset with H3_MESSAGE_ERROR.
    Malformed,
    /// The request is answered with this status.
    Refused(u16, &'static str),
}

impl From<FieldSectionError> for Fault {
    fn from(error: FieldSectionError) -> Self {
        match (error.ends_connection(), error) {
            (Some(error), _) => Self::Connection(error),
            (None, FieldSectionError::TooMany) => Self::Refused(431, "the request head has too many fields"),
            (None, _) => Self::Refused(431, "the request head is too large"),
        }
    }
}

/// A request head that keeps the rules.
#[derive(Debug)]
pub(super) struct RequestMessage {
    pub(super) parts: RequestParts,
    pub(super) content_length: Option<u64>,
    /// As the limit counts, with 32 bytes per field.
    pub(super) section_bytes: u64,
}

/// Reads the head of a request.
pub(super) fn request(
    section: &[u8],
    limits: FieldSectionLimits,
    stream_id: u64,
) -> Result<RequestMessage, Fault> {
    let mut collected = Collected::default();
    let section_bytes = decode_field_section(section, limits, |name, value| collected.take(name, value))?;
    if collected.is_malformed {
        return Err(Fault::Malformed);
    }
    let content_length = content_length(&collected.fields)?;
    let method = collected.method.take().ok_or(Fault::Malformed)?;
    let protocol = collected.protocol.take();
    let uri = collected.uri(&method, protocol.is_some())?;
    check_expectation(&collected.fields)?;
    let mut request = http::Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = collected.fields;
    let mut parts = RequestParts::new(Version::Http3, request.into_parts().0, stream_id);
    parts.protocol = protocol;
    Ok(RequestMessage { parts, content_length, section_bytes })
}

/// Reads the trailers of a request.
pub(super) fn trailers(section: &[u8], limits: FieldSectionLimits) -> Result<Fields, Fault> {
    let mut collected = Collected { is_trailer: true, ..Collected::default() };
    decode_field_section(section, limits, |name, value| collected.take(name, value))?;
    if collected.is_malformed {
        return Err(Fault::Malformed);
    }
    let named =
        |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), value.as_bytes().to_vec());
    Ok(collected.fields.iter().map(named).collect())
}

/// The fields of one section, by kind.
#[derive(Default)]
struct Collected {
    method: Option<Method>,
    scheme: Option<Scheme>,
    authority: Option<Authority>,
    path: Option<PathAndQuery>,
    protocol: Option<String>,
    fields: HeaderMap,
    is_trailer: bool,
    is_malformed: bool,
}

impl Collected {
    fn take(&mut self, name: &[u8], value: &[u8]) {
        let is_good = if name.first() == Some(&b':') {
            // Pseudo-fields come first, and never in trailers.
            !self.is_trailer && self.fields.is_empty() && self.take_pseudo(name, value).is_some()
        } else {
            self.take_field(name, value).is_some()
        };
        self.is_malformed |= !is_good;
    }

    /// `None` when it is unknown, invalid or there already.
    fn take_pseudo(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let text = str::from_utf8(value).ok()?;
        let shared = || Bytes::copy_from_slice(value);
        match name {
            b":method" => put(&mut self.method, Method::from_bytes(value).ok()?),
            b":scheme" if value.first()?.is_ascii_alphabetic() => put(&mut self.scheme, text.parse().ok()?),
            b":authority" => put(&mut self.authority, Authority::from_maybe_shared(shared()).ok()?),
            b":path" => put(&mut self.path, path(text, shared())?),
            b":protocol" => {
                let is_token = HeaderName::from_bytes(value).is_ok();
                put(&mut self.protocol, is_token.then(|| text.to_owned())?)
            }
            _ => None,
        }
    }

    fn take_field(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        if is_blank(value.first()) || is_blank(value.last()) {
            return None;
        }
        let is_of_connection = matches!(
            name,
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade"
        );
        if is_of_connection || name == b"te" && value != b"trailers" {
            return None;
        }
        // Upper case is malformed, not to be mended.
        let name = HeaderName::from_lowercase(name).ok()?;
        let value = HeaderValue::from_bytes(value).ok()?;
        self.fields.try_append(name, value).ok().map(|_| ())
    }

    fn uri(&mut self, method: &Method, is_extended: bool) -> Result<Uri, Fault> {
        let authority = self.authority()?;
        let (scheme, path) = (self.scheme.take(), self.path.take());
        let mut parts = http::uri::Parts::default();
        parts.authority = Some(authority);
        if *method == Method::CONNECT && !is_extended {
            if scheme.is_some() || path.is_some() {
                return Err(Fault::Malformed);
            }
        } else {
            let (Some(scheme), Some(path)) = (scheme, path) else { return Err(Fault::Malformed) };
            if path.as_str() == "*" && *method != Method::OPTIONS || is_extended && *method != Method::CONNECT
            {
                return Err(Fault::Malformed);
            }
            parts.scheme = Some(scheme);
            parts.path_and_query = Some(path);
        }
        Uri::from_parts(parts).map_err(|_| Fault::Malformed)
    }

    /// The one host that the request names, by `:authority`, by `host`, or by both alike.
    fn authority(&mut self) -> Result<Authority, Fault> {
        let mut hosts = self.fields.get_all(HOST).iter();
        let (host, second) = (hosts.next(), hosts.next());
        let host = match host {
            None => None,
            Some(host) => Some(Authority::try_from(host.as_bytes()).map_err(|_| Fault::Malformed)?),
        };
        let authority = match (self.authority.take(), host) {
            _ if second.is_some() => None,
            (Some(authority), Some(host)) if authority != host => None,
            (Some(authority), _) | (None, Some(authority)) => Some(authority),
            (None, None) => None,
        };
        authority.filter(|authority| !authority.as_str().contains('@')).ok_or(Fault::Malformed)
    }
}

fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}

fn path(text: &str, shared: Bytes) -> Option<PathAndQuery> {
    let has_form = text == "*" || text.starts_with('/');
    // A fragment would be cut off in silence.
    if !has_form || text.contains('#') {
        return None;
    }
    PathAndQuery::from_maybe_shared(shared).ok()
}

/// The length of the body, if the head gives one.
fn content_length(fields: &HeaderMap) -> Result<Option<u64>, Fault> {
    let mut lengths = fields.get_all(CONTENT_LENGTH).iter();
    let (length, second) = (lengths.next(), lengths.next());
    if second.is_some() {
        return Err(Fault::Malformed);
    }
    let Some(length) = length.map(HeaderValue::as_bytes) else { return Ok(None) };
    if length.is_empty() || length.len() > 19 || !length.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Malformed);
    }
    Ok(Some(length.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))))
}

fn check_expectation(fields: &HeaderMap) -> Result<(), Fault> {
    match fields.get(EXPECT) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") => {
            Err(Fault::Refused(417, "the field `Expect` asks for something other than `100-continue`"))
        }
        _ => Ok(()),
    }
}
