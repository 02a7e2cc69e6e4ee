//! A limit on the time that async functions take.

use std::time::Duration;

use http::StatusCode;

use super::{Middleware, Step};
use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::response::Response;

/// Answers 503 when the rest has no answer in time; what was running is dropped.
///
/// Counts until the head of the response is there, not while a stream runs. A synchronous function cannot be
/// interrupted.
///
/// ```
/// use std::time::Duration;
///
/// use dyno_server::middleware::Timeout;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// async fn never() { std::future::pending().await }
///
/// let limit = || Timeout::new(Duration::from_millis(5));
/// let server = dyno_server::TestServer::start(move |_| App::new().route(never).with(limit()));
/// assert_eq!(server.get("/").send().status(), 503);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timeout {
    limit: Duration,
}

impl Timeout {
    /// At most `limit` for each answer.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl Middleware for Timeout {
    fn handle(&self, _: &Call<'_>) -> Step {
        let limit = self.limit;
        Step::Wrap(Box::new(move |answer| match answer {
            Answer::Now(_) => answer,
            Answer::Later(future) => Answer::later(async move {
                tokio::time::timeout(limit, future).await.unwrap_or_else(|_| {
                    let text = "the answer took too long";
                    Response::text(text).with_status(StatusCode::SERVICE_UNAVAILABLE)
                })
            }),
        }))
    }
}
