//! What a handler may take as an argument.
//!
//! Extraction is synchronous and borrows from the request; what an async function takes has to own what it holds.
//! Called by the code that the attributes generate.

use crate::app::call::Call;
use crate::app::error::Error;
use crate::app::scope::Scope;

pub(crate) mod content;
pub(crate) mod parts;
pub(crate) mod path;
pub(crate) mod query;

pub use content::{BodyStream, Form};
pub use parts::{Cookies, Extension, Headers, State};
pub use path::Path;
pub use query::Query;

/// What an argument does with the body of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyUse {
    /// Nothing: a body is read, counted and forgotten.
    None,
    /// Reads it as a whole, so the handler is called when it is there.
    Whole,
    /// Takes it as a stream, so the handler is called once the head is there. Only one argument can.
    Stream,
}

impl BodyUse {
    /// What a function with these arguments does; `Whole` and `Stream` do not go together.
    #[must_use]
    pub const fn of_all(uses: &[Self]) -> Self {
        let mut all = Self::None;
        let mut index = 0;
        while index < uses.len() {
            match (all, uses[index]) {
                (_, Self::None) => {}
                (Self::None, other) => all = other,
                (Self::Whole, Self::Whole) => {}
                _ => {
                    panic!("two arguments take the body of the request, and at least one of them as a stream")
                }
            }
            index += 1;
        }
        all
    }

    /// What two parts of a route need together; a stream can only be taken once.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Stream, _) | (_, Self::Stream) => Self::Stream,
            (Self::Whole, _) | (_, Self::Whole) => Self::Whole,
            (Self::None, Self::None) => Self::None,
        }
    }
}

/// An argument of a handler.
///
/// | type | what it is | refused with |
/// |---|---|---|
/// | [`Path<T>`](Path) | parameters of the path: one value, a tuple, or a struct by name | 400 |
/// | [`Query<T>`](Query) | the query as a struct or map; repeated keys as `Vec` | 400 |
/// | [`Json<T>`](crate::Json) | the body as JSON | 415, 400, 422 |
/// | [`Form<T>`](Form) | the body or, for GET, the query as a form | 415, 422 |
/// | [`FormData`](crate::FormData) | a form with files, kept in memory | 415, 400, 413 |
/// | [`MultipartStream`](crate::MultipartStream) | the same, part by part as it arrives | 415 |
/// | `Bytes`, `Vec<u8>`, `String` | the whole body | 413, 400 |
/// | [`BodyStream`] | the body as it arrives | |
/// | [`State<T>`](State) | what [`App::state`](crate::App::state) was given | at start |
/// | [`Extension<T>`](Extension) | what a middleware left for this request | 500 |
/// | [`Headers`], [`Cookies`] | fields and cookies | |
/// | [`ConnectionInfo`](crate::ConnectionInfo) | peer, transport, TLS | |
/// | [`WebSocketUpgrade`](crate::WebSocketUpgrade) | the handshake of a WebSocket | 426, 400 |
/// | [`ShutdownSignal`](crate::ShutdownSignal) | says when the server begins to stop | |
/// | `Method`, [`Version`](crate::Version), [`OwnedRequest`](crate::OwnedRequest) | as they say | |
/// | `&Request<'_>`, `Call<'_>` | the request itself; not in async functions | |
/// | `Option<T>`, `Result<T, Error>` | the refusal as a value | |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from a request",
    label = "not an extractor",
    note = "take one of `Path`, `Query`, `Json`, `Form`, `FormData`, `Bytes`, `String`, `State`, `Extension`, \
            `Headers`, `Cookies`, `ConnectionInfo`, `BodyStream`, or implement `FromRequest`"
)]
pub trait FromRequest<'a>: Sized {
    /// What it does with the body.
    const BODY: BodyUse = BodyUse::None;

    /// Takes the value from a request.
    ///
    /// # Errors
    /// When the request does not have it in the right form; best a [`crate::Rejection`].
    fn from_request(call: &Call<'a>) -> Result<Self, Error>;

    /// Says at start what the app lacks for this argument to work.
    ///
    /// # Errors
    /// A sentence for the person who starts the server.
    fn check(_scope: &Scope) -> Result<(), String> {
        Ok(())
    }
}

impl<'a, T: FromRequest<'a>> FromRequest<'a> for Option<T> {
    const BODY: BodyUse = T::BODY;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(T::from_request(call).ok())
    }
}

impl<'a, T: FromRequest<'a>> FromRequest<'a> for Result<T, Error> {
    const BODY: BodyUse = T::BODY;

    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        Ok(T::from_request(call))
    }
}
