//! What a handler may return.
//!
//! The common types write themselves straight into the output; the others become a [`Response`] first. Called by
//! `call` once the handler has returned.

use std::borrow::Cow;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::app::error::{Error, NotFound};
use crate::app::response::{InvalidField, Response};
use crate::handler::Action;
use crate::response::common::{BINARY, CommonHead, HTML, JSON, TEXT};
use crate::response::{PreparedResponse, ResponseWriter};

#[cfg(test)]
mod tests;

/// Something that can be answered.
///
/// | type | answer |
/// |---|---|
/// | `&'static str`, `String`, `Cow<'static, str>` | 200, `text/plain; charset=utf-8` |
/// | `Bytes`, `Vec<u8>`, `&'static [u8]` | 200, `application/octet-stream` |
/// | [`Json`], [`Html`], [`Redirect`], [`Response`] | as they say |
/// | `Rc<PreparedResponse>`, `Arc<_>`, `&'static _` | what was prepared once |
/// | `()` | 204 |
/// | `StatusCode` | that status, no body |
/// | `(StatusCode, R)` | the answer of `R` with another status |
/// | `([(name, value); N], R)`, `(HeaderMap, R)` | the answer of `R` with these fields |
/// | `(StatusCode, [(name, value); N], R)` | both |
/// | `Option<R>` | 404 for `None` |
/// | `Result<R, E>` | the error handler for `E`, or 500; see [`Error`] |
///
/// ```
/// use dyno_server::{App, Json, Path, StatusCode, get};
///
/// #[get("/half/{n}")]
/// fn half(Path(n): Path<u32>) -> Result<Json<u32>, std::num::TryFromIntError> {
///     Ok(Json(u32::try_from(i64::from(n) / 2)?))
/// }
///
/// #[get("/sqrt/{n}")]
/// fn root(Path(n): Path<u32>) -> Option<String> {
///     let root = n.isqrt();
///     (root * root == n).then(|| root.to_string())
/// }
///
/// #[get("/made")]
/// fn made() -> (StatusCode, [(&'static str, &'static str); 1], &'static str) {
///     (StatusCode::CREATED, [("location", "/made/1")], "made")
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(half).route(root).route(made));
/// assert_eq!(server.get("/half/7").send().text(), "3");
/// assert_eq!(server.get("/sqrt/9").send().text(), "3");
/// assert_eq!(server.get("/sqrt/10").send().status(), 404);
/// assert_eq!(server.get("/made").send().header("location"), Some("/made/1"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be answered",
    label = "not something that can be answered",
    note = "return text, bytes, `Json<T>`, `Html<T>`, `Redirect`, `Response`, a `StatusCode`, a tuple of status and \
            one of these, or an `Option` or a `Result` of them",
    note = "the error of a `Result` has to be a `std::error::Error`, a `dyno_server::Error` or a `Response`"
)]
pub trait IntoResponse: Sized {
    /// The answer as a value.
    fn into_response(self) -> Response;

    /// Writes the answer without making a value of it, where that saves something.
    ///
    /// # Errors
    /// What stands in place of an answer; nothing was written then.
    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.into_response().write(writer)
    }

    /// [`IntoResponse::write_to`] with what a tuple around the answer says.
    ///
    /// # Errors
    /// As there.
    #[doc(hidden)]
    fn write_amended(self, amended: &Amended<'_>, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        let mut response = self.into_response();
        if let Some(status) = amended.status {
            response = response.with_status(status);
        }
        for (name, value) in amended.fields {
            response.headers_mut().insert(name, value.clone());
        }
        response.write(writer)
    }
}

/// What a tuple says about the answer inside: another status, more fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Amended<'f> {
    status: Option<StatusCode>,
    fields: &'f [(HeaderName, HeaderValue)],
}

impl Amended<'_> {
    /// Writes an answer whose bytes are there.
    fn write(&self, common: &CommonHead, body: &[u8], writer: &mut ResponseWriter<'_>) -> Action {
        if self.status.is_none() && self.fields.is_empty() {
            writer.respond_common(common, body);
            return Action::Done;
        }
        let mut head = writer.start(self.status.map_or(200, |status| status.as_u16()));
        if !self.fields.iter().any(|(name, _)| *name == CONTENT_TYPE) {
            head = head.field("content-type", common.content_type().as_bytes());
        }
        for (name, value) in self.fields {
            head = head.field(name.as_str(), value.as_bytes());
        }
        head.body(body);
        Action::Done
    }
}

/// A value as JSON: an extractor and an answer.
///
/// ```
/// use dyno_server::{App, Json, get, post};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Point { x: i32, y: i32 }
///
/// #[post("/mirror")]
/// fn mirror(Json(point): Json<Point>) -> Json<Point> {
///     Json(Point { x: -point.x, y: point.y })
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(mirror));
/// assert_eq!(server.post("/mirror").json(&Point { x: 1, y: 2 }).send().text(), r#"{"x":-1,"y":2}"#);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// Text as HTML. What comes from users has to pass [`crate::escape_html`] first.
///
/// ```
/// use dyno_server::{App, Html, Path, escape_html, get};
///
/// #[get("/hello/{name}")]
/// fn hello(Path(name): Path<String>) -> Html<String> {
///     Html(format!("<p>Hello, {}!</p>", escape_html(name)))
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(hello));
/// assert_eq!(server.get("/hello/A%26B").send().text(), "<p>Hello, A&amp;B!</p>");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

/// An answer that sends the client to another place.
///
/// ```
/// use dyno_server::{App, Redirect, get};
///
/// #[get("/old")]
/// fn old() -> Redirect { Redirect::permanent("/new") }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(old));
/// let answer = server.get("/old").send();
/// assert_eq!((answer.status(), answer.header("location")), (308, Some("/new")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    status: StatusCode,
    location: String,
}

impl Redirect {
    /// 302: ask there this time; browsers ask with GET.
    #[must_use]
    pub fn to(location: impl Into<String>) -> Self {
        Self { status: StatusCode::FOUND, location: location.into() }
    }

    /// 303: the answer to this form is there, ask with GET.
    #[must_use]
    pub fn see_other(location: impl Into<String>) -> Self {
        Self { status: StatusCode::SEE_OTHER, location: location.into() }
    }

    /// 307: repeat the same request there this time.
    #[must_use]
    pub fn temporary(location: impl Into<String>) -> Self {
        Self { status: StatusCode::TEMPORARY_REDIRECT, location: location.into() }
    }

    /// 308: repeat the same request there from now on.
    #[must_use]
    pub fn permanent(location: impl Into<String>) -> Self {
        Self { status: StatusCode::PERMANENT_REDIRECT, location: location.into() }
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        Response::new(self.status).with_header(LOCATION, self.location)
    }
}

macro_rules! text_response {
    ($($type:ty),*) => {$(
        impl IntoResponse for $type {
            fn into_response(self) -> Response {
                Response::text(self)
            }

            fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
                writer.respond_common(&TEXT, self.as_bytes());
                Ok(Action::Done)
            }

            fn write_amended(
                self,
                amended: &Amended<'_>,
                writer: &mut ResponseWriter<'_>,
            ) -> Result<Action, Error> {
                Ok(amended.write(&TEXT, self.as_bytes(), writer))
            }
        }

        impl IntoResponse for Html<$type> {
            fn into_response(self) -> Response {
                Response::html(self.0)
            }

            fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
                writer.respond_common(&HTML, self.0.as_bytes());
                Ok(Action::Done)
            }
        }
    )*};
}

text_response!(&'static str, String, Cow<'static, str>);

macro_rules! binary_response {
    ($($type:ty),*) => {$(
        impl IntoResponse for $type {
            fn into_response(self) -> Response {
                Response::binary(self)
            }

            fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
                self.write_amended(&Amended::default(), writer)
            }

            fn write_amended(
                self,
                amended: &Amended<'_>,
                writer: &mut ResponseWriter<'_>,
            ) -> Result<Action, Error> {
                Ok(amended.write(&BINARY, &self, writer))
            }
        }
    )*};
}

binary_response!(&'static [u8], Vec<u8>, Bytes);

thread_local! {
    /// Where JSON is written before its length is known; keeps its memory.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the scratch may keep between answers.
const SCRATCH_BYTES_MAX: usize = 256 * 1024;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        Response::json(&self.0)
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.write_amended(&Amended::default(), writer)
    }

    fn write_amended(self, amended: &Amended<'_>, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        // Taken out, so that a `Serialize` that answers by itself would find an empty scratch and no borrow.
        let mut scratch = SCRATCH.take();
        scratch.clear();
        let result = serde_json::to_writer(&mut scratch, &self.0);
        let action = result.map(|()| amended.write(&JSON, &scratch, writer));
        if scratch.capacity() <= SCRATCH_BYTES_MAX {
            SCRATCH.set(scratch);
        }
        Ok(action?)
    }
}

macro_rules! prepared_response {
    ($($type:ty),*) => {$(
        impl IntoResponse for $type {
            fn into_response(self) -> Response {
                let (fields, body) = self.content();
                let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::OK);
                let mut response = Response::new(status).with_body(body.clone());
                response.headers_mut().clone_from(fields);
                response
            }

            fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
                writer.prepared(&self);
                Ok(Action::Done)
            }
        }
    )*};
}

prepared_response!(&'static PreparedResponse, Rc<PreparedResponse>, Arc<PreparedResponse>);

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::new(StatusCode::NO_CONTENT)
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    fn into_response(self) -> Response {
        self.1.into_response().with_status(self.0)
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.1.write_amended(&Amended { status: Some(self.0), fields: &[] }, writer)
    }
}

impl<N, V, R, const COUNT: usize> IntoResponse for ([(N, V); COUNT], R)
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
    R: IntoResponse,
{
    fn into_response(self) -> Response {
        let response = self.1.into_response();
        self.0.into_iter().fold(response, |response, (name, value)| response.with_header(name, value))
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.1.write_amended(&Amended { status: None, fields: &valid_fields(self.0)? }, writer)
    }
}

/// Names and values that HTTP allows.
fn valid_fields<N, V, const COUNT: usize>(
    fields: [(N, V); COUNT],
) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidField>
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    let valid = |(name, value): (N, V)| Some((name.try_into().ok()?, value.try_into().ok()?));
    fields.into_iter().map(valid).collect::<Option<_>>().ok_or(InvalidField)
}

impl<R: IntoResponse> IntoResponse for (HeaderMap, R) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        response.headers_mut().extend(self.0);
        response
    }
}

impl<N, V, R, const COUNT: usize> IntoResponse for (StatusCode, [(N, V); COUNT], R)
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
    R: IntoResponse,
{
    fn into_response(self) -> Response {
        (self.1, self.2).into_response().with_status(self.0)
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.2.write_amended(&Amended { status: Some(self.0), fields: &valid_fields(self.1)? }, writer)
    }
}

impl<R: IntoResponse> IntoResponse for Option<R> {
    fn into_response(self) -> Response {
        match self {
            Some(answer) => answer.into_response(),
            None => Response::from_error(NotFound.into()),
        }
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.ok_or(NotFound)?.write_to(writer)
    }
}

impl<R: IntoResponse, E: Into<Error>> IntoResponse for Result<R, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(answer) => answer.into_response(),
            Err(error) => Response::from_error(error.into()),
        }
    }

    fn write_to(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        self.map_err(Into::into)?.write_to(writer)
    }
}

impl<T> IntoResponse for http::Response<T>
where
    T: Into<crate::app::body::Body>,
{
    fn into_response(self) -> Response {
        let (parts, body) = self.into_parts();
        let mut response = Response::new(parts.status).with_body(body);
        *response.headers_mut() = parts.headers;
        if !response.headers().contains_key(CONTENT_TYPE) && response.body().length() != Some(0) {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(BINARY.content_type()));
        }
        response
    }
}
