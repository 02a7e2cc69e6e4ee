//! Cross-origin resource sharing: which other sites' scripts may ask, and what (the Fetch standard).

use std::rc::Rc;
use std::time::Duration;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Middleware, Step};
use crate::app::call::Call;
use crate::app::response::Response;

/// Answers preflights and marks responses for the origins that are allowed; other origins get no mark, which is
/// what makes browsers refuse them.
///
/// ```
/// use std::time::Duration;
///
/// use dyno_server::middleware::Cors;
/// use dyno_server::{App, put};
///
/// #[put("/settings")]
/// fn settings() -> &'static str { "kept" }
///
/// let cors = || Cors::new()
///     .origin("https://app.example")
///     .methods(["GET", "PUT"])
///     .headers(["content-type"])
///     .max_age(Duration::from_secs(600));
/// let server = dyno_server::TestServer::start(move |_| App::new().route(settings).with(cors()));
/// let preflight = server
///     .request("OPTIONS", "/settings")
///     .header("origin", "https://app.example")
///     .header("access-control-request-method", "PUT")
///     .send();
/// assert_eq!(preflight.status(), 204);
/// assert_eq!(preflight.header("access-control-allow-origin"), Some("https://app.example"));
/// assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, PUT"));
/// assert_eq!(preflight.header("access-control-max-age"), Some("600"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Rc<Vec<String>>,
    allows_any_origin: bool,
    allows_credentials: bool,
    methods: Option<String>,
    headers: Option<String>,
    exposed: Option<String>,
    max_age: Option<Duration>,
}

impl Cors {
    /// No other origin is allowed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows one more origin, such as `https://app.example`.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        Rc::make_mut(&mut self.origins).push(origin.to_owned());
        self
    }

    /// Allows every origin. Together with [`Cors::credentials`] the origin that asks is named, which lets every
    /// site act in the name of its visitors: only for what is public anyway.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.allows_any_origin = true;
        self
    }

    /// Allows cookies and authentication.
    #[must_use]
    pub fn credentials(mut self) -> Self {
        self.allows_credentials = true;
        self
    }

    /// The methods that may be asked for; without this call, whichever the preflight names.
    #[must_use]
    pub fn methods<'m>(mut self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        self.methods = Some(list(methods));
        self
    }

    /// The fields that requests may have; without this call, whichever the preflight names.
    #[must_use]
    pub fn headers<'h>(mut self, names: impl IntoIterator<Item = &'h str>) -> Self {
        self.headers = Some(list(names));
        self
    }

    /// The fields of responses that scripts may read.
    #[must_use]
    pub fn expose<'h>(mut self, names: impl IntoIterator<Item = &'h str>) -> Self {
        self.exposed = Some(list(names));
        self
    }

    /// How long a browser may remember the answer to a preflight.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    fn allowed_origin(&self, origin: &str) -> Option<HeaderValue> {
        if self.allows_any_origin && !self.allows_credentials {
            return Some(HeaderValue::from_static("*"));
        }
        let is_allowed = self.allows_any_origin || self.origins.iter().any(|it| it == origin);
        is_allowed.then(|| HeaderValue::from_str(origin).ok()).flatten()
    }

    fn preflight(&self, allowed: Option<HeaderValue>, call: &Call<'_>) -> Response {
        let mut response = Response::new(StatusCode::NO_CONTENT)
            .with_header(VARY, "origin, access-control-request-method, access-control-request-headers");
        let Some(allowed) = allowed else { return response };
        self.mark(allowed, &mut response);
        let asked = |name: &str| call.header_str(name).map(str::to_owned);
        let methods = self.methods.clone().or_else(|| asked("access-control-request-method"));
        let headers = self.headers.clone().or_else(|| asked("access-control-request-headers"));
        let max_age = self.max_age.map(|age| age.as_secs().to_string());
        set(&mut response, ACCESS_CONTROL_ALLOW_METHODS, methods.as_deref());
        set(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, headers.as_deref());
        set(&mut response, ACCESS_CONTROL_MAX_AGE, max_age.as_deref());
        response
    }

    fn mark(&self, allowed: HeaderValue, response: &mut Response) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.allows_credentials {
            set(response, ACCESS_CONTROL_ALLOW_CREDENTIALS, Some("true"));
        }
        set(response, ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.as_deref());
    }
}

impl Middleware for Cors {
    fn handle(&self, call: &Call<'_>) -> Step {
        let Some(origin) = call.header_str("origin") else {
            // The answer would be another one with an origin, so caches have to know.
            return Step::after(vary);
        };
        let allowed = self.allowed_origin(origin);
        if call.method() == "OPTIONS" && call.header("access-control-request-method").is_some() {
            return Step::answer(self.preflight(allowed, call));
        }
        let cors = self.clone();
        Step::after(move |response| {
            vary(response);
            if let Some(allowed) = allowed {
                cors.mark(allowed, response);
            }
        })
    }
}

fn vary(response: &mut Response) {
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
}

/// Sets a field whose value was checked or came from a valid request.
fn set(response: &mut Response, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(name, value);
    }
}

fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().collect::<Vec<_>>().join(", ")
}
