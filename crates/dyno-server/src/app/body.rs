//! The body of a response: bytes, or a stream of them.
//!
//! Made by responses and middleware; written by `response`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::body::{BodySource, Filled};
use crate::handler::Action;
use crate::response::ResponseWriter;

/// Writes the whole answer itself.
pub(crate) type Takeover = Box<dyn FnOnce(&mut ResponseWriter<'_>) -> Action>;

/// What a response carries.
pub struct Body(pub(crate) Kind);

pub(crate) enum Kind {
    Bytes(Bytes),
    Stream {
        source: Box<dyn BodySource>,
        length: Option<u64>,
    },
    /// For answers that are more than a status, fields and a body, such as upgrades.
    Takeover(Takeover),
}

impl Body {
    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self(Kind::Bytes(Bytes::new()))
    }

    /// A body made piece by piece; with a `length` it is announced, without one it is sent in chunks.
    ///
    /// A source that ends before `length`, or goes beyond it, ends the connection.
    pub fn from_source(source: impl BodySource + 'static, length: Option<u64>) -> Self {
        Self(Kind::Stream { source: Box::new(source), length })
    }

    /// A body of unknown length; an error of the stream cuts the connection, so that nobody takes it for whole.
    ///
    /// ```
    /// use dyno_server::{App, Body, Bytes, Response, get};
    /// use futures_util::stream;
    ///
    /// #[get("/count")]
    /// fn count() -> Response {
    ///     let lines = (1..=3).map(|n| Ok::<_, std::io::Error>(Bytes::from(format!("{n}\n"))));
    ///     Response::with_content("text/plain", Body::from_stream(stream::iter(lines)))
    /// }
    ///
    /// let server = dyno_server::TestServer::start(|_| App::new().route(count));
    /// let answer = server.get("/count").send();
    /// assert_eq!((answer.header("transfer-encoding"), answer.text()), (Some("chunked"), "1\n2\n3\n"));
    /// ```
    pub fn from_stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + 'static,
        E: fmt::Display + 'static,
    {
        Self::from_source(StreamSource { stream: Box::pin(stream) }, None)
    }

    /// The bytes, when they are all there.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes),
            Kind::Stream { .. } | Kind::Takeover(_) => None,
        }
    }

    /// The length in bytes, when it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Stream { length, .. } => *length,
            Kind::Takeover(_) => None,
        }
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(bytes) => write!(out, "Body({} bytes)", bytes.len()),
            Kind::Stream { length: Some(length), .. } => write!(out, "Body(stream of {length} bytes)"),
            Kind::Stream { length: None, .. } => out.write_str("Body(stream)"),
            Kind::Takeover(_) => out.write_str("Body(takeover)"),
        }
    }
}

struct StreamSource<S> {
    stream: Pin<Box<S>>,
}

impl<S, E> BodySource for StreamSource<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: fmt::Display,
{
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.stream.as_mut().poll_next(context).map(|item| match item {
            Some(Ok(bytes)) => {
                out.extend_from_slice(&bytes);
                Filled::More
            }
            Some(Err(error)) => {
                tracing::error!(error = %error, "the stream of a response failed");
                Filled::Close
            }
            None => Filled::End,
        })
    }
}
