//! `multipart/form-data` (RFC 7578): forms with files, kept in memory or part by part as they arrive.
//!
//! Names and values only; what becomes of files is the handler's business. Called by handlers as extractors.

use bytes::Bytes;
use http::StatusCode;
use thiserror::Error as ThisError;

use crate::app::call::{Call, media_type};
use crate::app::error::{Error, Rejection};
use crate::app::extract::content::expect_content_type;
use crate::app::extract::{BodyUse, FromRequest};
use crate::app::query::pairs;
use crate::body::{BodyError, RequestBody};

mod parser;
mod part_head;

#[cfg(test)]
mod tests;

use parser::{Parser, Step};
pub use part_head::PartHead;

/// Why a multipart body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum MultipartError {
    /// It breaks the grammar.
    #[error("the multipart body is malformed: {0}")]
    Malformed(&'static str),
    /// It has more parts than anybody needs.
    #[error("the multipart body has more than {limit} parts")]
    TooManyParts {
        /// The limit.
        limit: usize,
    },
    /// A part is longer than the handler wants it.
    #[error("the part `{name}` is longer than {limit} bytes")]
    PartTooLong {
        /// The name of the part.
        name: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The body itself is not whole.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl MultipartError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::TooManyParts { .. } => StatusCode::BAD_REQUEST,
            Self::PartTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(error) => status_of_body_error(error),
        }
    }
}

/// The answer to a body that did not arrive whole.
pub(crate) fn status_of_body_error(error: &BodyError) -> StatusCode {
    match error {
        BodyError::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// A form in memory, however it was sent: `multipart/form-data` or `application/x-www-form-urlencoded`.
///
/// ```
/// use dyno_server::{App, FormData, post};
///
/// #[post("/photos")]
/// fn add(form: FormData) -> String {
///     let title = form.text("title").unwrap_or("untitled");
///     let photo = form.file("photo").map_or(0, |file| file.bytes().len());
///     format!("{title}: {photo} bytes")
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(add));
/// let body = "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nSea\r\n\
///             --B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"sea.jpg\"\r\n\
///             Content-Type: image/jpeg\r\n\r\nJFIF\r\n--B--\r\n";
/// let sent = server.post("/photos").body("multipart/form-data; boundary=B", body).send();
/// assert_eq!(sent.text(), "Sea: 4 bytes");
/// assert_eq!(server.post("/photos").form("title=Sky").send().text(), "Sky: 0 bytes");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormData {
    parts: Vec<FormPart>,
}

/// One field or file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    head: PartHead,
    bytes: Bytes,
}

impl FormPart {
    /// Its name, and for files what the client says about them.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// Its content.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its content as text; `None` when it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        str::from_utf8(&self.bytes).ok()
    }
}

impl FormData {
    /// Every part, in the order sent.
    #[must_use]
    pub fn parts(&self) -> &[FormPart] {
        &self.parts
    }

    /// The text of the first field called `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut fields = self.parts.iter().filter(|part| part.head.filename().is_none());
        fields.find(|part| part.head.name() == name)?.text()
    }

    /// The first file of the field called `name`.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FormPart> {
        self.parts.iter().find(|part| part.head.name() == name && part.head.filename().is_some())
    }

    pub(crate) fn read(call: &Call<'_>) -> Result<Self, Error> {
        if let Some(boundary) = boundary_of(call) {
            return Ok(Self { parts: parse_whole(&boundary, call.body())? });
        }
        const FORM: &str = "application/x-www-form-urlencoded";
        expect_content_type(call, "multipart/form-data", |media| media.eq_ignore_ascii_case(FORM))?;
        let text = str::from_utf8(call.body()).map_err(|_| Rejection::bad_request("body: not UTF-8"))?;
        let part = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| FormPart {
            head: PartHead::field(&name),
            bytes: Bytes::from(value.into_owned()),
        };
        Ok(Self { parts: pairs(text).map(part).collect() })
    }
}

impl<'a> FromRequest<'a> for FormData {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Self::read(call)
    }
}

/// A multipart body part by part, as it arrives; no part is kept.
///
/// ```
/// use dyno_server::{App, Error, MultipartStream, post};
///
/// #[post("/files")]
/// async fn sizes(mut form: MultipartStream) -> Result<String, Error> {
///     let mut lines = String::new();
///     while let Some(mut part) = form.next_part().await? {
///         let mut bytes = 0;
///         while let Some(piece) = part.next().await? {
///             bytes += piece.len();
///         }
///         lines += &format!("{}: {bytes}\n", part.head().name());
///     }
///     Ok(lines)
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(sizes));
/// let large = "x".repeat(2_000_000);
/// let body = format!("--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n{large}\r\n--B--\r\n");
/// let sent = server.post("/files").body("multipart/form-data; boundary=B", body).send();
/// assert_eq!(sent.text(), "a: 2000000\n");
/// ```
#[derive(Debug)]
pub struct MultipartStream {
    body: Option<RequestBody>,
    parser: Parser,
}

/// One part of a [`MultipartStream`]; what is not read of it is skipped.
#[derive(Debug)]
pub struct PartStream<'s> {
    head: PartHead,
    stream: &'s mut MultipartStream,
    is_over: bool,
}

impl MultipartStream {
    /// The next part; `None` after the last. Not cancel-safe.
    ///
    /// # Errors
    /// When the body is malformed or does not arrive whole.
    pub async fn next_part(&mut self) -> Result<Option<PartStream<'_>>, MultipartError> {
        loop {
            match self.step().await? {
                Step::Head(head) => return Ok(Some(PartStream { head, stream: self, is_over: false })),
                Step::End => return Ok(None),
                // The rest of a part that nobody read.
                Step::Data(_) | Step::PartEnd => {}
                Step::NeedMore => return Err(MultipartError::Malformed("it ends inside of a part")),
            }
        }
    }

    /// The next step that is not a wait; `NeedMore` stands for the end of the body.
    async fn step(&mut self) -> Result<Step, MultipartError> {
        loop {
            match self.parser.step()? {
                Step::NeedMore => {}
                step => return Ok(step),
            }
            let next = match &mut self.body {
                Some(body) => body.next().await,
                None => None,
            };
            match next {
                Some(bytes) => self.parser.feed(&bytes?),
                None => return Ok(Step::NeedMore),
            }
        }
    }
}

impl PartStream<'_> {
    /// Name, file name and type.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// The next bytes, never empty; `None` at the end of the part. Not cancel-safe.
    ///
    /// # Errors
    /// When the body is malformed or does not arrive whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, MultipartError> {
        if self.is_over {
            return Ok(None);
        }
        match self.stream.step().await? {
            Step::Data(bytes) => Ok(Some(bytes)),
            Step::PartEnd => {
                self.is_over = true;
                Ok(None)
            }
            Step::Head(_) | Step::End | Step::NeedMore => {
                Err(MultipartError::Malformed("it ends inside of a part"))
            }
        }
    }

    /// The whole rest of the part. Not cancel-safe.
    ///
    /// # Errors
    /// When it is longer than `bytes_max`, or the body is malformed or not whole.
    pub async fn collect(&mut self, bytes_max: usize) -> Result<Vec<u8>, MultipartError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            if whole.len() + bytes.len() > bytes_max {
                return Err(MultipartError::PartTooLong {
                    name: self.head.name().to_owned(),
                    limit: bytes_max,
                });
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }
}

impl<'a> FromRequest<'a> for MultipartStream {
    const BODY: BodyUse = BodyUse::Stream;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let boundary = boundary_of(call).ok_or_else(|| {
            let text = "body: `multipart/form-data` with a boundary is expected";
            Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
        })?;
        Ok(Self { body: call.take_body(), parser: Parser::new(&boundary) })
    }
}

fn parse_whole(boundary: &str, body: &[u8]) -> Result<Vec<FormPart>, MultipartError> {
    let mut parser = Parser::new(boundary);
    parser.feed(body);
    let mut parts = Vec::new();
    let mut current: Option<(PartHead, Vec<u8>)> = None;
    loop {
        match (parser.step()?, &mut current) {
            (Step::Head(head), _) => current = Some((head, Vec::new())),
            (Step::Data(bytes), Some((_, content))) => content.extend_from_slice(&bytes),
            (Step::PartEnd, _) => {
                parts.extend(current.take().map(|(head, content)| FormPart { head, bytes: content.into() }));
            }
            (Step::End, _) => return Ok(parts),
            (Step::Data(_), None) | (Step::NeedMore, _) => {
                return Err(MultipartError::Malformed("it ends inside of a part"));
            }
        }
    }
}

/// The boundary of a request that is `multipart/form-data`.
fn boundary_of(call: &Call<'_>) -> Option<String> {
    let field = call.header_str("content-type")?;
    if !media_type(field).eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = part_head::parameters(field).find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?.1;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}
