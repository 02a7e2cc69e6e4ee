//! The shortest way to a server: one address, one thread per core, until it is told to stop.
//!
//! Everything else is reached through `Server::builder()`. Called by `main` functions.

use std::net::SocketAddr;
use std::thread::available_parallelism;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::ServerError;
use crate::handler::{Handler, ThreadContext};
use crate::server::{Server, ShutdownReport};

/// Serves on one address until the process gets SIGINT or SIGTERM, then stops gracefully: requests in progress
/// have 30 s to end. A second signal cuts them.
///
/// ```no_run
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn hello() -> &'static str { "Hello, World!" }
///
/// fn main() -> Result<(), dyno_server::ServerError> {
///     dyno_server::run(([127, 0, 0, 1], 8080), |_thread| App::new().route(hello))?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// When the server cannot start: the address is taken, or the app cannot be served.
pub fn run<H, F>(address: impl Into<SocketAddr>, make_handler: F) -> Result<ShutdownReport, ServerError>
where
    H: Handler,
    F: Fn(ThreadContext) -> H + Send + Sync + 'static,
{
    let thread_error = |source| ServerError::Thread { index: 0, source };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(thread_error)?;
    let threads = available_parallelism().map_or(1, usize::from);
    runtime.block_on(async {
        // Before the server starts, so that no signal finds it unprepared.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(thread_error)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(thread_error)?;
        let running = Server::builder().listen(address.into()).threads(threads).start(make_handler)?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::select! {
            report = running.shutdown() => Ok(report),
            _ = interrupt.recv() => Ok(ShutdownReport::default()),
            _ = terminate.recv() => Ok(ShutdownReport::default()),
        }
    })
}
