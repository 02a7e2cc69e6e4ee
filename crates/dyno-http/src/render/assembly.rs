//! Joining a rendered request with its connection's part: the bytes that go over the wire.
//!
//! Copies into a reused buffer and allocates nothing. Called right before a request is sent, and once for requests
//! that are always the same.

use dyno_model::Secret;
use dyno_proto::http1::encode_field;
use url::Url;

use super::fields::basic;
use super::{RenderError, RenderedRequest};

/// The connection's part of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assembly<'a> {
    /// The method.
    pub method: &'a str,
    /// The `Host` field, unless the plan gives one.
    pub authority: &'a str,
    /// What stands before the path.
    pub prefix: &'a str,
    /// The path with its query; empty means `/`.
    pub path: &'a str,
    /// The user's cookies.
    pub cookie: Option<&'a str>,
    /// Credentials of the base URL, for requests without others.
    pub user_info: Option<&'a Secret>,
}

/// Writes head and body to `out`, which is cleared first.
///
/// # Errors
/// When the path or the method would break the head.
pub(crate) fn assemble(
    out: &mut Vec<u8>,
    part: Assembly<'_>,
    request: &RenderedRequest,
) -> Result<(), RenderError> {
    out.clear();
    out.extend_from_slice(part.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(part.prefix.as_bytes());
    match part.path.as_bytes().first() {
        Some(b'/') => {}
        None | Some(b'?') if !part.prefix.is_empty() => {}
        None | Some(b'?') => out.push(b'/'),
        Some(_) => return Err(bad_path(part.path.as_bytes(), "does not start with `/`")),
    }
    out.extend_from_slice(part.path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    out.extend_from_slice(request.host.as_deref().unwrap_or(part.authority).as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&request.fields);
    if let Some(cookie) = part.cookie {
        encode_field(out, "Cookie", cookie.as_bytes())?;
    }
    if let Some(user) = part.user_info.filter(|_| !has_field(&request.fields, b"authorization")) {
        encode_field(out, "Authorization", basic(user.expose()).as_bytes())?;
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&request.body);
    Ok(())
}

/// Whether encoded fields hold one of this lower-case name.
fn has_field(fields: &[u8], name: &[u8]) -> bool {
    fields.split(|byte| *byte == b'\n').any(|line| {
        line.len() > name.len() && line[name.len()] == b':' && line[..name.len()].eq_ignore_ascii_case(name)
    })
}

/// Reads a rendered URL as an absolute one; `None` when it is a path.
pub(crate) fn split_absolute(url: &str) -> Result<Option<Url>, RenderError> {
    if url.starts_with('/') || url.starts_with('?') || !url.contains("://") {
        return Ok(None);
    }
    let read = Url::parse(url).map_err(|error| RenderError::Url {
        url: crate::endpoint::without_user(url),
        reason: error.to_string(),
    })?;
    Ok(Some(read))
}

/// Appends a value inside a URL; keeps its delimiters, so that a value may be a whole path.
pub(super) fn push_url_value(value: &[u8], out: &mut Vec<u8>) -> Result<(), RenderError> {
    for &byte in value {
        match byte {
            0..=0x1f | 0x7f => {
                return Err(bad_path(value, "holds a line break or another control character"));
            }
            b' ' | b'#' | b'"' | b'<' | b'>' | 0x80.. => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
            byte => out.push(byte),
        }
    }
    Ok(())
}

/// Refuses what would break the request line; a plan's own text was checked when it was read, a caller's was not.
pub(super) fn check_url(url: &[u8]) -> Result<(), RenderError> {
    if !url.iter().all(u8::is_ascii_graphic) {
        return Err(bad_path(url, "holds a space or a byte outside of ASCII"));
    }
    match url.first() {
        None | Some(b'/' | b'?') => Ok(()),
        Some(_) if memchr::memmem::find(url, b"://").is_some() => Ok(()),
        Some(_) => Err(bad_path(url, "does not start with `/`")),
    }
}

fn bad_path(path: &[u8], reason: &'static str) -> RenderError {
    let shown = path[..path.len().min(64)].escape_ascii().to_string();
    RenderError::Path { path: shown, reason }
}
