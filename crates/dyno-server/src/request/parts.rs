//! The head of a request as HTTP/2 and HTTP/3 bring it: decoded fields instead of bytes.

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::{Priority, Version};

/// The field of RFC 9218.
pub(crate) static PRIORITY: HeaderName = HeaderName::from_static("priority");

/// One request head of HTTP/2 or HTTP/3.
#[derive(Debug, Clone)]
pub(crate) struct RequestParts {
    pub(crate) version: Version,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// Fields without the pseudo-fields; at most one `cookie`.
    pub(crate) fields: HeaderMap,
    /// `:protocol` of an extended `CONNECT`.
    pub(crate) protocol: Option<String>,
    pub(crate) stream_id: u64,
    pub(crate) priority: Priority,
    /// True when the request has a `priority` field, whatever its value.
    pub(crate) names_priority: bool,
    /// Size of the decompressed head, as SETTINGS_MAX_HEADER_LIST_SIZE counts it without the 32 bytes per field.
    pub(crate) head_bytes: usize,
}

impl RequestParts {
    /// Takes what the library decoded; joins the crumbs of `cookie` and reads `priority`.
    pub(crate) fn new(version: Version, parts: http::request::Parts, stream_id: u64) -> Self {
        let http::request::Parts { method, uri, headers: mut fields, .. } = parts;
        join_cookies(&mut fields);
        let said = fields.get(&PRIORITY).map(|value| Priority::parse(value.as_bytes()));
        let (priority, names_priority) = (said.unwrap_or_default(), said.is_some());
        let head_bytes = method.as_str().len()
            + uri.authority().map_or(0, |authority| authority.as_str().len())
            + uri.path_and_query().map_or(0, |target| target.as_str().len())
            + fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        Self { version, method, uri, fields, protocol: None, stream_id, priority, names_priority, head_bytes }
    }

    pub(crate) fn target(&self) -> &str {
        match (self.uri.path_and_query(), self.uri.authority()) {
            (Some(target), _) => target.as_str(),
            (None, Some(authority)) => authority.as_str(),
            (None, None) => "",
        }
    }

    pub(crate) fn host(&self) -> Option<&str> {
        match self.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => self.fields.get(http::header::HOST).and_then(|host| host.to_str().ok()),
        }
    }
}

/// Makes one `cookie` of several, as RFC 9113 section 8.2.3 asks before anybody else sees them.
fn join_cookies(fields: &mut HeaderMap) {
    let mut crumbs = fields.get_all(COOKIE).iter();
    let (Some(first), Some(second)) = (crumbs.next(), crumbs.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for crumb in std::iter::once(second).chain(crumbs) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(crumb.as_bytes());
    }
    let joined = HeaderValue::from_maybe_shared(joined);
    fields.insert(COOKIE, joined.expect("invariant: valid values joined by `; ` are a valid value"));
}
