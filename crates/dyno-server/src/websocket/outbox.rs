//! What other threads have to say to one connection: a bounded queue that wakes its driver.
//!
//! Holds shared messages, so a broadcast costs each connection one pointer. Called by `registry` and `driver`.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use dyno_proto::websocket::{CloseCode, CloseFrame, PreparedMessage};

use super::config::SlowConsumer;

pub(super) struct Outbox {
    bytes_max: usize,
    slow_consumer: SlowConsumer,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: VecDeque<PreparedMessage>,
    bytes: usize,
    close: Option<CloseFrame>,
    is_closed: bool,
    driver: Option<Waker>,
}

impl Outbox {
    pub(super) fn new(bytes_max: usize, slow_consumer: SlowConsumer) -> Self {
        Self { bytes_max, slow_consumer, state: Mutex::default() }
    }

    /// Queues a message; false when it was left out, because there is no room or the connection has ended.
    pub(super) fn push(&self, message: &PreparedMessage) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return false;
        }
        let bytes = message.message().data.len();
        let is_queued = state.bytes == 0 || state.bytes + bytes <= self.bytes_max;
        if is_queued {
            state.bytes += bytes;
            state.messages.push_back(message.clone());
        } else if self.slow_consumer == SlowConsumer::Close {
            state
                .end(CloseFrame::new(CloseCode::POLICY_VIOLATION, "too slow for the messages of this place"));
        }
        wake(state);
        is_queued
    }

    /// Closes the connection after what is queued.
    pub(super) fn close(&self, frame: CloseFrame) {
        let mut state = self.lock();
        if !state.is_closed {
            state.end(frame);
            wake(state);
        }
    }

    /// The connection has ended: nothing is queued any more.
    pub(super) fn shut(&self) {
        let mut state = self.lock();
        *state = State { is_closed: true, ..State::default() };
    }

    /// The next message, if any; otherwise the close frame, once. Wakes `waker` when there is more to take.
    pub(super) fn take(&self, waker: &Waker) -> Option<Taken> {
        let mut state = self.lock();
        if let Some(message) = state.messages.pop_front() {
            state.bytes -= message.message().data.len();
            return Some(Taken::Message(message));
        }
        if let Some(frame) = state.close.take() {
            return Some(Taken::Close(frame));
        }
        if !state.driver.as_ref().is_some_and(|known| known.will_wake(waker)) {
            state.driver = Some(waker.clone());
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&mut self, frame: CloseFrame) {
        self.is_closed = true;
        self.close = Some(frame);
    }
}

/// What a driver finds in the outbox.
pub(super) enum Taken {
    Message(PreparedMessage),
    Close(CloseFrame),
}

fn wake(mut state: MutexGuard<'_, State>) {
    let driver = state.driver.take();
    drop(state);
    if let Some(driver) = driver {
        driver.wake();
    }
}
