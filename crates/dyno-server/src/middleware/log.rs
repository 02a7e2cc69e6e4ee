//! The access log: one `tracing` event per answer.
//!
//! Where events go is the subscriber's business; without one they cost next to nothing.

use std::time::Instant;

use super::{Middleware, Step};
use crate::app::call::Call;

/// Logs every request at level INFO with the target `dyno_server::access`: method, target, pattern, peer, version,
/// status, length of the answer if it is known, and the time it took to make in microseconds.
///
/// Errors that became a 500 are logged with or without it, at level ERROR, with the target `dyno_server::error`.
///
/// ```
/// use dyno_server::middleware::AccessLog;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "seen" }
///
/// // Install a subscriber of your choice, such as that of `tracing-subscriber`, before the server starts.
/// let server = dyno_server::TestServer::start(|_| App::new().route(page).with(AccessLog::new()));
/// assert_eq!(server.get("/").send().text(), "seen");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessLog;

impl AccessLog {
    /// The access log.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Middleware for AccessLog {
    fn handle(&self, call: &Call<'_>) -> Step {
        if !tracing::enabled!(target: "dyno_server::access", tracing::Level::INFO) {
            return Step::Continue;
        }
        let start = Instant::now();
        let (method, target) = (call.method().to_owned(), call.target().to_owned());
        let (pattern, version) = (call.pattern().to_owned(), call.version().name());
        let peer = call.peer_addr().map(|address| address.to_string());
        Step::after(move |response| {
            tracing::info!(
                target: "dyno_server::access",
                method,
                path = target,
                pattern,
                peer,
                version,
                status = response.status().as_u16(),
                bytes = response.body().length(),
                duration_us = start.elapsed().as_micros() as u64,
            );
        })
    }
}
