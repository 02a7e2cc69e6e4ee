//! The way of calls from the thread that made them to whoever counts them: no lock, no allocation.
//!
//! Every thread has a lane of its own per operation, a ring that only it writes to. Whoever wants to know, or the thread
//! itself when the ring is full, reads it under the lock of the operation.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Calls that a lane holds before they have to be counted: some microseconds of work.
const CALLS: usize = 256;

/// A call that has ended. Times are in nanoseconds of [`crate::calls::now_ns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) begin_ns: u64,
    pub(crate) end_ns: u64,
    /// 0 for a call that returned, else the number of its failure.
    pub(crate) failure: u64,
}

#[derive(Default)]
struct Slot {
    begin_ns: AtomicU64,
    end_ns: AtomicU64,
    failure: AtomicU64,
}

/// A ring with one writer and, at any time, at most one reader.
pub(crate) struct Lane {
    /// Calls that were ever written.
    head: AtomicUsize,
    /// Calls that were ever read.
    tail: AtomicUsize,
    slots: Box<[Slot]>,
}

impl Lane {
    pub(crate) fn new() -> Self {
        let slots = (0..CALLS).map(|_| Slot::default()).collect();
        Self { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), slots }
    }

    /// Writes a call; whether there was room. By the thread of this lane alone.
    #[inline]
    pub(crate) fn push(&self, call: Call) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        if head.wrapping_sub(self.tail.load(Ordering::Acquire)) >= CALLS {
            return false;
        }
        let slot = &self.slots[head % CALLS];
        slot.begin_ns.store(call.begin_ns, Ordering::Relaxed);
        slot.end_ns.store(call.end_ns, Ordering::Relaxed);
        slot.failure.store(call.failure, Ordering::Relaxed);
        // Whoever sees the new head sees what was stored before.
        self.head.store(head.wrapping_add(1), Ordering::Release);
        true
    }

    /// Reads what was written so far. By one at a time: the lock of the operation is held.
    pub(crate) fn drain(&self, mut each: impl FnMut(Call)) {
        let (mut tail, head) = (self.tail.load(Ordering::Relaxed), self.head.load(Ordering::Acquire));
        while tail != head {
            let slot = &self.slots[tail % CALLS];
            each(Call {
                begin_ns: slot.begin_ns.load(Ordering::Relaxed),
                end_ns: slot.end_ns.load(Ordering::Relaxed),
                failure: slot.failure.load(Ordering::Relaxed),
            });
            tail = tail.wrapping_add(1);
        }
        // Only now may the writer use these places again.
        self.tail.store(tail, Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
