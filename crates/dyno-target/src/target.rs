//! Starting the target, and the handler that each of its threads runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dyno_server::{
    Action, BodyPolicy, Handler, Limits, Request, ResponseWriter, RunningServer, Server, ShutdownReport,
};

use crate::call::text;
use crate::certificate;
use crate::error::TargetError;
use crate::faults::chaos;
use crate::injection::{self, Injection};
use crate::ledger;
use crate::routes;
use crate::state::{Target, TargetState};

/// Largest body that `/upload` reads.
const UPLOAD_BYTES_MAX: u64 = 64 << 20;

/// What an answer may take beside the time it was asked to take.
const TIME_AROUND_AN_ANSWER: Duration = Duration::from_secs(10);

/// Where the target listens.
#[derive(Debug, Clone, Default)]
pub struct TargetOptions {
    /// Plain-text addresses; port 0 lets the system pick.
    pub listen: Vec<SocketAddr>,
    /// TLS addresses; port 0 lets the system pick.
    pub listen_tls: Vec<SocketAddr>,
    /// The certificate of the TLS addresses.
    pub tls: Option<TargetTls>,
    /// Whether the TLS addresses are served by HTTP/3 as well, where their ports are free in UDP.
    pub http3: bool,
    /// A Unix socket to listen on as well.
    pub unix_socket: Option<PathBuf>,
    /// Server threads; 0 counts as 1.
    pub threads: usize,
    /// How patient the server is.
    pub profile: Profile,
    /// How much a request may ask for.
    pub bounds: Bounds,
    /// Whether `/env` shows the variables named `HTTPBIN_ENV_…`.
    pub shows_environment: bool,
    /// Whether requests may ask for faults on any route by the field `x-chaos`.
    pub obeys_chaos: bool,
    /// What slows the answers on purpose, so that a comparison can be tested.
    pub injection: Injection,
}

/// How patient the server is with its clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// For load tests: busy connections never end by themselves, more streams, late answers may be late.
    #[default]
    Bench,
    /// For strangers: as a server that anybody can reach.
    Edge,
}

impl Profile {
    /// `bench` or `edge`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bench => "bench",
            Self::Edge => "edge",
        }
    }

    /// The limits, with time for the longest answer that may be asked for.
    fn limits(self, bounds: Bounds) -> Limits {
        let mut limits = match self {
            Self::Bench => Limits::bench(),
            Self::Edge => Limits::edge(),
        };
        let longest = bounds.duration_max.saturating_add(TIME_AROUND_AN_ANSWER);
        limits.connections.request_time_max =
            limits.connections.request_time_max.map(|time| time.max(longest));
        limits
    }
}

/// How much a request may ask for; more is refused with 400 or 413.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Largest body of a request (but for `/upload`) and of an answer made to measure, in bytes.
    pub body_bytes_max: u64,
    /// Longest time that an answer may be made to take.
    pub duration_max: Duration,
}

impl Default for Bounds {
    /// 1 MiB and 10 s, as in go-httpbin.
    fn default() -> Self {
        Self { body_bytes_max: 1 << 20, duration_max: Duration::from_secs(10) }
    }
}

/// Which certificate the TLS addresses show.
#[derive(Debug, Clone)]
pub enum TargetTls {
    /// One made now, for `localhost`, `127.0.0.1` and `::1`.
    SelfSigned,
    /// One from PEM files.
    Pem {
        /// The chain, own certificate first.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// A target at work; dropping it cuts all connections.
pub struct RunningTarget {
    server: RunningServer,
    state: Arc<TargetState>,
    self_signed_pem: Option<String>,
}

impl fmt::Debug for RunningTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningTarget").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Starts the target.
///
/// # Errors
/// When an address is taken, a certificate cannot be used, or a thread cannot be started.
pub fn serve(options: TargetOptions) -> Result<RunningTarget, TargetError> {
    let threads = options.threads.max(1);
    let limits = options.profile.limits(options.bounds);
    let mut builder = Server::builder().threads(threads).limits(limits.clone()).http3(options.http3);
    for &address in &options.listen {
        builder = builder.listen(address);
    }
    let mut self_signed_pem = None;
    if !options.listen_tls.is_empty() {
        let tls = options.tls.as_ref().ok_or(TargetError::NoCertificate)?;
        let (material, pem) = certificate::load(tls)?;
        self_signed_pem = pem;
        for &address in &options.listen_tls {
            builder = builder.listen_tls(address, material.clone());
        }
    }
    let environment = if options.shows_environment { shown_environment() } else { Vec::new() };
    let state = Arc::new(TargetState::new(threads, &options, limits.list(), environment));
    if let Some(path) = options.unix_socket {
        builder = builder.unix_socket(path);
    }
    let shared = Arc::clone(&state);
    let server = builder
        .start(move |context| TargetHandler(Rc::new(Target::new(Arc::clone(&shared), context.index))))
        .map_err(TargetError::Server)?;
    Ok(RunningTarget { server, state, self_signed_pem })
}

/// The variables that `/env` may show.
fn shown_environment() -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("HTTPBIN_ENV_"))
        .collect();
    shown.sort();
    shown
}

impl RunningTarget {
    /// The plain-text addresses, with real ports, in the order asked for.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        self.server.local_addrs()
    }

    /// The TLS addresses, with real ports, in the order asked for.
    #[must_use]
    pub fn tls_addrs(&self) -> &[SocketAddr] {
        self.server.tls_addrs()
    }

    /// The UDP addresses where HTTP/3 is served, with real ports: those of TLS addresses whose port was free.
    #[must_use]
    pub fn quic_addrs(&self) -> &[SocketAddr] {
        self.server.quic_addrs()
    }

    /// The self-signed certificate as PEM, for clients that are to trust it; `None` when files were given.
    #[must_use]
    pub fn self_signed_pem(&self) -> Option<&str> {
        self.self_signed_pem.as_deref()
    }

    /// Waits until somebody asks the target to stop by `POST /__drain`. Cancel-safe.
    pub async fn drain_asked(&self) {
        self.state.drain_asked.notified().await;
    }

    /// Stops accepting, lets requests in progress end for at most 30 s, then cuts the rest.
    pub async fn shutdown(self) -> ShutdownReport {
        self.server.shutdown().await
    }

    /// Waits until the server ends, which it does by itself only when it fails.
    pub async fn wait(self) -> ShutdownReport {
        self.server.wait().await
    }
}

/// The handler of one thread.
struct TargetHandler(Rc<Target>);

impl TargetHandler {
    /// Answers as slowly as the target was told to.
    fn answer_untagged(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        if !self.0.state.injected.is_active {
            return self.answer_with_chaos(request, response);
        }
        let this = Self(Rc::clone(&self.0));
        injection::answer(&self.0, request, response, move |request, response| {
            this.answer_with_chaos(request, response)
        })
    }

    /// Answers with the faults that the request may ask for.
    fn answer_with_chaos(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        if !self.0.state.obeys_chaos {
            return routes::answer(&self.0, request, response);
        }
        match chaos::asked(&self.0.state, request) {
            Err(reason) => text(response, 400, &reason),
            Ok(None) => routes::answer(&self.0, request, response),
            Ok(Some(chaos)) => {
                let target = Rc::clone(&self.0);
                let answer = move |request: &Request<'_>, response: &mut ResponseWriter<'_>| {
                    routes::answer(&target, request, response)
                };
                chaos::answer(&self.0, chaos, request, response, answer)
            }
        }
    }
}

impl Handler for TargetHandler {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        self.0.state.threads[self.0.thread_index].count_request();
        match ledger::run_of(request) {
            None => self.answer_untagged(request, response),
            Some(run) => {
                let answer = |request: &Request<'_>, response: &mut ResponseWriter<'_>| {
                    self.answer_untagged(request, response)
                };
                ledger::answer_and_record(&self.0, &run, request, response, answer)
            }
        }
    }

    fn body_policy(&self, request: &Request<'_>) -> BodyPolicy {
        match request.path() {
            "/upload" => BodyPolicy::Count { bytes_max: UPLOAD_BYTES_MAX },
            "/continue" => BodyPolicy::Stream { bytes_max: Some(self.0.state.bounds.body_bytes_max) },
            // There must be something left that can be stopped.
            "/fault/stop-sending" => BodyPolicy::Stream { bytes_max: None },
            _ => BodyPolicy::Buffer { bytes_max: self.0.state.bounds.body_bytes_max },
        }
    }
}
