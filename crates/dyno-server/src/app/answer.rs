//! An answer as middleware sees it: there, or on its way.

use std::future::Future;

use crate::app::response::Response;
use crate::handler::LocalFuture;

/// What comes of a request.
pub enum Answer {
    /// The answer of a synchronous function.
    Now(Response),
    /// The answer of an async function; dropped when the client goes away.
    Later(LocalFuture<Response>),
}

impl Answer {
    pub(crate) fn later(future: impl Future<Output = Response> + 'static) -> Self {
        Self::Later(Box::pin(future))
    }

    /// Changes the response, at once or when it is there.
    pub(crate) fn map(self, change: impl FnOnce(Response) -> Response + 'static) -> Self {
        match self {
            Self::Now(response) => Self::Now(change(response)),
            Self::Later(future) => Self::later(async move { change(future.await) }),
        }
    }
}
