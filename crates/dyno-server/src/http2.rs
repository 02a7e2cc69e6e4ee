//! One HTTP/2 connection over the `h2` library: requests in, handler's answers out, until either side ends it.
//!
//! All requests that came together are answered before the library writes, so that their answers share a write. What
//! takes time becomes a task per stream. Called by `thread` after ALPN, a preface in clear text, or `Upgrade: h2c`.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use tokio::task::JoinSet;

use crate::clock::Watch;
use crate::connection_info::ConnectionInfo;
use crate::handler::Handler;
use crate::limits::Limits;
use crate::request::Priority;
use crate::request::parts::PRIORITY;
use crate::thread::Shared;
use crate::transport::Transport;
use sniffer::Sniffer;
use stall::Stall;
use turns::{Rank, Turns};
use watcher::Watcher;

mod body;
mod check;
mod diagnosis;
mod hpack;
mod send;
mod sniffer;
mod stall;
mod stream;
mod tunnel;
mod turns;
pub(crate) mod upgrade;
mod watcher;

#[cfg(test)]
mod tests;

pub(crate) use sniffer::PREFACE;

/// How long an idle client has to answer the first GOAWAY.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(1);

/// What all streams of one connection share.
pub(crate) struct Session<H> {
    shared: Rc<Shared<H>>,
    info: Rc<ConnectionInfo>,
    watcher: Rc<Watcher>,
    turns: Rc<Turns>,
    /// Decoded heads of open streams.
    open_heads_bytes: Cell<usize>,
    own_resets: Cell<usize>,
    request_count: Cell<u64>,
    /// How many pushed streams the client takes at once; none before its first SETTINGS.
    pushes_max: Cell<usize>,
    /// The streams that take time.
    tasks: RefCell<JoinSet<()>>,
    /// What a handler asked of the whole connection.
    order: Cell<Option<Order>>,
    driver: RefCell<Option<Waker>>,
}

/// The end of a connection, as a stream can ask for it.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// Take no further streams.
    Finish,
    /// Say this and close.
    GoAway(Reason),
    /// Cut.
    Reset,
}

/// Serves one connection. `early` was read already; `splice` are the frames of an upgraded request.
///
/// Not cancel-safe: dropping the future cuts the connection.
pub(crate) async fn serve<S: Transport, H: Handler>(
    stream: S,
    shared: Rc<Shared<H>>,
    watch: Rc<Watch>,
    info: Rc<ConnectionInfo>,
    early: Bytes,
    splice: Option<Bytes>,
) -> io::Result<()> {
    let limits = &shared.limits;
    let clock = Rc::clone(&shared.clock);
    let watcher = Rc::new(Watcher::new(Rc::clone(&clock), &limits.http2));
    let stall_limit = limits.connections.write_stall_time_max;
    let stall = Rc::new(Stall::new(Rc::clone(&clock), Rc::clone(&watch), stall_limit));
    // HTTP/1.1 may have asked to be woken while it read the preface.
    watch.cut_on_expiry();
    clock.set_deadline(&watch, limits.http1.head_time_max);
    let io = Sniffer::new(stream, early, splice, Rc::clone(&watcher), Rc::clone(&stall));
    let library = builder(limits).handshake(io).await.map_err(io::Error::other)?;
    watch.set_says_goodbye();
    let session = Rc::new(Session {
        shared,
        info,
        watcher,
        turns: Rc::default(),
        open_heads_bytes: Cell::new(0),
        own_resets: Cell::new(0),
        request_count: Cell::new(0),
        pushes_max: Cell::new(0),
        tasks: RefCell::default(),
        order: Cell::new(None),
        driver: RefCell::new(None),
    });
    let mut connection =
        Connection { library, session, watch, stall, arrived: Vec::new(), is_idle: false, is_leaving: false };
    connection.run().await
}

fn builder(limits: &Limits) -> h2::server::Builder {
    let limits = &limits.http2;
    let mut builder = h2::server::Builder::new();
    builder
        .max_concurrent_streams(limits.streams_max)
        .initial_window_size(limits.stream_window_bytes)
        .initial_connection_window_size(limits.connection_window_bytes)
        .max_header_list_size(limits.header_list_bytes_max)
        .max_frame_size(limits.frame_bytes_max)
        .max_send_buffer_size(limits.send_buffer_bytes_max)
        .max_pending_accept_reset_streams(limits.pending_reset_max)
        .max_local_error_reset_streams(Some(limits.own_resets_max))
        .enable_connect_protocol();
    builder
}

/// A request and the way back.
type Arrival = (http::Request<RecvStream>, SendResponse<Bytes>);

struct Connection<S: Transport, H> {
    library: h2::server::Connection<Sniffer<S>, Bytes>,
    session: Rc<Session<H>>,
    watch: Rc<Watch>,
    stall: Rc<Stall>,
    /// Requests that came together.
    arrived: Vec<Arrival>,
    /// True while the keep-alive deadline runs.
    is_idle: bool,
    /// True once GOAWAY was said.
    is_leaving: bool,
}

impl<S: Transport, H: Handler> Connection<S, H> {
    async fn run(&mut self) -> io::Result<()> {
        let shutdown = self.session.shared.clock.shutdown_signal();
        let mut goodbye = pin!(shutdown.raised());
        let mut has_heard = false;
        poll_fn(|context| {
            if !has_heard && goodbye.as_mut().poll(context).is_ready() {
                has_heard = true;
                self.leave();
            }
            self.poll(context)
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watch.take_expiry() {
            if self.stall.is_stalled() {
                self.stall.reset();
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            if self.is_leaving {
                // The client does not even answer the goodbye.
                return Poll::Ready(Ok(()));
            }
            self.leave();
        }
        self.session.remember_driver(context);
        loop {
            let is_over = self.poll_arrivals(context)?;
            let has_obeyed = self.obey()?;
            let has_ended_tasks = self.session.reap(context);
            let arrived = std::mem::take(&mut self.arrived);
            if is_over {
                return Poll::Ready(Ok(()));
            }
            if arrived.is_empty() && !has_ended_tasks && !has_obeyed {
                self.note_progress(context);
                return Poll::Pending;
            }
            self.session.pushes_max.set(self.library.max_concurrent_send_streams());
            self.answer(arrived, context);
        }
    }

    /// Says GOAWAY twice: at once with the highest number, then with the real one after a round trip.
    fn leave(&mut self) {
        self.is_leaving = true;
        self.watch.clear_deadline();
        self.library.graceful_shutdown();
    }

    /// Gathers the requests that are there; true when the connection is over.
    fn poll_arrivals(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        loop {
            match self.library.poll_accept(context) {
                Poll::Ready(Some(Ok(arrival))) => self.arrived.push(arrival),
                Poll::Ready(Some(Err(error))) => return Err(io::Error::other(error)),
                Poll::Ready(None) => return Ok(true),
                Poll::Pending => return Ok(false),
            }
        }
    }

    /// Ends the connection if a stream asked for it or the client's frames condemn it; true when there is now
    /// something for the library to say.
    fn obey(&mut self) -> io::Result<bool> {
        let verdict = self.session.watcher.take_verdict();
        if let Some(reason) = verdict {
            self.library.abrupt_shutdown(reason);
        }
        match self.session.order.take() {
            None => return Ok(verdict.is_some()),
            Some(Order::Finish) => self.leave(),
            Some(Order::GoAway(reason)) => self.library.abrupt_shutdown(reason),
            Some(Order::Reset) => {
                self.stall.reset();
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        Ok(true)
    }

    fn answer(&mut self, mut arrived: Vec<Arrival>, context: &mut Context<'_>) {
        let said = |request: &http::Request<RecvStream>| {
            request.headers().get(&PRIORITY).map(|value| Priority::parse(value.as_bytes()))
        };
        let is_ranked = |(request, _): &Arrival| request.headers().contains_key(&PRIORITY);
        if arrived.len() > 1 && (self.session.watcher.knows_priorities() || arrived.iter().any(is_ranked)) {
            // Stable, so that equals stay in their order.
            arrived.sort_by_cached_key(|(request, respond)| {
                self.session.rank_of(respond.stream_id().as_u32(), said(request))
            });
        }
        for (request, respond) in arrived.drain(..) {
            Session::begin(&self.session, request, respond, context);
        }
        self.arrived = arrived;
    }

    /// Tells the watch what is in progress, and starts the deadline of a connection that carries nothing.
    fn note_progress(&mut self, context: &Context<'_>) {
        let task_count = self.session.tasks.borrow().len();
        let is_idle = task_count == 0 && !self.library.has_streams();
        self.watch.set_in_progress(if is_idle { 0 } else { task_count.max(1) as u32 });
        self.watch.wake_on_expiry(context.waker());
        if is_idle != self.is_idle || is_idle && !self.watch.has_deadline() {
            self.is_idle = is_idle;
            let limits = &self.session.shared.limits.http1;
            let limit = if self.is_leaving { GOODBYE_TIME_MAX } else { limits.keep_alive_time_max };
            match (is_idle, self.stall.is_stalled()) {
                (_, true) => {}
                (true, false) => self.session.shared.clock.set_deadline(&self.watch, limit),
                (false, false) => self.watch.clear_deadline(),
            }
        }
    }
}

impl<S: Transport, H> Drop for Connection<S, H> {
    fn drop(&mut self) {
        // The tasks hold the session, and the session them.
        self.session.tasks.borrow_mut().abort_all();
    }
}

impl<H> Session<H> {
    fn order(&self, order: Order) {
        self.order.set(Some(order));
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    fn remember_driver(&self, context: &Context<'_>) {
        let mut driver = self.driver.borrow_mut();
        if !driver.as_ref().is_some_and(|driver| driver.will_wake(context.waker())) {
            *driver = Some(context.waker().clone());
        }
    }

    /// Forgets the tasks that have ended; true when there were some.
    fn reap(&self, context: &mut Context<'_>) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let before = tasks.len();
        while let Poll::Ready(Some(_)) = tasks.poll_join_next(context) {}
        tasks.len() < before
    }

    /// `said` is the priority that the request itself names.
    fn rank_of(&self, stream_id: u32, said: Option<Priority>) -> Rank {
        Rank::of(self.watcher.priority_of(stream_id).or(said))
    }
}
