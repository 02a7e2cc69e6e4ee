//! A queue with virtual servers: when a request would be done, without anybody working.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// First come, first served, before one or more servers.
#[derive(Debug, Default)]
pub(crate) struct VirtualQueue {
    /// When each server is free, in nanoseconds of the target's clock; as many as servers.
    free_ns: BinaryHeap<Reverse<u64>>,
}

impl VirtualQueue {
    /// When a request that arrives at `arrival_ns` is done; `None` when more than `waiting_max` would wait.
    ///
    /// How many wait is taken from the time until a server is free, in mean service times; exact for fixed ones.
    pub(crate) fn admit(
        &mut self,
        arrival_ns: u64,
        servers: usize,
        service_ns: u64,
        mean_service_ns: u64,
        waiting_max: u64,
    ) -> Option<u64> {
        while self.free_ns.len() < servers {
            self.free_ns.push(Reverse(0));
        }
        let Reverse(first_free_ns) = *self.free_ns.peek()?;
        let waiting = first_free_ns.saturating_sub(arrival_ns).div_ceil(mean_service_ns) * servers as u64;
        if waiting > waiting_max {
            return None;
        }
        self.free_ns.pop();
        let done_ns = first_free_ns.max(arrival_ns) + service_ns;
        self.free_ns.push(Reverse(done_ns));
        Some(done_ns)
    }
}
