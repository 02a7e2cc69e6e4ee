//! From a listening socket to connections: who is let in, and what happens when the process has no room left.
//!
//! Counts belong to the whole server, accept loops to their thread. Called by `thread`.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_local};

use crate::clock::{ThreadClock, Watch};
use crate::connection_info::{ConnectionInfo, TransportKind};
use crate::handler::Handler;
#[cfg(feature = "http3")]
use crate::http3::{self, endpoint::QuicEndpoint};
use crate::socket::Socket;
use crate::thread::{Listeners, Shared, TlsListener, serve_stream};
use crate::transport::Transport;
use admission::{Admission, Permit};

pub(crate) mod admission;

#[cfg(test)]
mod tests;

/// How long to leave the accept queue alone when nothing can be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// The accept loops of one thread.
pub(crate) struct Acceptor<H> {
    shared: Rc<Shared<H>>,
    admission: Arc<Admission>,
    last_id: Rc<Cell<u64>>,
    reserve: Rc<Reserve>,
}

impl<H> Clone for Acceptor<H> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            admission: Arc::clone(&self.admission),
            last_id: Rc::clone(&self.last_id),
            reserve: Rc::clone(&self.reserve),
        }
    }
}

impl<H: Handler> Acceptor<H> {
    /// `first_id` starts a range of connection numbers that no other thread uses.
    pub(crate) fn new(shared: Rc<Shared<H>>, admission: Arc<Admission>, first_id: u64) -> Self {
        let reserve = Rc::new(Reserve::new());
        Self { shared, admission, last_id: Rc::new(Cell::new(first_id)), reserve }
    }

    /// Starts one loop per listener; they end when their tasks are aborted.
    pub(crate) fn start(&self, listeners: Listeners) -> io::Result<Vec<JoinHandle<()>>> {
        let mut tasks = Vec::new();
        for listener in listeners.tcp {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let acceptor = self.clone();
            tasks.push(spawn_local(async move {
                loop {
                    let (stream, peer) = acceptor.accepted(|| listener.accept()).await;
                    let stream = Socket::new(stream);
                    let local = stream.local_addr();
                    let origin = Origin { peer: Some(peer), local, ..Origin::of(TransportKind::Tcp) };
                    acceptor.spawn(origin, async |_: &Watch| Ok(stream));
                }
            }));
        }
        let speaks_http2 = self.shared.limits.http2.is_enabled;
        for TlsListener { listener, material: tls, http3_port } in listeners.tls {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let acceptor = self.clone();
            tasks.push(spawn_local(async move {
                loop {
                    let (stream, peer) = acceptor.accepted(|| listener.accept()).await;
                    let stream = Socket::new(stream);
                    let local = stream.local_addr();
                    let (tls, shared) = (tls.acceptor(speaks_http2), Rc::clone(&acceptor.shared));
                    let origin =
                        Origin { peer: Some(peer), local, http3_port, ..Origin::of(TransportKind::Tls) };
                    acceptor.spawn(origin, async move |watch: &Watch| {
                        shared.clock.set_deadline(watch, shared.limits.connections.handshake_time_max);
                        tls.accept(stream).await
                    });
                }
            }));
        }
        for listener in listeners.unix {
            let listener = tokio::net::UnixListener::from_std(listener)?;
            let acceptor = self.clone();
            tasks.push(spawn_local(async move {
                loop {
                    let (stream, _) = acceptor.accepted(|| listener.accept()).await;
                    acceptor.spawn(Origin::of(TransportKind::Unix), async |_: &Watch| Ok(stream));
                }
            }));
        }
        Ok(tasks)
    }

    /// Takes the connections of a QUIC endpoint until it is closed.
    #[cfg(feature = "http3")]
    pub(crate) fn start_quic(&self, endpoint: QuicEndpoint) -> JoinHandle<()> {
        let acceptor = self.clone();
        spawn_local(async move {
            while let Some(incoming) = endpoint.accept().await {
                let origin = Origin {
                    peer: Some(incoming.remote_address()),
                    local: endpoint.quic.local_addr().ok(),
                    ..Origin::of(TransportKind::Quic)
                };
                let (shared, endpoint) = (Rc::clone(&acceptor.shared), endpoint.clone());
                // One that is not let in is dropped, which refuses it.
                acceptor.run(origin, async move |watch: Rc<Watch>, mut info: ConnectionInfo| {
                    shared.clock.set_deadline(&watch, shared.limits.connections.handshake_time_max);
                    let Ok(quic) = endpoint.handshake(incoming).await else { return };
                    info.tls = Some(http3::tls_info(&quic));
                    http3::serve(quic, shared, watch, Rc::new(info)).await;
                });
            }
        })
    }

    /// Starts a connection, if it is let in; `open` does what comes before HTTP.
    fn spawn<S: Transport>(&self, origin: Origin, open: impl AsyncFnOnce(&Watch) -> io::Result<S> + 'static) {
        let shared = Rc::clone(&self.shared);
        self.run(origin, async move |watch: Rc<Watch>, mut info: ConnectionInfo| {
            let Ok(stream) = open(&watch).await else { return };
            info.tls = stream.tls_info();
            // A broken connection concerns its two ends only.
            let _ = serve_stream(stream, shared, watch, Rc::new(info)).await;
        });
    }

    /// Runs `serve` as a connection, if it is let in.
    fn run(&self, origin: Origin, serve: impl AsyncFnOnce(Rc<Watch>, ConnectionInfo) + 'static) {
        if self.shared.memory.refuses_connections() {
            return;
        }
        let Origin { transport, peer, local, http3_port } = origin;
        let Some(permit) = Admission::admit(&self.admission, peer.map(|peer| peer.ip())) else { return };
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let clock = &self.shared.clock;
        let shutdown = clock.shutdown_signal();
        let info = ConnectionInfo {
            id,
            transport,
            peer_addr: peer,
            local_addr: local,
            tls: None,
            http3_port,
            shutdown,
        };
        let watch = Rc::new(Watch::new());
        let registered = Registered { clock: Rc::clone(clock), id, _permit: permit };
        let task = spawn_local({
            let watch = Rc::clone(&watch);
            async move {
                let _registered = registered;
                serve(watch, info).await;
            }
        });
        clock.add(id, watch, task.abort_handle());
    }

    /// The next stream. Without a free descriptor this neither spins nor leaves clients hanging: the reserve is
    /// spent on accepting and closing one of them at a time.
    async fn accepted<T, F>(&self, accept: impl Fn() -> F) -> T
    where
        F: Future<Output = io::Result<T>>,
    {
        loop {
            match accept().await {
                Ok(stream) => return stream,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
                    ) => {}
                Err(_) => {
                    if self.reserve.give_up() {
                        // Dropped at once, which closes it; an empty queue ends this at once as well.
                        let _ = tokio::time::timeout(Duration::ZERO, accept()).await;
                        self.reserve.take_again();
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Where a connection comes from.
#[derive(Clone, Copy)]
struct Origin {
    transport: TransportKind,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    http3_port: Option<NonZeroU16>,
}

impl Origin {
    fn of(transport: TransportKind) -> Self {
        Self { transport, peer: None, local: None, http3_port: None }
    }
}

/// A descriptor kept for bad times.
struct Reserve {
    file: RefCell<Option<File>>,
}

impl Reserve {
    fn new() -> Self {
        let reserve = Self { file: RefCell::new(None) };
        reserve.take_again();
        reserve
    }

    /// Frees the descriptor; true when there was one.
    fn give_up(&self) -> bool {
        self.file.take().is_some()
    }

    fn take_again(&self) {
        // Without it there is only the pause.
        self.file.replace(File::open("/dev/null").ok());
    }
}

/// Takes a connection off the list of its thread when its task ends in whatever way.
struct Registered {
    clock: Rc<ThreadClock>,
    id: u64,
    _permit: Permit,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.clock.remove(self.id);
    }
}
