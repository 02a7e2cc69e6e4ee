//! How often one client may ask.
//!
//! A bucket of tokens per client: full at first, one token per request, refilled at the rate.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use http::header::RETRY_AFTER;

use super::{Middleware, Step};
use crate::app::call::Call;
use crate::app::response::Response;

/// Most clients remembered; when there are more, those whose bucket is full are forgotten, then all.
const CLIENTS_MAX: usize = 65_536;

type KeyOf = Arc<dyn Fn(&Call<'_>) -> String + Send + Sync>;

/// Answers 429 with `Retry-After` to clients that ask more often than allowed.
///
/// Clones share their buckets. Make one before the server starts and clone it into every thread's app, or each
/// thread will allow the rate by itself.
///
/// ```
/// use dyno_server::middleware::RateLimit;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "yes" }
///
/// let limit = RateLimit::per_minute(1).burst(2);
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(limit.clone()));
/// assert_eq!(server.get("/").send().status(), 200);
/// assert_eq!(server.get("/").send().status(), 200);
/// let refused = server.get("/").send();
/// assert_eq!((refused.status(), refused.header("retry-after")), (429, Some("60")));
/// ```
#[derive(Clone)]
pub struct RateLimit {
    /// Time for one token.
    interval: Duration,
    burst: u32,
    key_of: KeyOf,
    /// When the bucket of each client will be full again.
    full_at: Arc<Mutex<HashMap<String, Instant>>>,
}

impl RateLimit {
    /// `count` requests per second from each address, at most `count` at once.
    #[must_use]
    pub fn per_second(count: u32) -> Self {
        Self::per(Duration::from_secs(1), count)
    }

    /// `count` requests per minute from each address, at most `count` at once.
    #[must_use]
    pub fn per_minute(count: u32) -> Self {
        Self::per(Duration::from_secs(60), count)
    }

    fn per(time: Duration, count: u32) -> Self {
        let count = count.max(1);
        Self {
            interval: time / count,
            burst: count,
            key_of: Arc::new(|call| {
                call.peer_addr().map_or_else(String::new, |address| address.ip().to_string())
            }),
            full_at: Arc::default(),
        }
    }

    /// How many requests may come at once after a pause.
    #[must_use]
    pub fn burst(mut self, count: u32) -> Self {
        self.burst = count.max(1);
        self
    }

    /// What counts as one client, in place of the address of the peer.
    ///
    /// Behind a proxy that would be a field that the proxy sets and clients cannot.
    #[must_use]
    pub fn key(mut self, key_of: impl Fn(&Call<'_>) -> String + Send + Sync + 'static) -> Self {
        self.key_of = Arc::new(key_of);
        self
    }

    /// Takes a token of `key`, or says how long it takes until there is one.
    fn take(&self, key: String, now: Instant) -> Result<(), Duration> {
        // What a panicking thread left is still a set of instants.
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= CLIENTS_MAX && !full_at.contains_key(&key) {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= CLIENTS_MAX {
                full_at.clear();
            }
        }
        let at = full_at.entry(key).or_insert(now);
        let empty_after = self.interval * self.burst;
        let next = (*at).max(now) + self.interval;
        match next.checked_duration_since(now + empty_after) {
            Some(wait) if wait > Duration::ZERO => Err(wait),
            _ => {
                *at = next;
                Ok(())
            }
        }
    }
}

impl Middleware for RateLimit {
    fn handle(&self, call: &Call<'_>) -> Step {
        let Err(wait) = self.take((self.key_of)(call), Instant::now()) else { return Step::Continue };
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let response = Response::text("Too Many Requests").with_status(StatusCode::TOO_MANY_REQUESTS);
        Step::answer(response.with_header(RETRY_AFTER, seconds))
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RateLimit")
            .field("interval", &self.interval)
            .field("burst", &self.burst)
            .finish_non_exhaustive()
    }
}
