//! Cookies: what the server asks the client to keep, and reading what the client sends back (RFC 6265).
//!
//! Values are used as they are; whoever puts other than plain letters in encodes them. Called by `response` and
//! the `Cookies` extractor.

use std::fmt;
use std::time::Duration;

/// When a client sends a cookie along with requests that other sites cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// When a link is followed.
    Lax,
    /// Always; clients demand [`Cookie::secure`] with it.
    None,
}

/// One `Set-Cookie` field.
///
/// ```
/// use dyno_server::{Cookie, SameSite};
///
/// let cookie = Cookie::new("session", "4f1c").http_only().secure().same_site(SameSite::Lax);
/// assert_eq!(cookie.to_string(), "session=4f1c; Path=/; HttpOnly; Secure; SameSite=Lax");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    value: String,
    path: String,
    domain: Option<String>,
    max_age: Option<Duration>,
    is_http_only: bool,
    is_secure: bool,
    same_site: Option<SameSite>,
}

impl Cookie {
    /// A cookie for all paths that lasts as long as the client runs.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            path: "/".to_owned(),
            domain: None,
            max_age: None,
            is_http_only: false,
            is_secure: false,
            same_site: None,
        }
    }

    /// A cookie that makes the client forget the one called `name`.
    #[must_use]
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// Only for paths below `path`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Also for the hosts below `domain`.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// How long the client keeps it, in whole seconds.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Not for scripts.
    #[must_use]
    pub fn http_only(mut self) -> Self {
        self.is_http_only = true;
        self
    }

    /// Only over encrypted connections.
    #[must_use]
    pub fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// Whether requests that other sites cause carry it.
    #[must_use]
    pub fn same_site(mut self, rule: SameSite) -> Self {
        self.same_site = Some(rule);
        self
    }
}

impl fmt::Display for Cookie {
    /// The value of the field. What could end an attribute early is left out of names and values.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}={}", Plain(&self.name), Plain(&self.value))?;
        write!(out, "; Path={}", Plain(&self.path))?;
        if let Some(domain) = &self.domain {
            write!(out, "; Domain={}", Plain(domain))?;
        }
        if let Some(age) = self.max_age {
            write!(out, "; Max-Age={}", age.as_secs())?;
        }
        if self.is_http_only {
            out.write_str("; HttpOnly")?;
        }
        if self.is_secure {
            out.write_str("; Secure")?;
        }
        match self.same_site {
            Some(SameSite::Strict) => out.write_str("; SameSite=Strict"),
            Some(SameSite::Lax) => out.write_str("; SameSite=Lax"),
            Some(SameSite::None) => out.write_str("; SameSite=None"),
            None => Ok(()),
        }
    }
}

/// Text without semicolons, so that a value cannot bring its own attributes.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split(';').try_for_each(|part| out.write_str(part))
    }
}

/// Name and value of every cookie in a `Cookie` field.
pub(crate) fn parse(field: &str) -> impl Iterator<Item = (&str, &str)> {
    field.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        Some((name.trim(), unquoted.unwrap_or(value)))
    })
}
