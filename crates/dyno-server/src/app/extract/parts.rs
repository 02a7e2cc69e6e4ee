//! Extractors of everything that is not path, query or body: state, fields, cookies, the connection.

use std::any::type_name;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::app::call::Call;
use crate::app::cookie;
use crate::app::error::{Error, Rejection};
use crate::app::extract::{BodyUse, FromRequest};
use crate::app::scope::Scope;
use crate::connection_info::ConnectionInfo;
use crate::request::{OwnedRequest, Request, Version};

/// A copy of what [`App::state`](crate::App::state) was given; best an `Rc`, or something as cheap to clone.
///
/// A route whose state is missing keeps the server from starting.
///
/// ```
/// use std::rc::Rc;
///
/// use dyno_server::{App, State, get};
///
/// #[get("/motto")]
/// fn motto(State(motto): State<Rc<str>>) -> String { motto.to_string() }
///
/// let server = dyno_server::TestServer::start(|_| App::new().state::<Rc<str>>("fast enough".into()).route(motto));
/// assert_eq!(server.get("/motto").send().text(), "fast enough");
/// assert!(App::new().route(motto).check().unwrap_err().to_string().contains("add `.state(…)`"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

/// A copy of what a middleware left for this request with [`Call::insert_extension`].
///
/// ```
/// use dyno_server::middleware::before;
/// use dyno_server::{App, Call, Extension, StatusCode, get};
///
/// #[derive(Clone)]
/// struct Tenant(String);
///
/// #[get("/")]
/// fn page(Extension(tenant): Extension<Tenant>) -> String { format!("page of {}", tenant.0) }
///
/// let tenants = || before(|call: &Call<'_>| {
///     let host = call.host().and_then(|host| host.split('.').next()).ok_or(StatusCode::BAD_REQUEST)?;
///     call.insert_extension(Tenant(host.to_owned()));
///     Ok::<(), StatusCode>(())
/// });
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(tenants()));
/// assert_eq!(server.get("/").send().text(), "page of 127");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extension<T>(pub T);

/// The fields of the request, with memory of their own.
///
/// A function that looks at one or two of them is better off with `&Request<'_>`, which copies nothing.
///
/// ```
/// use dyno_server::{App, Headers, Request, get};
///
/// #[get("/count")]
/// async fn count(Headers(fields): Headers) -> String { fields.len().to_string() }
///
/// #[get("/agent")]
/// fn agent(request: &Request<'_>) -> String { request.header_str("user-agent").unwrap_or("?").to_owned() }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(count).route(agent));
/// assert_eq!(server.get("/count").header("x-one", "1").send().text(), "3");
/// assert_eq!(server.get("/agent").header("user-agent", "me").send().text(), "me");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub HeaderMap);

/// The cookies of the request.
///
/// ```
/// use dyno_server::{App, Cookie, Cookies, Response, get};
///
/// #[get("/")]
/// fn page(cookies: Cookies) -> Response {
///     let visits: u32 = cookies.value("visits").and_then(|text| text.parse().ok()).unwrap_or(0);
///     Response::text(format!("visit {visits}")).with_cookie(&Cookie::new("visits", (visits + 1).to_string()))
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(page));
/// let answer = server.get("/").header("cookie", "visits=7").send();
/// assert_eq!((answer.text(), answer.header("set-cookie")), ("visit 7", Some("visits=8; Path=/")));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cookies {
    pairs: Vec<(String, String)>,
}

impl Cookies {
    /// The value of the first cookie called `name`, as it came.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    /// Every name and value, in the order received.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<'a, T: Clone + 'static> FromRequest<'a> for State<T> {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let value = call.state::<T>().ok_or_else(|| missing::<T>("App::state"))?;
        Ok(Self(value.clone()))
    }

    fn check(scope: &Scope) -> Result<(), String> {
        match scope.state.get::<T>() {
            Some(_) => Ok(()),
            None => Err(format!(
                "`State<{name}>` is taken and no `{name}` was given; add `.state(…)` to the app",
                name = type_name::<T>()
            )),
        }
    }
}

impl<'a, T: Clone + 'static> FromRequest<'a> for Extension<T> {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        call.extension().map(Self).ok_or_else(|| missing::<T>("Call::insert_extension"))
    }
}

fn missing<T>(giver: &str) -> Error {
    let text = format!("no `{}` was given by `{giver}`", type_name::<T>());
    Error::with_status(StatusCode::INTERNAL_SERVER_ERROR, text)
}

impl<'a> FromRequest<'a> for Headers {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let mut fields = HeaderMap::new();
        for (name, value) in call.headers() {
            let name = HeaderName::from_bytes(name.as_bytes());
            let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) else {
                return Err(Rejection::bad_request("a header field is malformed").into());
            };
            fields.append(name, value);
        }
        Ok(Self(fields))
    }
}

impl<'a> FromRequest<'a> for Cookies {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let fields = call.headers().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let texts = fields.filter_map(|(_, value)| str::from_utf8(value).ok());
        let pairs = texts.flat_map(cookie::parse);
        Ok(Self { pairs: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() })
    }
}

impl<'a> FromRequest<'a> for ConnectionInfo {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.connection().clone())
    }
}

impl<'a> FromRequest<'a> for Version {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.version())
    }
}

impl<'a> FromRequest<'a> for Method {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let method = Self::from_bytes(call.method().as_bytes());
        method.map_err(|_| Rejection::bad_request("the method is no token").into())
    }
}

impl<'a> FromRequest<'a> for OwnedRequest {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.to_owned())
    }
}

impl<'a> FromRequest<'a> for &'a Request<'a> {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.request())
    }
}

impl<'a> FromRequest<'a> for Call<'a> {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(*call)
    }
}
