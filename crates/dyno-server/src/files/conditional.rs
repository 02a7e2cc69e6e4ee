//! Conditional requests: whether the client has the current version already (RFC 9110, section 13).
//!
//! Evaluated in the order of section 13.2.2, so entity tags go before dates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::request::Request;

/// What tells one version of a file from another.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    /// With its quotes; strong.
    pub(super) etag: String,
    /// In whole seconds, as the fields have it.
    pub(super) modified: SystemTime,
}

/// What the conditions of a request lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precondition {
    /// 412.
    Failed,
    /// 304.
    NotModified,
    /// Go on, with or without looking at `Range`.
    Passed { wants_range: bool },
}

impl Validators {
    pub(super) fn of_file(modified: SystemTime, length: u64) -> Self {
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            etag: format!("\"{:x}-{length:x}\"", since.as_nanos()),
            modified: UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        }
    }

    /// Looks at the conditions of a request; `is_read` for GET and HEAD.
    pub(super) fn evaluate(&self, request: &Request<'_>, is_read: bool) -> Precondition {
        let field = |name: &str| request.header_str(name);
        if let Some(tags) = field("if-match") {
            if !self.matches(tags, Strength::Strong) {
                return Precondition::Failed;
            }
        } else if let Some(date) = field("if-unmodified-since").and_then(date)
            && self.modified > date
        {
            return Precondition::Failed;
        }
        if let Some(tags) = field("if-none-match") {
            if self.matches(tags, Strength::Weak) {
                return if is_read { Precondition::NotModified } else { Precondition::Failed };
            }
        } else if is_read
            && let Some(date) = field("if-modified-since").and_then(date)
            && self.modified <= date
        {
            return Precondition::NotModified;
        }
        let wants_range =
            field("range").is_some() && field("if-range").is_none_or(|value| self.is_same(value));
        Precondition::Passed { wants_range }
    }

    /// True when `tags` is `*` or has the own one.
    fn matches(&self, tags: &str, strength: Strength) -> bool {
        tags.trim() == "*"
            || tags.split(',').map(str::trim).any(|tag| match tag.strip_prefix("W/") {
                Some(tag) => strength == Strength::Weak && tag == self.etag,
                None => tag == self.etag,
            })
    }

    /// `If-Range`: a strong tag or the exact date.
    fn is_same(&self, value: &str) -> bool {
        let value = value.trim();
        value == self.etag || date(value) == Some(self.modified)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Strong,
    Weak,
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
}
