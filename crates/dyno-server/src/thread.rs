//! One server thread: its runtime, its accept loops, its tick, and its orderly end.
//!
//! Shares nothing with the other threads but the stop signal. Called by `server`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};
use tokio_rustls::TlsAcceptor;

use crate::clock::{Cut, TICK, ThreadClock, Watch};
use crate::connection_info::{ConnectionInfo, TransportKind};
use crate::handler::{Handler, ThreadContext};
use crate::http1;
use crate::http1::buffer::BufferPool;
use crate::limits::Limits;
use crate::transport::Transport;

/// How long to leave the accept queue alone when the process has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The listening sockets of one thread.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) tcp: Vec<TcpListener>,
    pub(crate) tls: Vec<(TcpListener, TlsAcceptor)>,
    pub(crate) unix: Vec<UnixListener>,
}

/// What all connections of a thread share.
pub(crate) struct Shared<H> {
    pub(crate) handler: H,
    pub(crate) clock: Rc<ThreadClock>,
    pub(crate) limits: Limits,
    pub(crate) pool: BufferPool,
}

/// What the threads are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Serve,
    /// Close idle connections, give the others this long.
    Drain(Duration),
    /// Cut all connections.
    Abort,
}

/// Runs one thread until it is told to stop; returns how many connections were cut with a request in progress.
pub(crate) fn run<H: Handler>(
    context: ThreadContext,
    limits: Limits,
    listeners: Listeners,
    make_handler: impl FnOnce(ThreadContext) -> H,
    signal: watch::Receiver<Signal>,
    started: &mpsc::Sender<io::Result<()>>,
) -> Cut {
    let runtime = match Builder::new_current_thread().enable_all().build_local(LocalOptions::default()) {
        Ok(runtime) => runtime,
        Err(error) => {
            // The receiver waits for one message per thread, so it is still there.
            let _ = started.send(Err(error));
            return Cut::default();
        }
    };
    runtime.block_on(async {
        let acceptor = Acceptor {
            shared: Rc::new(Shared {
                handler: make_handler(context),
                clock: Rc::new(ThreadClock::new()),
                limits,
                pool: BufferPool::default(),
            }),
            last_id: Rc::new((context.index as u64 * (1 << 48)).into()),
        };
        let clock = Rc::clone(&acceptor.shared.clock);
        let accepting = acceptor.start(listeners);
        let _ = started.send(accepting.as_ref().map(|_| ()).map_err(|error| io::Error::from(error.kind())));
        let Ok(accepting) = accepting else { return Cut::default() };
        serve(&clock, signal, accepting).await
    })
}

async fn serve(
    clock: &Rc<ThreadClock>,
    mut signal: watch::Receiver<Signal>,
    accepting: Vec<JoinHandle<()>>,
) -> Cut {
    let ticking = spawn_local({
        let clock = Rc::clone(clock);
        async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                clock.tick();
            }
        }
    });
    // An error means that the owner is gone without a word, which is an abort.
    let told =
        signal.wait_for(|signal| *signal != Signal::Serve).await.map_or(Signal::Abort, |signal| *signal);
    for task in accepting {
        task.abort();
    }
    let limit = match told {
        Signal::Drain(limit) => limit,
        Signal::Serve | Signal::Abort => Duration::ZERO,
    };
    let cut = tokio::select! {
        cut = clock.drain(limit) => cut,
        // A second, harder signal ends the patience.
        _ = signal.wait_for(|signal| *signal == Signal::Abort), if limit > Duration::ZERO => {
            clock.drain(Duration::ZERO).await
        }
    };
    ticking.abort();
    cut
}

struct Acceptor<H> {
    shared: Rc<Shared<H>>,
    last_id: Rc<std::cell::Cell<u64>>,
}

impl<H> Clone for Acceptor<H> {
    fn clone(&self) -> Self {
        Self { shared: Rc::clone(&self.shared), last_id: Rc::clone(&self.last_id) }
    }
}

impl<H: Handler> Acceptor<H> {
    fn start(&self, listeners: Listeners) -> io::Result<Vec<JoinHandle<()>>> {
        let mut tasks = Vec::new();
        for listener in listeners.tcp {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let acceptor = self.clone();
            tasks.push(spawn_local(async move {
                loop {
                    let Some((stream, peer)) = accepted(listener.accept().await).await else { continue };
                    // Without it small answers wait for the peer's delayed acknowledgement.
                    let _ = stream.set_nodelay(true);
                    let info = acceptor.info(TransportKind::Tcp, Some(peer), stream.local_addr().ok());
                    acceptor.spawn(info, async |_: &Watch| Ok(stream));
                }
            }));
        }
        for (listener, tls) in listeners.tls {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let acceptor = self.clone();
            tasks.push(spawn_local(async move {
                loop {
                    let Some((stream, peer)) = accepted(listener.accept().await).await else { continue };
                    let _ = stream.set_nodelay(true);
                    let info = acceptor.info(TransportKind::Tls, Some(peer), stream.local_addr().ok());
                    let (tls, shared) = (tls.clone(), Rc::clone(&acceptor.shared));
                    acceptor.spawn(info, async move |watch: &Watch| {
                        shared.clock.set_deadline(watch, shared.limits.handshake_time_max);
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
                    let Some((stream, _)) = accepted(listener.accept().await).await else { continue };
                    let info = acceptor.info(TransportKind::Unix, None, None);
                    acceptor.spawn(info, async |_: &Watch| Ok(stream));
                }
            }));
        }
        Ok(tasks)
    }

    fn info(
        &self,
        transport: TransportKind,
        peer_addr: Option<SocketAddr>,
        local_addr: Option<SocketAddr>,
    ) -> ConnectionInfo {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let shutdown = self.shared.clock.shutdown_signal();
        ConnectionInfo { id, transport, peer_addr, local_addr, tls: None, shutdown }
    }

    /// Starts a connection; `open` does what comes before HTTP.
    fn spawn<S: Transport>(
        &self,
        mut info: ConnectionInfo,
        open: impl AsyncFnOnce(&Watch) -> io::Result<S> + 'static,
    ) {
        let clock = &self.shared.clock;
        if clock.connection_count() >= self.shared.limits.connections_per_thread_max {
            return;
        }
        let id = info.id;
        let watch = Rc::new(Watch::new());
        let registered = Registered { clock: Rc::clone(clock), id };
        let task = spawn_local({
            let (shared, watch) = (Rc::clone(&self.shared), Rc::clone(&watch));
            async move {
                let _registered = registered;
                let Ok(stream) = open(&watch).await else { return };
                info.tls = stream.tls_info();
                // A broken connection concerns its two ends only.
                let _ = http1::Connection::new(stream, shared, watch, Rc::new(info)).run().await;
            }
        });
        clock.add(id, watch, task.abort_handle());
    }
}

/// The accepted stream; after a failure a pause, since a process without descriptors would spin otherwise.
async fn accepted<T>(result: io::Result<T>) -> Option<T> {
    match result {
        Ok(stream) => Some(stream),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) =>
        {
            None
        }
        Err(_) => {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Takes a connection off the list of its thread when its task ends in whatever way.
struct Registered {
    clock: Rc<ThreadClock>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.clock.remove(self.id);
    }
}
