//! The per-thread coarse clock: the cached `Date` line and the deadlines of all connections of the thread.
//!
//! A timer per read would cost more than the request. Instead each connection writes its deadline into a cell, and
//! one tick per quarter of a second sweeps them. Not for precise delays. Called by `thread` and the drivers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dyno_proto::http1::imf_fixdate;
use http::HeaderValue;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::shutdown::ShutdownSignal;

/// How often deadlines are swept and the date is refreshed.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// `date: …` with its line end.
pub(crate) const DATE_LINE_BYTES: usize = 37;
/// Where the date itself stands in it.
const DATE: std::ops::Range<usize> = 6..35;

/// No deadline.
const NEVER_MS: u64 = u64::MAX;

/// The cells through which a connection and the sweep talk.
pub(crate) struct Watch {
    /// On the scale of [`ThreadClock::now_ms`].
    deadline_ms: Cell<u64>,
    /// Set by a connection that has something to do when its time is over; without it, it is cut.
    waker: Cell<Option<Waker>>,
    has_expired: Cell<bool>,
    /// Requests being read or answered.
    in_progress: Cell<u32>,
    /// True when the connection listens to the shutdown signal itself and must not be cut at once.
    says_goodbye: Cell<bool>,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self {
            deadline_ms: Cell::new(NEVER_MS),
            waker: Cell::new(None),
            has_expired: Cell::new(false),
            in_progress: Cell::new(0),
            says_goodbye: Cell::new(false),
        }
    }

    /// How many requests are being read or answered.
    pub(crate) fn set_in_progress(&self, count: u32) {
        self.in_progress.set(count);
    }

    pub(crate) fn set_says_goodbye(&self) {
        self.says_goodbye.set(true);
    }

    pub(crate) fn clear_deadline(&self) {
        self.deadline_ms.set(NEVER_MS);
    }

    pub(crate) fn has_deadline(&self) -> bool {
        self.deadline_ms.get() != NEVER_MS
    }

    /// Asks to be woken instead of cut when the deadline passes; [`Watch::take_expiry`] is true then, once.
    pub(crate) fn wake_on_expiry(&self, waker: &Waker) {
        self.waker.set(Some(waker.clone()));
    }

    /// Goes back to being cut when the deadline passes.
    pub(crate) fn cut_on_expiry(&self) {
        self.waker.set(None);
        self.has_expired.set(false);
    }

    /// True after a deadline for which the connection was woken; what follows has time of its own.
    pub(crate) fn take_expiry(&self) -> bool {
        self.has_expired.replace(false)
    }

    fn is_idle(&self) -> bool {
        self.in_progress.get() == 0
    }
}

/// What a stop cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) connections: usize,
    pub(crate) requests: usize,
}

/// Time, date and connections of one thread.
pub(crate) struct ThreadClock {
    start: Instant,
    now_ms: Cell<u64>,
    date_second: Cell<u64>,
    date_line: Cell<[u8; DATE_LINE_BYTES]>,
    date_value: RefCell<HeaderValue>,
    shutdown: ShutdownSignal,
    connections: RefCell<HashMap<u64, (Rc<Watch>, AbortHandle)>>,
    all_closed: Notify,
}

impl ThreadClock {
    pub(crate) fn new() -> Self {
        let clock = Self {
            start: Instant::now(),
            now_ms: Cell::new(0),
            date_second: Cell::new(u64::MAX),
            date_line: Cell::new([b' '; DATE_LINE_BYTES]),
            date_value: RefCell::new(HeaderValue::from_static("")),
            shutdown: ShutdownSignal::default(),
            connections: RefCell::new(HashMap::new()),
            all_closed: Notify::new(),
        };
        clock.refresh();
        clock
    }

    /// Moves the clock on, refreshes the date and ends what has had its time.
    pub(crate) fn tick(&self) {
        self.refresh();
        let now_ms = self.now_ms.get();
        for (watch, task) in self.connections.borrow().values() {
            if watch.deadline_ms.get() > now_ms {
                continue;
            }
            watch.clear_deadline();
            match watch.waker.take() {
                Some(waker) => {
                    watch.has_expired.set(true);
                    waker.wake();
                }
                None => task.abort(),
            }
        }
    }

    /// The `date` field line, at most one tick old.
    pub(crate) fn date_line(&self) -> [u8; DATE_LINE_BYTES] {
        self.date_line.get()
    }

    /// The value of the `date` field, at most one tick old.
    pub(crate) fn date_value(&self) -> HeaderValue {
        self.date_value.borrow().clone()
    }

    /// Milliseconds since the thread started, at most one tick old.
    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Gives `watch` until `limit` from now.
    pub(crate) fn set_deadline(&self, watch: &Watch, limit: Duration) {
        watch.deadline_ms.set(self.now_ms.get().saturating_add(limit.as_millis() as u64));
    }

    /// True once the server is stopping: connections close after the answer they owe.
    pub(crate) fn is_draining(&self) -> bool {
        self.shutdown.is_raised()
    }

    pub(crate) fn shutdown_signal(&self) -> ShutdownSignal {
        self.shutdown.clone()
    }

    pub(crate) fn connection_count(&self) -> usize {
        self.connections.borrow().len()
    }

    pub(crate) fn add(&self, id: u64, watch: Rc<Watch>, task: AbortHandle) {
        self.connections.borrow_mut().insert(id, (watch, task));
    }

    pub(crate) fn remove(&self, id: u64) {
        let mut connections = self.connections.borrow_mut();
        connections.remove(&id);
        if connections.is_empty() {
            self.all_closed.notify_waiters();
        }
    }

    /// Closes idle connections, lets busy ones end within `limit`, and returns what had to be cut.
    pub(crate) async fn drain(&self, limit: Duration) -> Cut {
        self.shutdown.raise();
        for (watch, task) in self.connections.borrow().values() {
            if watch.is_idle() && !watch.says_goodbye.get() {
                task.abort();
            }
        }
        let ended = tokio::time::timeout(limit, async {
            loop {
                let closed = self.all_closed.notified();
                if self.connection_count() == 0 {
                    return;
                }
                closed.await;
            }
        });
        if ended.await.is_ok() {
            return Cut::default();
        }
        let mut cut = Cut::default();
        for (watch, task) in self.connections.borrow().values() {
            task.abort();
            cut.connections += usize::from(!watch.is_idle());
            cut.requests += watch.in_progress.get() as usize;
        }
        cut
    }

    fn refresh(&self) {
        self.now_ms.set(self.start.elapsed().as_millis() as u64);
        let unix_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.date_second.replace(unix_s) != unix_s {
            let mut line = *b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
            line[DATE].copy_from_slice(&imf_fixdate(unix_s));
            self.date_line.set(line);
            let value = HeaderValue::from_bytes(&line[DATE]);
            self.date_value.replace(value.expect("invariant: a date is visible ASCII"));
        }
    }
}
