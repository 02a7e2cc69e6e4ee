//! The per-thread coarse clock: the cached `Date` line and the deadlines of all connections of the thread.
//!
//! A timer per read would cost more than the request. Instead each connection writes its deadline into a cell, and
//! one tick per quarter of a second sweeps them. Not for precise delays. Called by `thread` and `connection`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dyno_proto::http1::imf_fixdate;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// How often deadlines are swept and the date is refreshed.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// `date: …` with its line end.
pub(crate) const DATE_LINE_BYTES: usize = 37;

/// What a connection is doing, as far as a stop must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Between requests, with nothing owed to the peer.
    Idle,
    /// A request is being read or answered.
    Busy,
}

/// The cells through which a connection and the sweep talk.
#[derive(Debug)]
pub(crate) struct Watch {
    /// On the scale of [`ThreadClock::now_ms`]; `u64::MAX` is no deadline.
    deadline_ms: Cell<u64>,
    phase: Cell<Phase>,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self { deadline_ms: Cell::new(u64::MAX), phase: Cell::new(Phase::Idle) }
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.set(phase);
    }

    pub(crate) fn clear_deadline(&self) {
        self.deadline_ms.set(u64::MAX);
    }
}

/// Time, date and connections of one thread.
pub(crate) struct ThreadClock {
    start: Instant,
    now_ms: Cell<u64>,
    date_second: Cell<u64>,
    date_line: Cell<[u8; DATE_LINE_BYTES]>,
    draining: Cell<bool>,
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
            draining: Cell::new(false),
            connections: RefCell::new(HashMap::new()),
            all_closed: Notify::new(),
        };
        clock.refresh();
        clock
    }

    /// Moves the clock on, refreshes the date and cuts the connections whose deadline has passed.
    pub(crate) fn tick(&self) {
        self.refresh();
        let now_ms = self.now_ms.get();
        for (watch, task) in self.connections.borrow().values() {
            if watch.deadline_ms.get() <= now_ms {
                task.abort();
            }
        }
    }

    /// The `date` field line, at most one tick old.
    pub(crate) fn date_line(&self) -> [u8; DATE_LINE_BYTES] {
        self.date_line.get()
    }

    /// Gives `watch` until `limit` from now.
    pub(crate) fn set_deadline(&self, watch: &Watch, limit: Duration) {
        watch.deadline_ms.set(self.now_ms.get().saturating_add(limit.as_millis() as u64));
    }

    /// True once the server is stopping: connections close after the answer they owe.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
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

    /// Closes idle connections, lets busy ones end within `limit`, and returns how many had to be cut.
    pub(crate) async fn drain(&self, limit: Duration) -> usize {
        self.draining.set(true);
        for (watch, task) in self.connections.borrow().values() {
            if watch.phase.get() == Phase::Idle {
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
            return 0;
        }
        let connections = self.connections.borrow();
        for (_, task) in connections.values() {
            task.abort();
        }
        connections.values().filter(|(watch, _)| watch.phase.get() == Phase::Busy).count()
    }

    fn refresh(&self) {
        self.now_ms.set(self.start.elapsed().as_millis() as u64);
        let unix_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.date_second.replace(unix_s) != unix_s {
            let mut line = *b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
            line[6..35].copy_from_slice(&imf_fixdate(unix_s));
            self.date_line.set(line);
        }
    }
}
