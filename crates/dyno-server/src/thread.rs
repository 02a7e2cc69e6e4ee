//! One server thread: its runtime, its tick, what its connections share, and its orderly end.
//!
//! Shares nothing with the other threads but the stop signal. Called by `server`.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroU16;
use std::os::unix::net::UnixListener;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};

use crate::accept::Acceptor;
use crate::accept::admission::Admission;
use crate::clock::{Cut, TICK, ThreadClock, Watch};
use crate::connection_info::ConnectionInfo;
use crate::handler::{Handler, ThreadContext};
use crate::http1::buffer::BufferPool;
use crate::http1::{self, HandOver};
use crate::http2;
#[cfg(feature = "http3")]
use crate::http3::endpoint::{QuicEndpoint, QuicSocket};
use crate::limits::Limits;
use crate::memory::MemoryGuard;
use crate::tls::TlsMaterial;
use crate::transport::Transport;

/// Certificate files are looked at once in so many ticks: once a second.
const TLS_FILE_TICKS: u64 = 4;

/// The listening sockets of one thread.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) tcp: Vec<TcpListener>,
    pub(crate) tls: Vec<TlsListener>,
    pub(crate) unix: Vec<UnixListener>,
    #[cfg(feature = "http3")]
    pub(crate) quic: Vec<QuicSocket>,
}

/// A listener of TLS over TCP, and where HTTP/3 is offered beside it.
pub(crate) struct TlsListener {
    pub(crate) listener: TcpListener,
    pub(crate) material: TlsMaterial,
    pub(crate) http3_port: Option<NonZeroU16>,
}

/// The ways in, at work.
struct Doors {
    tasks: Vec<JoinHandle<()>>,
    #[cfg(feature = "http3")]
    quic: Vec<QuicEndpoint>,
}

impl Doors {
    /// Lets nobody in any more.
    fn close(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        #[cfg(feature = "http3")]
        self.quic.iter().for_each(QuicEndpoint::stop);
    }

    /// Waits until the goodbyes of connections without a socket of their own are sent.
    async fn flush(&self) {
        #[cfg(feature = "http3")]
        for endpoint in &self.quic {
            endpoint.flush().await;
        }
    }
}

/// What all connections of a thread share.
pub(crate) struct Shared<H> {
    pub(crate) handler: H,
    pub(crate) clock: Rc<ThreadClock>,
    pub(crate) limits: Limits,
    pub(crate) memory: MemoryGuard,
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
    admission: Arc<Admission>,
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
        let mut handler = make_handler(context);
        if let Err(error) = handler.prepare() {
            let _ = started.send(Err(io::Error::other(error)));
            return Cut::default();
        }
        let shared = Rc::new(Shared {
            handler,
            clock: Rc::new(ThreadClock::new()),
            memory: MemoryGuard::new(limits.connections.memory_bytes_max),
            limits,
            pool: BufferPool::default(),
        });
        let tls = listeners.tls.iter().map(|tls| tls.material.clone()).collect();
        let first_id = context.index as u64 * (1 << 48);
        let acceptor = Acceptor::new(Rc::clone(&shared), admission, first_id);
        let doors = open_doors(&acceptor, &shared, context.count, listeners);
        let _ = started.send(doors.as_ref().map(|_| ()).map_err(|error| io::Error::from(error.kind())));
        let Ok(doors) = doors else { return Cut::default() };
        let cut = serve(&shared, tls, signal, &doors).await;
        doors.flush().await;
        cut
    })
}

#[cfg_attr(
    not(feature = "http3"),
    expect(unused_mut, unused_variables, reason = "for the endpoints of QUIC")
)]
fn open_doors<H: Handler>(
    acceptor: &Acceptor<H>,
    shared: &Shared<H>,
    thread_count: usize,
    mut listeners: Listeners,
) -> io::Result<Doors> {
    #[cfg(feature = "http3")]
    let quic = std::mem::take(&mut listeners.quic)
        .into_iter()
        .map(|socket| QuicEndpoint::open(socket, &shared.limits, thread_count))
        .collect::<io::Result<Vec<_>>>()?;
    let mut tasks = acceptor.start(listeners)?;
    #[cfg(feature = "http3")]
    tasks.extend(quic.iter().map(|endpoint| acceptor.start_quic(endpoint.clone())));
    Ok(Doors {
        tasks,
        #[cfg(feature = "http3")]
        quic,
    })
}

async fn serve<H: Handler>(
    shared: &Rc<Shared<H>>,
    tls: Vec<TlsMaterial>,
    mut signal: watch::Receiver<Signal>,
    doors: &Doors,
) -> Cut {
    let clock = Rc::clone(&shared.clock);
    let ticking = spawn_local({
        let shared = Rc::clone(shared);
        async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            for number in 1_u64.. {
                ticks.tick().await;
                shared.clock.tick();
                shared.memory.refresh();
                if number.is_multiple_of(TLS_FILE_TICKS) {
                    tls.iter().for_each(TlsMaterial::reload_if_changed);
                }
            }
        }
    });
    // An error means that the owner is gone without a word, which is an abort.
    let told =
        signal.wait_for(|signal| *signal != Signal::Serve).await.map_or(Signal::Abort, |signal| *signal);
    doors.close();
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

/// Serves one stream with the version of HTTP that it speaks, until either side closes it.
pub(crate) async fn serve_stream<S: Transport, H: Handler>(
    stream: S,
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    info: Rc<ConnectionInfo>,
) -> io::Result<()> {
    let speaks_http2 = info.tls.as_ref().is_some_and(|tls| tls.alpn.as_deref() == Some("h2"));
    let (stream, early, splice) = if speaks_http2 {
        (stream, Bytes::new(), None)
    } else {
        let http1 = http1::Connection::new(stream, Rc::clone(&shared), Rc::clone(&watch), Rc::clone(&info));
        match http1.run().await? {
            None => return Ok(()),
            Some(HandOver { stream, early, splice }) => (stream, early, splice),
        }
    };
    // In its own memory, so that connections without it stay small.
    Box::pin(http2::serve(stream, shared, watch, info, early, splice)).await
}
