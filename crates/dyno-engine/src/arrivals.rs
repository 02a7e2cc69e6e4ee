//! Handing arrivals to workers: one shared counter, so that every arrival is claimed exactly once.

use std::sync::Arc;

use crate::{Control, Cursor};

/// How many arrivals of a closed loop a worker claims at once, so that workers do not fight for the counter.
const BATCH: u64 = 32;

/// One arrival to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the whole run, over all processes that share it.
    pub n: u64,
    /// When the schedule wants it to start; `None` in a closed loop, where it starts at once.
    pub intended_start_ns: Option<u64>,
}

/// A worker's view of the arrivals that are left.
#[derive(Debug)]
pub struct ArrivalSource {
    control: Arc<Control>,
    /// `None` in a closed loop.
    cursor: Option<Cursor>,
    batch: std::ops::Range<u64>,
}

impl ArrivalSource {
    /// A source for one worker; `cursor` is `None` in a closed loop.
    #[must_use]
    pub fn new(control: Arc<Control>, cursor: Option<Cursor>) -> Self {
        Self { control, cursor, batch: 0..0 }
    }

    /// Claims the next arrival, or `None` when there are no more to play.
    ///
    /// Claim only when it can be started: a claimed arrival is played by nobody else.
    #[inline]
    pub fn claim(&mut self, now_ns: u64) -> Option<Arrival> {
        if self.cursor.is_some() { self.claim_scheduled() } else { self.claim_next(now_ns) }
    }

    #[inline]
    fn claim_next(&mut self, now_ns: u64) -> Option<Arrival> {
        if self.batch.is_empty() {
            self.batch = self.control.claim(BATCH)?;
            if self.control.ends_warmup(&self.batch) {
                self.control.begin_measuring_by_count(now_ns);
            }
        }
        let index = self.batch.next()?;
        Some(Arrival { n: self.control.number_of(index), intended_start_ns: None })
    }

    fn claim_scheduled(&mut self) -> Option<Arrival> {
        let claimed = self.control.claim(1)?;
        let n = self.control.number_of(claimed.start);
        let start_ns = self.cursor.as_mut()?.start_of_ns(n)?;
        if self.control.ends_warmup(&claimed) {
            self.control.begin_measuring_by_count(start_ns);
        }
        (start_ns < self.control.play_end_ns()).then_some(Arrival { n, intended_start_ns: Some(start_ns) })
    }
}
