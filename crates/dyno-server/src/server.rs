//! Starting and stopping a server.
//!
//! Binds everything before the first thread starts, so that a bad address is an error and not a log line.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::accept::admission::Admission;
use crate::clock::Cut;
use crate::error::ServerError;
use crate::handler::{Handler, ThreadContext};
#[cfg(feature = "http3")]
use crate::http3::endpoint::{self, QuicSocket};
use crate::limits::Limits;
use crate::listener::{listen_tcp, listen_unix};
use crate::thread::{self, Listeners, Signal, TlsListener};
use crate::tls::TlsMaterial;

/// The front door: `Server::builder()`.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// A server that listens nowhere yet, with one thread and the default limits.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder {
            tcp: Vec::new(),
            tls: Vec::new(),
            unix: Vec::new(),
            http3: false,
            #[cfg(feature = "http3")]
            quic: Vec::new(),
            threads: 1,
            limits: Limits::default(),
        }
    }
}

/// What a server is to be.
pub struct ServerBuilder {
    tcp: Vec<SocketAddr>,
    tls: Vec<(SocketAddr, TlsMaterial)>,
    unix: Vec<PathBuf>,
    http3: bool,
    #[cfg(feature = "http3")]
    quic: Vec<(SocketAddr, TlsMaterial)>,
    threads: usize,
    limits: Limits,
}

impl ServerBuilder {
    /// Adds a plain-text address; port 0 lets the system pick.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.tcp.push(address);
        self
    }

    /// Adds a TLS address; port 0 lets the system pick.
    #[must_use]
    pub fn listen_tls(mut self, address: SocketAddr, material: TlsMaterial) -> Self {
        self.tls.push((address, material));
        self
    }

    /// Offers HTTP/3 beside every TLS listener, at the same port of UDP; answers over TCP tell it by `alt-svc`.
    ///
    /// Where the UDP socket cannot be bound, or the crate was built without its feature `http3`, the listener serves
    /// the other versions and is silent about this one; [`RunningServer::quic_addrs`] tells.
    #[must_use]
    pub fn http3(mut self, is_offered: bool) -> Self {
        self.http3 = is_offered;
        self
    }

    /// Adds a UDP address for HTTP/3 alone; port 0 lets the system pick.
    #[cfg(feature = "http3")]
    #[must_use]
    pub fn listen_quic(mut self, address: SocketAddr, material: TlsMaterial) -> Self {
        self.quic.push((address, material));
        self
    }

    /// Adds a Unix socket at `path`; the file is removed when the server ends.
    #[must_use]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.unix.push(path.into());
        self
    }

    /// Sets the number of threads; 0 counts as 1.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = count.max(1);
        self
    }

    /// Replaces the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Changes some of the limits.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = dyno_server::Server::builder().tune(|limits| {
    ///     limits.http1.keep_alive_time_max = Duration::from_secs(5);
    ///     limits.http2.streams_max = 32;
    /// });
    /// ```
    #[must_use]
    pub fn tune(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Listens and starts the threads; `make_handler` runs once on each of them, inside its runtime.
    ///
    /// # Errors
    /// When an address is taken or a thread cannot be started; nothing keeps running then.
    pub fn start<H, F>(self, make_handler: F) -> Result<RunningServer, ServerError>
    where
        H: Handler,
        F: Fn(ThreadContext) -> H + Send + Sync + 'static,
    {
        let admission = Arc::new(Admission::new(&self.limits.connections));
        let mut running = RunningServer {
            local_addrs: Vec::new(),
            tls_addrs: Vec::new(),
            quic_addrs: Vec::new(),
            unix_paths: Vec::new(),
            admission: Arc::clone(&admission),
            shutdown_time_max: self.limits.connections.shutdown_time_max,
            signal: watch::Sender::new(Signal::Serve),
            threads: Vec::new(),
            reports: Vec::new(),
            tls: self.tls.iter().map(|(_, material)| material.clone()).collect(),
        };
        let listeners = self.listen_all(&mut running)?;
        let make_handler = Arc::new(make_handler);
        let (started, has_started) = mpsc::channel::<io::Result<()>>();
        for (index, listeners) in listeners.into_iter().enumerate() {
            let context = ThreadContext { index, count: self.threads };
            let (limits, signal) = (self.limits.clone(), running.signal.subscribe());
            let admission = Arc::clone(&admission);
            let (make_handler, started) = (Arc::clone(&make_handler), started.clone());
            let (report, reported) = oneshot::channel();
            let spawned = std::thread::Builder::new().name(format!("serve-{index}")).spawn(move || {
                let make_handler = move |context| make_handler(context);
                let cut = thread::run(context, limits, admission, listeners, make_handler, signal, &started);
                // Nobody listens when the server was dropped.
                let _ = report.send(cut);
            });
            running.threads.push(spawned.map_err(|source| ServerError::Thread { index, source })?);
            running.reports.push(reported);
        }
        for index in 0..self.threads {
            let result = has_started.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
            result.map_err(|source| ServerError::Thread { index, source })?;
        }
        Ok(running)
    }

    fn listen_all(&self, running: &mut RunningServer) -> Result<Vec<Listeners>, ServerError> {
        let has_stream = !self.tcp.is_empty() || !self.tls.is_empty() || !self.unix.is_empty();
        #[cfg(feature = "http3")]
        let has_any = has_stream || !self.quic.is_empty();
        #[cfg(not(feature = "http3"))]
        let has_any = has_stream;
        if !has_any {
            return Err(ServerError::NothingToListenOn);
        }
        let mut per_thread: Vec<Listeners> =
            std::iter::repeat_with(Listeners::default).take(self.threads).collect();
        for &address in &self.tcp {
            let (bound, listeners) = listen_tcp(address, self.threads)
                .map_err(|source| ServerError::Listen { address, source })?;
            running.local_addrs.push(bound);
            for (thread, listener) in per_thread.iter_mut().zip(listeners) {
                thread.tcp.push(listener);
            }
        }
        for (address, material) in &self.tls {
            let (bound, listeners) = listen_tcp(*address, self.threads)
                .map_err(|source| ServerError::Listen { address: *address, source })?;
            running.tls_addrs.push(bound);
            let http3_port =
                if self.http3 { offer_http3(bound, material, &mut per_thread, running) } else { None };
            for (thread, listener) in per_thread.iter_mut().zip(listeners) {
                thread.tls.push(TlsListener { listener, material: material.clone(), http3_port });
            }
        }
        #[cfg(feature = "http3")]
        for (address, material) in &self.quic {
            let bound = listen_quic(*address, material, &mut per_thread)
                .map_err(|source| ServerError::Listen { address: *address, source })?;
            running.quic_addrs.push(bound);
        }
        for path in &self.unix {
            let listeners = listen_unix(path, self.threads)
                .map_err(|source| ServerError::ListenUnix { path: path.clone(), source })?;
            running.unix_paths.push(path.clone());
            for (thread, listener) in per_thread.iter_mut().zip(listeners) {
                thread.unix.push(listener);
            }
        }
        Ok(per_thread)
    }
}

/// Offers HTTP/3 at the address of a TLS listener; without it the listener is as good, so that is no error.
#[cfg(feature = "http3")]
fn offer_http3(
    address: SocketAddr,
    material: &TlsMaterial,
    per_thread: &mut [Listeners],
    running: &mut RunningServer,
) -> Option<NonZeroU16> {
    match listen_quic(address, material, per_thread) {
        Ok(bound) => {
            running.quic_addrs.push(bound);
            NonZeroU16::new(bound.port())
        }
        Err(error) => {
            tracing::warn!(%address, %error, "no HTTP/3 here: the UDP socket could not be bound");
            None
        }
    }
}

/// Says that HTTP/3 is not there.
#[cfg(not(feature = "http3"))]
fn offer_http3(
    address: SocketAddr,
    _: &TlsMaterial,
    _: &mut [Listeners],
    _: &mut RunningServer,
) -> Option<NonZeroU16> {
    tracing::warn!(%address, "no HTTP/3 here: the server was built without it");
    None
}

#[cfg(feature = "http3")]
fn listen_quic(
    address: SocketAddr,
    material: &TlsMaterial,
    per_thread: &mut [Listeners],
) -> io::Result<SocketAddr> {
    let (bound, sockets) = endpoint::bind(address, per_thread.len())?;
    for (thread, socket) in per_thread.iter_mut().zip(sockets) {
        thread.quic.push(QuicSocket { socket, material: material.clone() });
    }
    Ok(bound)
}

/// A server at work; dropping it cuts all connections and waits for its threads.
#[derive(Debug)]
pub struct RunningServer {
    local_addrs: Vec<SocketAddr>,
    tls_addrs: Vec<SocketAddr>,
    quic_addrs: Vec<SocketAddr>,
    unix_paths: Vec<PathBuf>,
    admission: Arc<Admission>,
    shutdown_time_max: Duration,
    signal: watch::Sender<Signal>,
    threads: Vec<JoinHandle<()>>,
    reports: Vec<oneshot::Receiver<Cut>>,
    tls: Vec<TlsMaterial>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Connections that were cut while a request was in progress.
    pub cut_connections: usize,
    /// Requests that were in progress on them; more than connections where HTTP/2 or 3 carried several.
    pub cut_requests: usize,
}

impl RunningServer {
    /// The plain-text addresses, with real ports, in the order asked for.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// The TLS addresses, with real ports, in the order asked for.
    #[must_use]
    pub fn tls_addrs(&self) -> &[SocketAddr] {
        &self.tls_addrs
    }

    /// Reads the certificate files of all TLS listeners again, for connections that begin from now on.
    ///
    /// The server also does so by itself when the files change.
    ///
    /// # Errors
    /// When files cannot be used; their listeners keep the old certificate.
    pub fn reload_tls(&self) -> Result<(), ServerError> {
        self.tls.iter().try_for_each(TlsMaterial::reload)
    }

    /// The UDP addresses where HTTP/3 is served, with real ports: those beside TLS listeners that could be bound,
    /// and those asked for by `listen_quic`.
    #[must_use]
    pub fn quic_addrs(&self) -> &[SocketAddr] {
        &self.quic_addrs
    }

    /// How many connections are open now, over TCP, TLS and Unix sockets.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.admission.count()
    }

    /// Stops accepting, lets requests in progress end for as long as the limits say (30 s), then cuts the rest.
    ///
    /// Not cancel-safe: a dropped future cuts all connections at once.
    pub async fn shutdown(self) -> ShutdownReport {
        let limit = self.shutdown_time_max;
        self.shutdown_within(limit).await
    }

    /// Like [`RunningServer::shutdown`], with another limit.
    pub async fn shutdown_within(mut self, limit: Duration) -> ShutdownReport {
        self.signal.send_replace(Signal::Drain(limit));
        self.collect().await
    }

    /// Waits until the threads have ended, which they do by themselves only when they fail.
    pub async fn wait(mut self) -> ShutdownReport {
        self.collect().await
    }

    async fn collect(&mut self) -> ShutdownReport {
        let mut report = ShutdownReport::default();
        for reported in self.reports.drain(..) {
            // A thread that died without a report has cut what it had, uncounted.
            let cut = reported.await.unwrap_or_default();
            report.cut_connections += cut.connections;
            report.cut_requests += cut.requests;
        }
        report
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.signal.send_replace(Signal::Abort);
        for thread in self.threads.drain(..) {
            // A panic of the thread was reported by its hook already.
            let _ = thread.join();
        }
        for path in &self.unix_paths {
            let _ = std::fs::remove_file(path);
        }
    }
}
