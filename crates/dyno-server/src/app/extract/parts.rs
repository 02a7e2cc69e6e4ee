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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

/// A copy of what a middleware left for this request with [`Call::insert_extension`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extension<T>(pub T);

/// The fields of the request, with memory of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub HeaderMap);

/// The cookies of the request.
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
