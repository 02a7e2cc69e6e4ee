//! The way of a streamed request body from the driver, which owns the socket, to the handler, which wants it.
//!
//! Holds at most one piece, and the driver reads only when one is wanted, so the client feels the handler's pace.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::body::{BodyError, BodyReader, Fields};

/// The driver's end.
#[derive(Clone, Default)]
pub(crate) struct Channel {
    state: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    piece: Option<Bytes>,
    end: Option<Result<Fields, BodyError>>,
    is_wanted: bool,
    reader: Option<Waker>,
    driver: Option<Waker>,
}

impl Channel {
    /// The handler's end.
    pub(crate) fn reader(&self) -> ChannelReader {
        ChannelReader { channel: self.clone() }
    }

    /// True when the handler waits for a piece; `context` is woken when it becomes so.
    pub(crate) fn is_wanted(&self, context: &Context<'_>) -> bool {
        let mut state = self.state.borrow_mut();
        if !state.is_wanted {
            state.driver = Some(context.waker().clone());
        }
        state.is_wanted
    }

    pub(crate) fn put(&self, piece: Bytes) {
        let mut state = self.state.borrow_mut();
        debug_assert!(state.piece.is_none());
        state.piece = Some(piece);
        state.wake_reader();
    }

    /// Ends the body; the first end counts.
    pub(crate) fn end(&self, end: Result<Fields, BodyError>) {
        let mut state = self.state.borrow_mut();
        state.end.get_or_insert(end);
        state.wake_reader();
    }
}

impl State {
    fn wake_reader(&mut self) {
        self.is_wanted = false;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

pub(crate) struct ChannelReader {
    channel: Channel,
}

impl BodyReader for ChannelReader {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.channel.state.borrow_mut();
        if let Some(piece) = state.piece.take() {
            return Poll::Ready(Some(Ok(piece)));
        }
        match &mut state.end {
            Some(Ok(_)) => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.clone()))),
            None => {}
        }
        state.reader = Some(context.waker().clone());
        state.is_wanted = true;
        // The handler may be polled by another task than the driver's.
        if let Some(driver) = state.driver.take()
            && !driver.will_wake(context.waker())
        {
            driver.wake();
        }
        Poll::Pending
    }

    fn trailers(&mut self) -> Fields {
        match &mut self.channel.state.borrow_mut().end {
            Some(Ok(trailers)) => std::mem::take(trailers),
            _ => Fields::new(),
        }
    }
}

impl Drop for ChannelReader {
    fn drop(&mut self) {
        let mut state = self.channel.state.borrow_mut();
        state.is_wanted = false;
        state.piece = None;
    }
}
