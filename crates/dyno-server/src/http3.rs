//! One HTTP/3 connection from its handshake to its close: control streams, requests as tasks, an orderly end.
//!
//! QUIC is that of `quinn`, which only this folder knows; frames and field sections are those of
//! `dyno_proto::http3`. Called by `accept` for each connection of a UDP socket.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use dyno_proto::http3::{ErrorCode, FieldSectionLimits, Http3Error};
use quinn::{RecvStream, SendStream, VarInt};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::clock::Watch;
use crate::connection_info::{ConnectionInfo, TlsInfo};
use crate::handler::Handler;
use crate::request::Priority;
use crate::shutdown::ShutdownSignal;
use crate::thread::Shared;
use control::Control;
use resets::Resets;

mod body;
mod control;
pub(crate) mod endpoint;
mod input;
mod message;
mod output;
mod resets;
mod respond;
mod stream;
mod tunnel;

/// The largest number a request stream can have: in GOAWAY it forbids nothing yet.
const REQUEST_ID_MAX: u64 = (1 << 62) - 4;
/// Streams that priorities are kept for although their requests have not come.
const PRIORITIES_MAX: usize = 128;

/// What the streams of one connection share.
pub(crate) struct Session<H> {
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    info: Rc<ConnectionInfo>,
    quic: quinn::Connection,
    open_requests: Cell<u32>,
    request_count: Cell<u64>,
    open_heads_bytes: Cell<u64>,
    /// Largest field section that the client takes.
    peer_section_bytes_max: Cell<u64>,
    resets: Rc<Resets>,
    /// What PRIORITY_UPDATE said and no stream has looked at.
    priorities: RefCell<HashMap<u64, Priority>>,
    end: End,
}

/// The wish of an answer that the connection takes no further request.
#[derive(Default)]
struct End {
    is_wanted: Cell<bool>,
    wanted: Notify,
}

/// Where a connection is on its way to the end.
enum Phase {
    Open,
    /// The client was told; requests on their way are still taken until the time is over.
    Announced(Pin<Box<tokio::time::Sleep>>),
    /// No request from this number on.
    Closing(u64),
}

/// Serves one connection until either side closes it. Not cancel-safe: dropping the future closes the connection.
pub(crate) async fn serve<H: Handler>(
    quic: quinn::Connection,
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    info: Rc<ConnectionInfo>,
) {
    let resets_max = shared.limits.http3.resets_per_10s_max;
    let resets = Resets::new(quic.clone(), Rc::clone(&shared.clock), resets_max);
    let session = Rc::new(Session {
        shared,
        watch,
        info,
        quic: quic.clone(),
        open_requests: Cell::new(0),
        request_count: Cell::new(0),
        open_heads_bytes: Cell::new(0),
        peer_section_bytes_max: Cell::new(u64::MAX),
        resets: Rc::new(resets),
        priorities: RefCell::default(),
        end: End::default(),
    });
    let _closer = Closer(quic);
    session.watch.set_says_goodbye();
    session.shared.clock.set_deadline(&session.watch, session.shared.limits.http1.head_time_max);
    let mut tasks = JoinSet::new();
    let Some(mut control) = Control::open(&session, &mut tasks).await else { return };
    let shutdown = session.shared.clock.shutdown_signal();
    let mut phase = Phase::Open;
    loop {
        if let Phase::Closing(_) = phase
            && session.open_requests.get() == 0
        {
            return;
        }
        tokio::select! {
            stream = session.quic.accept_bi() => match stream {
                Ok((send, receive)) => session.take_request(&phase, send, receive, &mut tasks),
                Err(_) => return,
            },
            stream = session.quic.accept_uni() => match stream {
                Ok(receive) => control.take_stream(&session, receive, &mut tasks),
                Err(_) => return,
            },
            Some(_) = tasks.join_next() => {}
            () = session.ending(&shutdown), if matches!(phase, Phase::Open) => {
                if control.say_goaway(REQUEST_ID_MAX).await.is_err() {
                    return;
                }
                phase = Phase::Announced(Box::pin(tokio::time::sleep(session.notice_time())));
            }
            () = notice(&mut phase) => {
                let next_id = session.request_count.get() * 4;
                if control.say_goaway(next_id).await.is_err() {
                    return;
                }
                phase = Phase::Closing(next_id);
            }
        }
    }
}

/// Waits until the client has had time to hear of the end; for ever in other phases.
async fn notice(phase: &mut Phase) {
    match phase {
        Phase::Announced(time) => time.await,
        Phase::Open | Phase::Closing(_) => std::future::pending().await,
    }
}

impl<H: Handler> Session<H> {
    fn take_request(
        self: &Rc<Self>,
        phase: &Phase,
        mut send: SendStream,
        mut receive: RecvStream,
        tasks: &mut JoinSet<()>,
    ) {
        let id = u64::from(VarInt::from(send.id()));
        if matches!(phase, Phase::Closing(first_refused) if id >= *first_refused) {
            // Fails only on a stream that is gone.
            let _ = send.reset(var(ErrorCode::REQUEST_REJECTED));
            let _ = receive.stop(var(ErrorCode::REQUEST_REJECTED));
            return;
        }
        // Streams come in the order of their numbers, so a count is as good as the number.
        self.request_count.set(self.request_count.get() + 1);
        if self.request_count.get() >= self.shared.limits.http1.requests_per_connection_max {
            self.end.want();
        }
        let open = OpenRequest::new(self, id);
        // A task moves its future several times, the box only its address.
        tasks.spawn_local(Box::pin(stream::serve(open, send, receive)));
    }

    /// Waits until no further request is wanted.
    async fn ending(&self, shutdown: &ShutdownSignal) {
        tokio::select! {
            () = shutdown.raised() => {}
            () = self.end.wanted() => {}
        }
    }

    /// How long requests may still be on their way when the end is announced: twice there and back.
    fn notice_time(&self) -> Duration {
        (2 * self.quic.rtt()).clamp(Duration::from_millis(5), Duration::from_millis(500))
    }

    /// Ends the connection because of what the client did.
    fn fail(&self, error: Http3Error) {
        self.quic.close(var(error.code), error.reason.as_bytes());
    }

    fn section_limits(&self) -> FieldSectionLimits {
        FieldSectionLimits {
            section_bytes_max: self.shared.limits.http3.field_section_bytes_max,
            field_count_max: self.shared.limits.http1.header_count_max,
        }
    }

    fn keep_priority(&self, stream_id: u64, priority: Priority) {
        let mut priorities = self.priorities.borrow_mut();
        if priorities.len() < PRIORITIES_MAX || priorities.contains_key(&stream_id) {
            priorities.insert(stream_id, priority);
        }
    }

    fn take_priority(&self, stream_id: u64) -> Option<Priority> {
        let mut priorities = self.priorities.borrow_mut();
        if priorities.is_empty() { None } else { priorities.remove(&stream_id) }
    }
}

impl End {
    fn want(&self) {
        self.is_wanted.set(true);
        self.wanted.notify_waiters();
    }

    async fn wanted(&self) {
        let wanted = self.wanted.notified();
        if !self.is_wanted.get() {
            wanted.await;
        }
    }
}

/// One request in progress, counted from its stream's beginning until its answer has arrived.
struct OpenRequest<H> {
    session: Rc<Session<H>>,
    id: u64,
    /// What its head takes of the budget of the connection.
    head_bytes: u64,
}

impl<H> OpenRequest<H> {
    fn new(session: &Rc<Session<H>>, id: u64) -> Self {
        let count = session.open_requests.get() + 1;
        session.open_requests.set(count);
        session.watch.set_in_progress(count);
        session.watch.clear_deadline();
        Self { session: Rc::clone(session), id, head_bytes: 0 }
    }

    /// Takes room for a decoded head; false when the connection holds too much already.
    fn hold_head(&mut self, bytes: u64) -> bool {
        self.head_bytes = bytes;
        let all = &self.session.open_heads_bytes;
        all.set(all.get() + bytes);
        all.get() <= self.session.shared.limits.http3.open_heads_bytes_max
    }
}

impl<H> Drop for OpenRequest<H> {
    fn drop(&mut self) {
        let session = &self.session;
        let count = session.open_requests.get() - 1;
        session.open_requests.set(count);
        session.watch.set_in_progress(count);
        session.open_heads_bytes.set(session.open_heads_bytes.get() - self.head_bytes);
        session.priorities.borrow_mut().remove(&self.id);
        if count == 0 {
            session
                .shared
                .clock
                .set_deadline(&session.watch, session.shared.limits.http1.keep_alive_time_max);
        }
    }
}

/// Closes the connection when its task ends in whatever way; a first close counts.
struct Closer(quinn::Connection);

impl Drop for Closer {
    fn drop(&mut self) {
        self.0.close(var(ErrorCode::NO_ERROR), b"");
    }
}

fn var(code: ErrorCode) -> VarInt {
    VarInt::from_u64(code.0).unwrap_or(VarInt::MAX)
}

/// What the handshake agreed on. The library does not tell the cipher.
pub(crate) fn tls_info(quic: &quinn::Connection) -> TlsInfo {
    let handshake =
        quic.handshake_data().and_then(|data| data.downcast::<quinn::crypto::rustls::HandshakeData>().ok());
    let certificates = quic
        .peer_identity()
        .and_then(|chain| chain.downcast::<Vec<rustls_pki_types::CertificateDer<'static>>>().ok());
    let (alpn, server_name) = handshake.map_or((None, None), |data| (data.protocol, data.server_name));
    TlsInfo {
        alpn: alpn.map(|name| String::from_utf8_lossy(&name).into_owned()),
        version: "TLSv1.3",
        cipher: String::new(),
        is_resumed: None,
        server_name,
        client_certificates: certificates.map_or_else(Vec::new, |chain| {
            chain.iter().map(|certificate| certificate.as_ref().to_vec()).collect()
        }),
    }
}

/// Runs `future`, at most for `limit`; `None` when the time was over.
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}
