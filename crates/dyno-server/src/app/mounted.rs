//! A route in its place: with its whole path and everything that the apps around it add.
//!
//! Made by `assembly`; never changes afterwards.

use std::rc::Rc;

use crate::app::endpoint::Endpoint;
use crate::app::error::Error;
use crate::app::extract::BodyUse;
use crate::app::method_table::RouteMethod;
use crate::app::pattern::Pattern;
use crate::app::response::Response;
use crate::app::scope::Scope;
use crate::handler::BodyPolicy;
use crate::middleware::Middleware;

const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// A route in its place.
pub(crate) struct Mounted {
    pub(crate) method: RouteMethod,
    pub(crate) pattern: Pattern,
    pub(crate) name: String,
    pub(crate) endpoint: Rc<dyn Endpoint>,
    /// From the outermost to the innermost.
    pub(crate) middleware: Vec<Rc<dyn Middleware>>,
    pub(crate) scope: Scope,
    pub(crate) body_bytes_max: Option<u64>,
}

impl Mounted {
    /// What the driver does with a body before the route is called.
    pub(crate) fn body_policy(&self) -> BodyPolicy {
        let of_middleware = self.middleware.iter().map(|middleware| middleware.body_use());
        let bytes_max = self.body_bytes_max.unwrap_or(BODY_BYTES_MAX);
        match of_middleware.fold(self.endpoint.body_use(), BodyUse::with) {
            BodyUse::None => BodyPolicy::Count { bytes_max },
            BodyUse::Whole => BodyPolicy::Buffer { bytes_max },
            BodyUse::Stream => BodyPolicy::Stream { bytes_max: self.body_bytes_max },
        }
    }

    /// The answer to an error that this route has.
    pub(crate) fn answer_error(&self, error: Error) -> Response {
        self.scope.answer_error(error, &self.title())
    }

    /// The response itself, or the answer to the error that it holds.
    pub(crate) fn settle(&self, response: Response) -> Response {
        response.or_error().unwrap_or_else(|error| self.answer_error(error))
    }

    /// `user` (GET /users/{id}), for messages.
    pub(crate) fn title(&self) -> String {
        let path = format!("{} {}", self.method, self.pattern.text);
        if self.name.is_empty() { path } else { format!("`{}` ({path})", self.name) }
    }
}
