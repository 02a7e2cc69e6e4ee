//! One `tracing` event per request: what was asked, how it was answered, and how long that took.
//!
//! What changes something is an event of level INFO, what reads is DEBUG (the page asks every two seconds), and what this
//! side could not do is WARN. Who may not ask is logged too. Never logged: header fields and bodies.

use std::time::Instant;

use dyno_server::Call;
use dyno_server::middleware::{Middleware, Step};

use crate::endpoints::ENDPOINTS;

/// The longest path that is logged, in characters.
const PATH_MOST: usize = 200;

/// Logs every request; the outermost of all middleware.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestLog;

impl Middleware for RequestLog {
    fn handle(&self, call: &Call<'_>) -> Step {
        if !tracing::enabled!(tracing::Level::WARN) {
            return Step::Continue;
        }
        let begun = Instant::now();
        let method = call.method().to_owned();
        let path = path_of(call);
        let is_reading = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
        Step::after(move |response| {
            let status = response.status().as_u16();
            let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            if status >= 500 {
                tracing::warn!(method, path, status, duration_us, "request");
            } else if is_reading {
                tracing::debug!(method, path, status, duration_us, "request");
            } else {
                tracing::info!(method, path, status, duration_us, "request");
            }
        })
    }
}

/// The path with its query; values that no endpoint asked for may be somebody's token, and are not shown.
fn path_of(call: &Call<'_>) -> String {
    let mut path: String = call.path().chars().take(PATH_MOST).collect();
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == call.pattern());
    for (index, (name, value)) in call.query_params().enumerate() {
        let is_known = endpoint.is_some_and(|it| it.query.iter().any(|parameter| parameter.name == name));
        let shown = if is_known { value } else { "[redacted]".into() };
        path.push(if index == 0 { '?' } else { '&' });
        path.extend(name.chars().chain(['=']).chain(shown.chars()).take(PATH_MOST));
    }
    path
}
