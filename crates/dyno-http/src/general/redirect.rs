//! Redirects: what is asked next, and what must not travel to another origin.
//!
//! Pure; the session sends what comes out of here.

use dyno_model::FailureKind;
use url::{Position, Url};

use super::failure::Failure;
use crate::render::RenderedRequest;

/// The redirects of one request.
#[derive(Debug, Default)]
pub(super) struct Redirects {
    /// Where it has been: method and URL.
    visited: Vec<(String, Url)>,
}

/// What is asked next.
#[derive(Debug)]
pub(super) struct Next {
    pub method: String,
    pub url: Url,
    pub is_other_origin: bool,
}

impl Redirects {
    /// Follows a redirect from `url`; `None` when the answer is none.
    pub(super) fn follow(
        &mut self,
        status: u16,
        location: Option<&[u8]>,
        method: &str,
        url: Url,
        limit: u32,
    ) -> Result<Option<Next>, Failure> {
        if !matches!(status, 301..=303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = location else { return Ok(None) };
        let location = String::from_utf8_lossy(location);
        let failed = |message: String| Failure::new(FailureKind::Redirect, message);
        let mut next = url
            .join(&location)
            .map_err(|error| failed(format!("the redirect to `{location}` cannot be read: {error}")))?;
        next.set_fragment(None);
        if !matches!(next.scheme(), "http" | "https") || next.host().is_none() {
            return Err(failed(format!("the redirect to `{location}` leads away from HTTP")));
        }
        // RFC 9110 section 15.4: 303 always asks with GET; for 301 and 302 every client turns POST into GET.
        let next_method = match (status, method) {
            (303, "HEAD") => "HEAD",
            (303, _) | (301 | 302, "POST") => "GET",
            (_, method) => method,
        };
        let is_other_origin = next.origin() != url.origin();
        self.visited.push((method.to_owned(), url));
        if self.visited.iter().any(|(method, url)| method == next_method && *url == next) {
            return Err(failed(format!("the redirects go in a circle, back to {}", shown(&next))));
        }
        if self.visited.len() > limit as usize {
            return Err(failed(format!("more than {limit} redirects, the last one to {}", shown(&next))));
        }
        Ok(Some(Next { method: next_method.to_owned(), url: next, is_other_origin }))
    }
}

/// Changes a request for its redirect: no content after a change to GET, no credentials for another origin.
pub(super) fn adapt(request: &mut RenderedRequest, method: &str, next: &Next) {
    let loses_content = next.method != method && next.method == "GET";
    if loses_content {
        request.body.clear();
    }
    if next.is_other_origin {
        request.host = None;
    }
    let is_dropped = |name: &[u8]| {
        let is = |known: &[&[u8]]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
        (loses_content && is(&[b"content-type", b"content-length", b"content-encoding"]))
            || (next.is_other_origin && is(&[b"authorization", b"cookie"]))
    };
    let kept: Vec<&[u8]> = request
        .fields
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !is_dropped(line.split(|byte| *byte == b':').next().unwrap_or_default()))
        .collect();
    request.fields = kept.concat();
}

/// Path and query of a URL, as they stand in a request.
pub(super) fn target_of(url: &Url) -> String {
    url[Position::BeforePath..Position::AfterQuery].to_owned()
}

fn shown(url: &Url) -> String {
    format!("`{}`", crate::endpoint::without_user(url.as_str()))
}

#[cfg(test)]
mod tests;
