//! What a handler returns when it cannot answer, and what the framework itself refuses.
//!
//! Errors are data until `scope` finds the handler that the app registered for their type; without one the client
//! sees a status and, for refusals, what was wrong with the request. Texts of other errors never leave the server.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use thiserror::Error as ThisError;

use crate::app::into_response::IntoResponse;
use crate::app::response::Response;
use crate::body::BodyError;
use crate::multipart::{MultipartError, status_of_body_error};

/// Any error on its way to an answer; what `?` makes of errors in a function that returns
/// `Result<_, dyno_server::Error>`.
///
/// Unless the app has an error handler for the type inside, the client gets the status (500 if none was given)
/// and its phrase, and the log gets the text.
///
/// ```
/// use dyno_server::{App, Error, Query, StatusCode, get};
/// use std::collections::HashMap;
///
/// #[get("/sum")]
/// fn sum(Query(query): Query<HashMap<String, String>>) -> Result<String, Error> {
///     let Some(a) = query.get("a") else {
///         return Err(Error::shown(StatusCode::UNPROCESSABLE_ENTITY, "say what `a` is"));
///     };
///     let a: i64 = a.parse()?;
///     Ok((a + 1).to_string())
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(sum));
/// assert_eq!(server.get("/sum?a=1").send().text(), "2");
/// assert_eq!(server.get("/sum").send().text(), "say what `a` is");
/// let failed = server.get("/sum?a=x").send();
/// assert_eq!((failed.status(), failed.text()), (500, "Internal Server Error"));
/// ```
pub struct Error(Box<Inner>);

enum Inner {
    Failed { status: StatusCode, source: Box<dyn StdError> },
    Response(Response),
}

impl Error {
    /// An error with the status that is answered when no error handler is registered for it.
    #[must_use]
    pub fn with_status(status: StatusCode, source: impl Into<Box<dyn StdError>>) -> Self {
        Self(Box::new(Inner::Failed { status, source: source.into() }))
    }

    /// An error that the client may read: `text` becomes the body.
    #[must_use]
    pub fn shown(status: StatusCode, text: impl Into<String>) -> Self {
        Rejection::new(status, text).into()
    }

    /// The error inside, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &*self.0 {
            Inner::Failed { source, .. } => source.downcast_ref(),
            Inner::Response(_) => None,
        }
    }

    /// What an app would answer that has no error handlers.
    pub(crate) fn into_default_response(self) -> Response {
        match *self.0 {
            Inner::Response(response) => response,
            Inner::Failed { status, source } => default_response(status, &*source),
        }
    }

    /// Gives the error inside to `handle`, which returns it when it is of another type.
    pub(crate) fn try_handle(
        self,
        handle: impl FnOnce(Box<dyn StdError>) -> Result<Response, Box<dyn StdError>>,
    ) -> Result<Response, Self> {
        match *self.0 {
            Inner::Response(_) => Err(self),
            Inner::Failed { status, source } => {
                handle(source).map_err(|source| Self(Box::new(Inner::Failed { status, source })))
            }
        }
    }

    /// The text for the log; `None` when the error is an answer already or the client's own fault.
    pub(crate) fn text_for_log(&self) -> Option<String> {
        match &*self.0 {
            Inner::Failed { source, .. } if status_of(&**source).is_none() => {
                let mut text = source.to_string();
                let mut cause = source.source();
                while let Some(error) = cause {
                    text.push_str(": ");
                    text.push_str(&error.to_string());
                    cause = error.source();
                }
                Some(text)
            }
            _ => None,
        }
    }
}

impl<E: StdError + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        Self::with_status(StatusCode::INTERNAL_SERVER_ERROR, source)
    }
}

impl From<Response> for Error {
    fn from(response: Response) -> Self {
        Self(Box::new(Inner::Response(response)))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::Failed { status, source } => write!(out, "Error({status}, {source:?})"),
            Inner::Response(response) => write!(out, "Error({response:?})"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Inner::Failed { source, .. } => fmt::Display::fmt(source, out),
            Inner::Response(response) => write!(out, "answered with {}", response.status()),
        }
    }
}

/// A request that an extractor or a middleware refuses; the client reads why.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("{text}")]
pub struct Rejection {
    status: StatusCode,
    text: String,
}

impl Rejection {
    /// A refusal with a status of 400 to 499 and a sentence that says what is wrong and where.
    #[must_use]
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// 400 with a sentence.
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// No route has the path of the request.
///
/// Register an error handler for it to change the answer: `App::new().on_error(|_: NotFound| …)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("Not Found")]
pub struct NotFound;

/// Routes have the path of the request, and none its method; the answer has an `Allow` field in any case.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("Method Not Allowed")]
pub struct MethodNotAllowed {
    /// The methods that are answered, as `Allow` lists them.
    pub allow: String,
}

fn status_of(source: &(dyn StdError + 'static)) -> Option<StatusCode> {
    if let Some(rejection) = source.downcast_ref::<Rejection>() {
        return Some(rejection.status);
    }
    if let Some(error) = source.downcast_ref::<MultipartError>() {
        return Some(error.status());
    }
    if let Some(error) = source.downcast_ref::<BodyError>() {
        return Some(status_of_body_error(error));
    }
    if source.is::<NotFound>() {
        return Some(StatusCode::NOT_FOUND);
    }
    source.is::<MethodNotAllowed>().then_some(StatusCode::METHOD_NOT_ALLOWED)
}

fn default_response(status: StatusCode, source: &(dyn StdError + 'static)) -> Response {
    match status_of(source) {
        // The text may repeat what the client sent, so it must not be taken for HTML.
        Some(status) => Response::text(source.to_string())
            .with_status(status)
            .with_header("x-content-type-options", "nosniff"),
        None => Response::text(status.canonical_reason().unwrap_or("")).with_status(status),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Response::from_error(self)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Response::from_error(self.into())
    }
}
