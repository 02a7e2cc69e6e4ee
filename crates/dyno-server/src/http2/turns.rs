//! Whose turn it is to send a piece of an answer: the scheduler of RFC 9218 above the library.
//!
//! A stream takes part only while it has bytes at hand and a window for them. The most urgent one is first; among
//! equals those that share the connection take turns, the others follow each other. Called by the streams' tasks.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::request::Priority;

#[cfg(test)]
mod tests;

/// Answers up to this size do not wait for their turn unless a more urgent one does.
pub(super) const PIECE_BYTES: usize = 16 * 1024;

#[derive(Default)]
pub(super) struct Turns {
    contending: RefCell<Vec<Contender>>,
    /// Counts turns, so that those who share come to the end of the line after each.
    turn: Cell<u64>,
}

struct Contender {
    stream_id: u32,
    key: Key,
    waker: Option<Waker>,
}

/// Smaller is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    urgency: u8,
    shares: bool,
    order: u64,
}

/// How a stream is scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    urgency: u8,
    shares: bool,
}

impl Rank {
    /// Streams without any priority share, so that a client that knows none sees none of them wait for another.
    pub(super) fn of(priority: Option<Priority>) -> Self {
        match priority {
            Some(priority) => Self { urgency: priority.urgency, shares: priority.incremental },
            None => Self { urgency: Priority::default().urgency, shares: true },
        }
    }
}

impl Turns {
    /// Takes part, until the place is dropped.
    pub(super) fn enter(turns: &Rc<Self>, stream_id: u32, rank: Rank) -> Turn {
        let key = turns.key(stream_id, rank);
        turns.contending.borrow_mut().push(Contender { stream_id, key, waker: None });
        Turn { turns: Rc::clone(turns), stream_id, rank }
    }

    /// True when a stream that waits for its turn goes before one of `rank` that begins now.
    pub(super) fn is_crowded_for(&self, rank: Rank) -> bool {
        self.contending.borrow().iter().any(|other| other.key.urgency < rank.urgency)
    }

    fn key(&self, stream_id: u32, rank: Rank) -> Key {
        let order = if rank.shares {
            self.turn.set(self.turn.get() + 1);
            self.turn.get()
        } else {
            u64::from(stream_id)
        };
        Key { urgency: rank.urgency, shares: rank.shares, order }
    }

    fn first(&self) -> Option<u32> {
        self.contending.borrow().iter().min_by_key(|contender| contender.key).map(|first| first.stream_id)
    }

    fn wake_first(&self) {
        let mut contending = self.contending.borrow_mut();
        let first = contending.iter_mut().min_by_key(|contender| contender.key);
        if let Some(waker) = first.and_then(|first| first.waker.take()) {
            waker.wake();
        }
    }
}

/// The place of one stream in the line.
pub(super) struct Turn {
    turns: Rc<Turns>,
    stream_id: u32,
    rank: Rank,
}

impl Turn {
    /// Waits until this stream is the first. Cancel-safe.
    pub(super) async fn come(&self) {
        poll_fn(|context| {
            if self.turns.first() == Some(self.stream_id) {
                return Poll::Ready(());
            }
            let mut contending = self.turns.contending.borrow_mut();
            if let Some(own) = contending.iter_mut().find(|own| own.stream_id == self.stream_id) {
                own.waker = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// A piece is sent: who shares goes to the end of the line, and a changed rank begins to count.
    pub(super) fn pass(&mut self, rank: Rank) {
        if self.rank.shares || rank != self.rank {
            self.rank = rank;
            let key = self.turns.key(self.stream_id, rank);
            let mut contending = self.turns.contending.borrow_mut();
            if let Some(own) = contending.iter_mut().find(|own| own.stream_id == self.stream_id) {
                own.key = key;
            }
            drop(contending);
            self.turns.wake_first();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.contending.borrow_mut().retain(|contender| contender.stream_id != self.stream_id);
        self.turns.wake_first();
    }
}
