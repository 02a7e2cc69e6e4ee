//! Protection against requests that another site makes a browser send (cross-site request forgery).
//!
//! A random token lives in a cookie; requests that change something have to repeat it in a field or in a form,
//! which another site cannot do because it cannot read the cookie.

use http::StatusCode;
use subtle::ConstantTimeEq;

use super::{Middleware, Step};
use crate::app::call::Call;
use crate::app::cookie::{self, Cookie, SameSite};
use crate::app::error::Error;
use crate::app::extract::{BodyUse, FromRequest};
use crate::app::response::Response;
use crate::multipart::FormData;

const TOKEN_BYTES: usize = 16;

/// Answers 403 to requests with an unsafe method that do not carry the token of their cookie.
///
/// The token is expected in the field `x-csrf-token` or in the form field `csrf_token`; in the former only where the
/// route takes its body as a stream. Requests that the browser marks as coming from another site are refused whatever they carry.
///
/// ```
/// use dyno_server::middleware::{Csrf, CsrfToken};
/// use dyno_server::{App, Html, get, post};
///
/// #[get("/form")]
/// fn form(token: CsrfToken) -> Html<String> {
///     Html(format!(r#"<form method="post"><input type="hidden" name="csrf_token" value="{token}"></form>"#))
/// }
///
/// #[post("/form")]
/// fn submit() -> &'static str { "done" }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(form).route(submit).with(Csrf::new()));
/// assert_eq!(server.post("/form").form("").send().status(), 403);
///
/// let page = server.get("/form").send();
/// let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap();
/// let token = cookie.split_once('=').unwrap().1;
/// assert!(page.text().contains(token));
/// let sent = server.post("/form").header("cookie", cookie).form(&format!("csrf_token={token}")).send();
/// assert_eq!(sent.text(), "done");
/// ```
#[derive(Debug, Clone)]
pub struct Csrf {
    cookie: String,
    is_secure: bool,
}

/// The token of this client: an extractor for pages with forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsrfToken(String);

impl std::fmt::Display for CsrfToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl Csrf {
    /// Keeps the token in the cookie `csrf`, marked `Secure` on encrypted connections.
    #[must_use]
    pub fn new() -> Self {
        Self { cookie: "csrf".to_owned(), is_secure: false }
    }

    /// The same with another name for the cookie.
    #[must_use]
    pub fn cookie(mut self, name: &str) -> Self {
        name.clone_into(&mut self.cookie);
        self
    }

    /// Marks the cookie `Secure` in any case: for servers behind a proxy that ends TLS.
    #[must_use]
    pub fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    fn token_of(&self, call: &Call<'_>) -> Option<String> {
        let fields = call.headers().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let mut pairs = fields.filter_map(|(_, value)| str::from_utf8(value).ok()).flat_map(cookie::parse);
        let (_, token) = pairs.find(|(name, _)| *name == self.cookie)?;
        let is_token = token.len() == TOKEN_BYTES * 2 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_token.then(|| token.to_owned())
    }
}

impl Default for Csrf {
    fn default() -> Self {
        Self::new()
    }
}

impl Middleware for Csrf {
    fn handle(&self, call: &Call<'_>) -> Step {
        let known = self.token_of(call);
        let is_safe = matches!(call.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        if !is_safe && !known.as_deref().is_some_and(|token| carries(call, token)) {
            let text = "the token against cross-site requests is missing or wrong";
            return Step::answer(Response::text(text).with_status(StatusCode::FORBIDDEN));
        }
        if let Some(token) = known {
            call.insert_extension(CsrfToken(token));
            return Step::Continue;
        }
        let Some(token) = random_token() else {
            return Step::answer(Response::new(StatusCode::INTERNAL_SERVER_ERROR));
        };
        call.insert_extension(CsrfToken(token.clone()));
        let mut cookie = Cookie::new(self.cookie.clone(), token).http_only().same_site(SameSite::Lax);
        if self.is_secure || call.is_encrypted() {
            cookie = cookie.secure();
        }
        Step::after(move |response| {
            let changed = std::mem::replace(response, Response::new(StatusCode::OK)).with_cookie(&cookie);
            *response = changed;
        })
    }

    fn body_use(&self) -> BodyUse {
        BodyUse::Whole
    }
}

fn carries(call: &Call<'_>, token: &str) -> bool {
    if call.header_str("sec-fetch-site") == Some("cross-site") {
        return false;
    }
    let in_form = || FormData::read(call).ok()?.text("csrf_token").map(str::to_owned);
    let sent = call.header_str("x-csrf-token").map(str::to_owned).or_else(in_form);
    sent.is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(token.as_bytes())))
}

fn random_token() -> Option<String> {
    let mut bytes = [0; TOKEN_BYTES];
    rustls::crypto::aws_lc_rs::default_provider().secure_random.fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl<'a> FromRequest<'a> for CsrfToken {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let text = "`CsrfToken` is taken outside of the middleware `Csrf`";
        call.extension().ok_or_else(|| Error::with_status(StatusCode::INTERNAL_SERVER_ERROR, text))
    }
}
