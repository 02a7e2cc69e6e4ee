//! One request on its way through an app: what was asked, and what the path and the app add to it.
//!
//! Extractors and middleware take from it. Owns nothing; made by `dispatch` for each request.

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::Future;
use std::ops::Deref;
use std::rc::Rc;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::app::error::Error;
use crate::app::into_response::IntoResponse;
use crate::app::mounted::Mounted;
use crate::app::query::{first_value, pairs};
use crate::app::response::Response;
use crate::app::router::PathValues;
use crate::app::type_map::TypeMap;
use crate::handler::{Action, Finish};
use crate::multipart::FormData;
use crate::request::{OwnedRequest, Request};
use crate::response::ResponseWriter;

/// A request that has found its route; has all the methods of [`Request`].
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) values: &'a PathValues<'a>,
    pub(crate) mounted: &'a Rc<Mounted>,
    pub(crate) extensions: &'a RefCell<TypeMap>,
}

impl<'a> Deref for Call<'a> {
    type Target = Request<'a>;

    fn deref(&self) -> &Request<'a> {
        self.request
    }
}

impl<'a> Call<'a> {
    /// The request without what the app knows about it.
    #[must_use]
    pub fn request(&self) -> &'a Request<'a> {
        self.request
    }

    /// A copy of the request that outlives the call of the handler.
    #[must_use]
    pub fn to_owned(&self) -> OwnedRequest {
        self.request.to_owned()
    }

    /// The pattern of the route, such as `/users/{id}`; good as a label of metrics.
    #[must_use]
    pub fn pattern(&self) -> &'a str {
        &self.mounted.pattern.text
    }

    /// What stands in the path for `{name}`, decoded; `None` when the pattern has no such parameter, and when the
    /// decoded bytes are not UTF-8.
    #[must_use]
    pub fn path_param(&self, name: &str) -> Option<Cow<'a, str>> {
        let index = self.mounted.pattern.names.iter().position(|it| it == name)?;
        percent_decode_str(self.values.as_slice()[index]).decode_utf8().ok()
    }

    /// Names and decoded values of the path's parameters, from left to right; bytes that are not UTF-8 as U+FFFD.
    pub fn path_params(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        let names = self.mounted.pattern.names.iter().map(String::as_str);
        let decode = |value: &&'a str| percent_decode_str(value).decode_utf8_lossy();
        names.zip(self.values.as_slice().iter().map(decode))
    }

    /// Names and values of the query, decoded, in the order sent.
    pub fn query_params(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        pairs(self.request.query().unwrap_or(""))
    }

    /// The first value of `name` in the query, decoded.
    #[must_use]
    pub fn query_param(&self, name: &str) -> Option<Cow<'a, str>> {
        first_value(self.request.query()?, name)
    }

    /// The body as JSON, whatever its content type says; `None` when it is not JSON or not a `T`.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.request.body()).ok()
    }

    /// True when the body is `multipart/form-data`.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.content_type().is_some_and(|media| media.eq_ignore_ascii_case("multipart/form-data"))
    }

    /// The body as a form, with files if it has some; in the two forms that browsers send.
    ///
    /// # Errors
    /// 415 when it is something else, 400 when it is malformed.
    pub fn form(&self) -> Result<FormData, Error> {
        FormData::read(self)
    }

    /// The media type of the body, without parameters.
    pub(crate) fn content_type(&self) -> Option<&'a str> {
        self.request.header_str("content-type").map(media_type)
    }

    /// The state of type `T`, if the app has one.
    #[must_use]
    pub fn state<T: 'static>(&self) -> Option<&'a T> {
        self.mounted.scope.state.get()
    }

    /// Leaves a value for what handles this request after the caller; the `Extension` extractor finds it.
    pub fn insert_extension<T: 'static>(&self, value: T) {
        self.extensions.borrow_mut().insert(value);
    }

    /// A copy of a value that somebody left for this request.
    #[must_use]
    pub fn extension<T: Clone + 'static>(&self) -> Option<T> {
        self.extensions.borrow().get::<T>().cloned()
    }

    /// Writes an answer that is there.
    pub(crate) fn write(&self, answer: impl IntoResponse, writer: &mut ResponseWriter<'_>) -> Action {
        match answer.write_to(writer) {
            Ok(action) => action,
            Err(error) => self.write_error(error, writer),
        }
    }

    pub(crate) fn write_error(&self, error: Error, writer: &mut ResponseWriter<'_>) -> Action {
        write_settled(self.mounted.answer_error(error), writer)
    }

    /// Answers once `future` is ready.
    pub(crate) fn write_later<F>(&self, future: F) -> Action
    where
        F: Future<Output: IntoResponse> + 'static,
    {
        let mounted = Rc::clone(self.mounted);
        Action::Later(Box::pin(async move {
            let answer = future.await;
            let finish: Finish = Box::new(move |writer| match answer.write_to(writer) {
                Ok(action) => action,
                Err(error) => write_settled(mounted.answer_error(error), writer),
            });
            finish
        }))
    }
}

/// `text/html` of `text/html; charset=utf-8`.
pub(crate) fn media_type(field: &str) -> &str {
    field.split(';').next().unwrap_or_default().trim()
}

/// Writes a response that holds no error any more.
pub(crate) fn write_settled(response: Response, writer: &mut ResponseWriter<'_>) -> Action {
    response.write(writer).unwrap_or_else(|_| {
        writer.start(500).body(b"");
        Action::Done
    })
}
