//! How long the socket of one connection has taken nothing, and whether it is to be reset.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::clock::{ThreadClock, Watch};

/// The write deadline of one connection, on its watch.
pub(super) struct Stall {
    clock: Rc<ThreadClock>,
    watch: Rc<Watch>,
    limit: Duration,
    is_stalled: Cell<bool>,
    wants_reset: Cell<bool>,
}

impl Stall {
    pub(super) fn new(clock: Rc<ThreadClock>, watch: Rc<Watch>, limit: Duration) -> Self {
        Self { clock, watch, limit, is_stalled: Cell::new(false), wants_reset: Cell::new(false) }
    }

    /// The socket takes nothing now.
    pub(super) fn begin(&self) {
        if !self.is_stalled.replace(true) {
            self.clock.set_deadline(&self.watch, self.limit);
        }
    }

    /// It took something.
    pub(super) fn end(&self) {
        if self.is_stalled.replace(false) {
            self.watch.clear_deadline();
        }
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.get()
    }

    /// Makes the coming close a reset, since an orderly end would wait for the peer again.
    pub(super) fn reset(&self) {
        self.wants_reset.set(true);
    }

    pub(super) fn wants_reset(&self) -> bool {
        self.wants_reset.get()
    }
}
