//! What holds for a route beside its own function: state and error handlers, of the route, its router and the app.
//!
//! Made once when an app is assembled, then shared by its routes. Called by `call`.

use std::error::Error as StdError;
use std::rc::Rc;

use crate::app::error::Error;
use crate::app::into_response::IntoResponse;
use crate::app::response::Response;
use crate::app::type_map::TypeMap;

type ErrorHandler = Rc<dyn Fn(Box<dyn StdError>) -> Result<Response, Box<dyn StdError>>>;

/// State and error handlers, the innermost first.
#[derive(Clone, Default)]
pub struct Scope {
    pub(crate) state: TypeMap,
    error_handlers: Vec<ErrorHandler>,
}

impl Scope {
    /// Adds a handler for errors of type `E`, after those that are there.
    pub(crate) fn on_error<E, R>(&mut self, handle: impl Fn(E) -> R + 'static)
    where
        E: StdError + 'static,
        R: IntoResponse,
    {
        self.error_handlers
            .push(Rc::new(move |source| source.downcast::<E>().map(|error| handle(*error).into_response())));
    }

    /// The same scope inside of `outer`: what `outer` has applies where this one has nothing.
    pub(crate) fn within(&self, outer: &Self) -> Self {
        let mut inner = self.clone();
        inner.state.fill_from(&outer.state);
        inner.error_handlers.extend(outer.error_handlers.iter().cloned());
        inner
    }

    /// The answer to an error of the route called `title`: what the first handler for its type says, or the default.
    ///
    /// An error handler that fails itself gets no second chance.
    pub(crate) fn answer_error(&self, error: Error, title: &str) -> Response {
        let mut error = error;
        for handler in &self.error_handlers {
            match error.try_handle(|source| handler(source)) {
                Ok(response) => {
                    return response.or_error().unwrap_or_else(|error| log_and_default(error, title));
                }
                Err(unhandled) => error = unhandled,
            }
        }
        log_and_default(error, title)
    }
}

fn log_and_default(error: Error, title: &str) -> Response {
    if let Some(text) = error.text_for_log() {
        tracing::error!(target: "dyno_server::error", route = title, error = text, "a request could not be answered");
    }
    let response = error.into_default_response();
    response.or_error().unwrap_or_else(Error::into_default_response)
}
