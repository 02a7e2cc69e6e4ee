//! Fields that tell browsers to be careful.
//!
//! What a response has already stays as it is.

use std::sync::Arc;
use std::time::Duration;

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderName, HeaderValue};

use super::{Middleware, Step};
use crate::app::call::Call;

const DEFAULTS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Adds `Content-Security-Policy`, `X-Content-Type-Options`, `X-Frame-Options`, `Referrer-Policy`,
/// `Cross-Origin-Opener-Policy` and `Permissions-Policy`.
///
/// ```
/// use dyno_server::middleware::SecureHeaders;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "safe" }
///
/// let headers = || SecureHeaders::new().set("content-security-policy", "default-src 'none'");
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(headers()));
/// let answer = server.get("/").send();
/// assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'"));
/// assert_eq!(answer.header("x-frame-options"), Some("DENY"));
/// ```
#[derive(Debug, Clone)]
pub struct SecureHeaders {
    fields: Arc<Vec<(HeaderName, HeaderValue)>>,
}

impl SecureHeaders {
    /// The defaults: everything from the own origin only, in no frame.
    #[must_use]
    pub fn new() -> Self {
        let field = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        Self { fields: Arc::new(DEFAULTS.into_iter().map(field).collect()) }
    }

    /// The same with another value for a field, or one field more.
    ///
    /// # Panics
    /// When name or value are no literals that HTTP allows.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        let fields = Arc::make_mut(&mut self.fields);
        fields.retain(|(other, _)| *other != name);
        fields.push((name, HeaderValue::from_static(value)));
        self
    }

    /// The same without a field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        Arc::make_mut(&mut self.fields).retain(|(other, _)| other != name);
        self
    }
}

impl Default for SecureHeaders {
    fn default() -> Self {
        Self::new()
    }
}

impl Middleware for SecureHeaders {
    fn handle(&self, _: &Call<'_>) -> Step {
        let fields = Arc::clone(&self.fields);
        Step::after(move |response| {
            for (name, value) in fields.iter() {
                response.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
        })
    }
}

/// Adds `Strict-Transport-Security`, which makes browsers use HTTPS for this host from now on (RFC 6797).
///
/// Only on encrypted connections, as the RFC demands, unless a proxy in front ends TLS.
///
/// ```
/// use std::time::Duration;
///
/// use dyno_server::middleware::Hsts;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "safe" }
///
/// let hsts = || Hsts::new(Duration::from_secs(3600)).include_subdomains().behind_proxy();
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(hsts()));
/// let answer = server.get("/").send();
/// assert_eq!(answer.header("strict-transport-security"), Some("max-age=3600; includeSubDomains"));
/// ```
#[derive(Debug, Clone)]
pub struct Hsts {
    value: HeaderValue,
    max_age: Duration,
    includes_subdomains: bool,
    is_behind_proxy: bool,
}

impl Hsts {
    /// For `max_age` after each visit, in whole seconds.
    #[must_use]
    pub fn new(max_age: Duration) -> Self {
        let mut hsts = Self {
            value: HeaderValue::from_static(""),
            max_age,
            includes_subdomains: false,
            is_behind_proxy: false,
        };
        hsts.refresh();
        hsts
    }

    /// Also for all hosts below this one.
    #[must_use]
    pub fn include_subdomains(mut self) -> Self {
        self.includes_subdomains = true;
        self.refresh();
        self
    }

    /// Also on connections that are not encrypted, because a proxy has decrypted them.
    #[must_use]
    pub fn behind_proxy(mut self) -> Self {
        self.is_behind_proxy = true;
        self
    }

    fn refresh(&mut self) {
        let subdomains = if self.includes_subdomains { "; includeSubDomains" } else { "" };
        let value = format!("max-age={}{subdomains}", self.max_age.as_secs());
        self.value = HeaderValue::try_from(value).expect("invariant: digits and a literal are a valid value");
    }
}

impl Middleware for Hsts {
    fn handle(&self, call: &Call<'_>) -> Step {
        if !(self.is_behind_proxy || call.is_encrypted()) {
            return Step::Continue;
        }
        let value = self.value.clone();
        Step::after(move |response| {
            response.headers_mut().entry(STRICT_TRANSPORT_SECURITY).or_insert(value);
        })
    }
}
