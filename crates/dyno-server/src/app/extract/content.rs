//! Extractors of the body: JSON, forms, plain bytes and text, and the body as a stream.

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::app::call::Call;
use crate::app::error::{Error, Rejection};
use crate::app::extract::{BodyUse, FromRequest};
use crate::app::into_response::Json;
use crate::app::query::pairs;
use crate::app::value::{Groups, group};
use crate::body::{BodyError, RequestBody};

/// A body of `application/x-www-form-urlencoded`; the query for GET and HEAD, as HTML forms send it.
///
/// ```
/// use dyno_server::{App, Form, post};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Login { name: String, stay: Option<bool> }
///
/// #[post("/login")]
/// fn login(Form(login): Form<Login>) -> String {
///     format!("{} {}", login.name, login.stay == Some(true))
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(login));
/// assert_eq!(server.post("/login").form("name=Ada+L&stay=on").send().text(), "Ada L true");
/// assert_eq!(server.post("/login").form("stay=on").send().status(), 422);
/// assert_eq!(server.post("/login").body("text/plain", "name=x").send().status(), 415);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

/// The body as it arrives; the handler is called once the head is there.
///
/// ```
/// use dyno_server::{App, BodyStream, Error, post};
///
/// #[post("/count")]
/// async fn count(mut body: BodyStream) -> Result<String, Error> {
///     let mut bytes = 0;
///     while let Some(piece) = body.next().await {
///         bytes += piece?.len();
///     }
///     Ok(bytes.to_string())
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(count));
/// assert_eq!(server.post("/count").body("text/plain", "x".repeat(3_000_000)).send().text(), "3000000");
/// ```
#[derive(Debug)]
pub struct BodyStream {
    /// `None` when there is nothing to come.
    body: Option<RequestBody>,
}

impl BodyStream {
    /// The next bytes, never empty; `None` at the end and after an error. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        self.body.as_mut()?.next().await
    }

    /// Everything that is still to come; longer than `bytes_max` is an error. Not cancel-safe.
    ///
    /// # Errors
    /// When the body is not whole or too long.
    pub async fn collect(&mut self, bytes_max: u64) -> Result<Vec<u8>, BodyError> {
        match &mut self.body {
            Some(body) => body.collect(bytes_max).await,
            None => Ok(Vec::new()),
        }
    }

    /// The body itself, if there is one.
    #[must_use]
    pub fn into_inner(self) -> Option<RequestBody> {
        self.body
    }
}

impl<'a> FromRequest<'a> for BodyStream {
    const BODY: BodyUse = BodyUse::Stream;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(Self { body: call.take_body() })
    }
}

impl<'a, T: DeserializeOwned> FromRequest<'a> for Json<T> {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let is_json = |media: &str| {
            let media = media.to_ascii_lowercase();
            media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
        };
        expect_content_type(call, "application/json", is_json)?;
        serde_json::from_slice(call.body()).map(Self).map_err(|error| {
            let status = match error.classify() {
                serde_json::error::Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::BAD_REQUEST,
            };
            Rejection::new(status, format!("body: {error}")).into()
        })
    }
}

impl<'a, T: DeserializeOwned> FromRequest<'a> for Form<T> {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let text = if matches!(call.method(), "GET" | "HEAD") {
            call.query().unwrap_or("")
        } else {
            const FORM: &str = "application/x-www-form-urlencoded";
            expect_content_type(call, FORM, |media| media.eq_ignore_ascii_case(FORM))?;
            utf8(call.body())?
        };
        let groups = group(pairs(text));
        T::deserialize(Groups::new(&groups)).map(Self).map_err(|error| {
            Rejection::new(StatusCode::UNPROCESSABLE_ENTITY, format!("form field {error}")).into()
        })
    }
}

impl<'a> FromRequest<'a> for Vec<u8> {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(call.body().to_vec())
    }
}

impl<'a> FromRequest<'a> for Bytes {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(Self::copy_from_slice(call.body()))
    }
}

impl<'a> FromRequest<'a> for String {
    const BODY: BodyUse = BodyUse::Whole;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(utf8(call.body())?.to_owned())
    }
}

/// Refuses a body of another media type, and one without any.
pub(crate) fn expect_content_type(
    call: &Call<'_>,
    expected: &str,
    is_fine: impl FnOnce(&str) -> bool,
) -> Result<(), Rejection> {
    let text = match call.content_type() {
        Some(media) if is_fine(media) => return Ok(()),
        Some(media) => {
            format!("body: its content type is `{}`, `{expected}` is expected", media.escape_debug())
        }
        None => format!("body: it has no content type, `{expected}` is expected"),
    };
    Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
}

fn utf8(body: &[u8]) -> Result<&str, Rejection> {
    str::from_utf8(body)
        .map_err(|error| Rejection::bad_request(format!("body: not UTF-8 from byte {}", error.valid_up_to())))
}
