//! A server for tests: on a port of its own, with a client that says what was answered.
//!
//! For the tests of those who write apps, and for the examples in this documentation. The client is blocking, has
//! one connection per request, and speaks HTTP/1.1 in plain text.

use std::net::SocketAddr;

use crate::handler::{Handler, ThreadContext};
use crate::limits::Limits;
use crate::server::{RunningServer, Server};

mod benchmark;
mod client;

pub use benchmark::RouteBenchmark;
pub use client::{TestRequest, TestResponse};

/// A running server that stops when it is dropped.
///
/// ```
/// use dyno_server::{App, Path, TestServer, get};
///
/// #[get("/double/{n}")]
/// fn double(Path(n): Path<u32>) -> String { (n * 2).to_string() }
///
/// let server = TestServer::start(|_| App::new().route(double));
/// let answer = server.get("/double/21").header("accept", "text/plain").send();
/// assert_eq!(answer.status(), 200);
/// assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
/// assert_eq!(answer.text(), "42");
/// ```
#[derive(Debug)]
pub struct TestServer {
    running: RunningServer,
}

impl TestServer {
    /// Starts one thread on a free port of the loopback interface.
    ///
    /// # Panics
    /// When the server cannot start; the message says why.
    pub fn start<H, F>(make_handler: F) -> Self
    where
        H: Handler,
        F: Fn(ThreadContext) -> H + Send + Sync + 'static,
    {
        Self::start_with(Limits::default(), make_handler)
    }

    /// The same with other limits.
    ///
    /// # Panics
    /// When the server cannot start; the message says why.
    pub fn start_with<H, F>(limits: Limits, make_handler: F) -> Self
    where
        H: Handler,
        F: Fn(ThreadContext) -> H + Send + Sync + 'static,
    {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = Server::builder().listen(address).limits(limits).start(make_handler);
        let running =
            started.unwrap_or_else(|error| panic!("the test server cannot start: {}", chain(&error)));
        Self { running }
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.local_addrs()[0]
    }

    /// A request with any method.
    #[must_use]
    pub fn request(&self, method: &str, target: &str) -> TestRequest {
        TestRequest::new(self.address(), method, target)
    }

    /// A GET request.
    #[must_use]
    pub fn get(&self, target: &str) -> TestRequest {
        self.request("GET", target)
    }

    /// A POST request.
    #[must_use]
    pub fn post(&self, target: &str) -> TestRequest {
        self.request("POST", target)
    }

    /// A PUT request.
    #[must_use]
    pub fn put(&self, target: &str) -> TestRequest {
        self.request("PUT", target)
    }

    /// A DELETE request.
    #[must_use]
    pub fn delete(&self, target: &str) -> TestRequest {
        self.request("DELETE", target)
    }

    /// Asks one route `num_requests` times over `concurrency` connections and says how fast it was.
    ///
    /// A first look, with client and server on the same machine; use a load generator for figures that count.
    ///
    /// ```
    /// use dyno_server::{App, TestServer, get};
    ///
    /// #[get("/")]
    /// fn page() -> &'static str { "fast" }
    ///
    /// let server = TestServer::start(|_| App::new().route(page));
    /// let result = server.benchmark_route("/", "GET", 200, 2);
    /// assert_eq!((result.answered, result.failed), (200, 0));
    /// assert!(result.requests_per_second > 0.0);
    /// assert!(result.p95_response_time >= result.avg_response_time / 200);
    /// ```
    #[must_use]
    pub fn benchmark_route(
        &self,
        route: &str,
        method: &str,
        num_requests: usize,
        concurrency: usize,
    ) -> RouteBenchmark {
        benchmark::run(self.address(), route, method, num_requests, concurrency)
    }
}

/// An error with all its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
