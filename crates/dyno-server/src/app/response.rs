//! A response as a value: what handlers return and middleware changes.
//!
//! The common kinds of answer (text, JSON) do not pass through here when no middleware looks at them; they are
//! written by `into_response` at once.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use thiserror::Error as ThisError;

use crate::app::body::{Body, Kind};
use crate::app::cookie::Cookie;
use crate::app::error::Error;
use crate::handler::Action;
use crate::response::ResponseWriter;
use crate::response::common::{BINARY, HTML, JSON, TEXT};

/// Status, fields and body.
///
/// ```
/// use dyno_server::{Response, StatusCode};
///
/// let response = Response::text("made").with_status(StatusCode::CREATED).with_header("location", "/things/7");
/// assert_eq!(response.status(), 201);
/// assert_eq!(response.headers()["location"], "/things/7");
/// ```
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    error: Option<Error>,
    pushed: Vec<PushResource>,
}

/// Something the client will need next, offered to it before it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushResource {
    /// The path on the same server.
    pub path: String,
    /// What it is, in the words of `<link as=…>`: `style`, `script`, `image`, `font`, …
    pub kind: String,
}

impl Response {
    /// An answer without a body.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Body::empty(), error: None, pushed: Vec::new() }
    }

    /// 200 with `text/plain`.
    #[must_use]
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::with_content(TEXT.content_type(), bytes_of(text.into()))
    }

    /// 200 with `text/html`. What comes from users has to pass [`crate::escape_html`] first.
    #[must_use]
    pub fn html(text: impl Into<Cow<'static, str>>) -> Self {
        Self::with_content(HTML.content_type(), bytes_of(text.into()))
    }

    /// 200 with compact JSON; a value that cannot be JSON becomes a 500.
    #[must_use]
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::with_content(JSON.content_type(), bytes),
            Err(error) => Self::from_error(error.into()),
        }
    }

    /// 200 with `application/octet-stream`.
    #[must_use]
    pub fn binary(bytes: impl Into<Bytes>) -> Self {
        Self::with_content(BINARY.content_type(), bytes.into())
    }

    /// 302 to `location`.
    #[must_use]
    pub fn redirect(location: &str) -> Self {
        Self::new(StatusCode::FOUND).with_header(LOCATION, location)
    }

    /// 200 with a body of any kind and its content type.
    #[must_use]
    pub fn with_content(content_type: &'static str, body: impl Into<Body>) -> Self {
        let mut response = Self::new(StatusCode::OK);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response.body = body.into();
        response
    }

    /// An answer that `write` writes itself, such as an upgrade; status and fields of this value are not used.
    ///
    /// Middleware sees a 200 without a body and can only replace it.
    #[must_use]
    pub fn written_by(write: impl FnOnce(&mut ResponseWriter<'_>) -> Action + 'static) -> Self {
        Self { body: Body(Kind::Takeover(Box::new(write))), ..Self::new(StatusCode::OK) }
    }

    pub(crate) fn from_error(error: Error) -> Self {
        Self { error: Some(error), ..Self::new(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with one more field, in place of others of that name.
    ///
    /// A name or value that HTTP forbids, such as one with a line break, turns the response into a 500.
    #[must_use]
    pub fn with_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.error = Some(InvalidField.into()),
        }
        self
    }

    /// The same with a `Set-Cookie` field, beside others.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &Cookie) -> Self {
        match HeaderValue::try_from(cookie.to_string()) {
            Ok(value) => {
                self.headers.append(SET_COOKIE, value);
            }
            Err(_) => self.error = Some(InvalidField.into()),
        }
        self
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with resources that the client will ask next.
    ///
    /// They are pushed on HTTP/2 when the client takes pushes, and named in `Link` fields otherwise.
    #[must_use]
    pub fn push_resources<P, K>(mut self, resources: impl IntoIterator<Item = (P, K)>) -> Self
    where
        P: Into<String>,
        K: Into<String>,
    {
        let resources = resources.into_iter();
        self.pushed
            .extend(resources.map(|(path, kind)| PushResource { path: path.into(), kind: kind.into() }));
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The fields.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The fields, to change them.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Takes the body out and leaves an empty one.
    pub fn take_body(&mut self) -> Body {
        std::mem::replace(&mut self.body, Body::empty())
    }

    pub(crate) fn set_body(&mut self, body: Body) {
        self.body = body;
    }

    /// The response without its error, or the error.
    pub(crate) fn or_error(mut self) -> Result<Self, Error> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Writes the response; gives back the error that stands in its place.
    pub(crate) fn write(self, writer: &mut ResponseWriter<'_>) -> Result<Action, Error> {
        let Self { status, headers, body, pushed, .. } = self.or_error()?;
        if let Kind::Takeover(takeover) = body.0 {
            return Ok(takeover(writer));
        }
        let links = push(&pushed, writer);
        let mut head = writer.start(status.as_u16());
        for (name, value) in &headers {
            // The driver decides about framing and the connection.
            if !["content-length", "transfer-encoding", "connection", "date"].contains(&name.as_str()) {
                head = head.field(name.as_str(), value.as_bytes());
            }
        }
        for link in links {
            head = head.field("link", link.as_bytes());
        }
        Ok(match body.0 {
            Kind::Bytes(bytes) => {
                head.body(&bytes);
                Action::Done
            }
            Kind::Stream { source, length } => {
                match length {
                    Some(length) => head.stream_of_length(length),
                    None => head.stream_of_chunks(),
                }
                Action::Stream(source)
            }
            Kind::Takeover(takeover) => takeover(writer),
        })
    }
}

/// Pushes what the client takes; the values of `Link` fields for the rest.
fn push(resources: &[PushResource], writer: &mut ResponseWriter<'_>) -> Vec<String> {
    let mut links = Vec::new();
    for PushResource { path, kind } in resources {
        if !writer.push(path, &[]) {
            links.push(format!("<{path}>; rel=preload; as={kind}"));
        }
    }
    links
}

fn bytes_of(text: Cow<'static, str>) -> Bytes {
    match text {
        Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    }
}

/// A field that cannot be sent.
#[derive(Debug, ThisError)]
#[error("a field of the response has a name or a value that HTTP forbids")]
pub(crate) struct InvalidField;

impl fmt::Debug for Response {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
