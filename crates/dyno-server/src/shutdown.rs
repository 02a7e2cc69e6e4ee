//! The news that the server begins to stop, for everything that would go on without end.
//!
//! One signal per thread; `clock` raises it, drivers, streams and WebSockets listen.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use tokio::sync::Notify;

/// Tells whether and when the server begins to stop. Cheap to clone; stays on its thread.
#[derive(Clone, Default)]
pub struct ShutdownSignal {
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    is_raised: Cell<bool>,
    raised: Notify,
}

impl ShutdownSignal {
    /// True once the server is stopping.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.state.is_raised.get()
    }

    /// Waits until the server begins to stop. Cancel-safe.
    pub async fn raised(&self) {
        let raised = self.state.raised.notified();
        if !self.is_raised() {
            raised.await;
        }
    }

    pub(crate) fn raise(&self) {
        self.state.is_raised.set(true);
        self.state.raised.notify_waiters();
    }
}

impl fmt::Debug for ShutdownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownSignal").field("is_raised", &self.is_raised()).finish()
    }
}
