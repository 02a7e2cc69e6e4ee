//! What a protocol brings: a check before the run, and a way to play a worker's part.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use dyno_model::LoadModel;

use crate::{ArrivalSource, Control, MonotonicClock, Recorder};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Plays operations of one protocol. Dynamic once per worker, so that it can be static per operation.
pub trait Driver: Send + Sync {
    /// Finds out whether the target can be measured at all: one real exchange where that is possible.
    ///
    /// # Errors
    /// When the target cannot be reached or does not speak the protocol.
    fn check(&self) -> LocalFuture<'_, Result<TargetInfo, DriverError>>;

    /// Plays one worker's part until its arrivals are over, then calls [`Recorder::finish`].
    ///
    /// Runs on a thread of its own inside a tokio current-thread runtime; it may block that thread.
    ///
    /// # Errors
    /// Only when the worker cannot play at all; a failing operation is a sample.
    fn work(&self, worker: Worker) -> LocalFuture<'_, Result<(), DriverError>>;

    /// Who plays, for the record, such as `lean HTTP/1.1`.
    fn name(&self) -> String;
}

/// What a check found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetInfo {
    /// The target in words, such as `http://127.0.0.1:8080 (HTTP/1.1)`.
    pub description: String,
}

/// Why a target cannot be measured.
#[derive(Debug, thiserror::Error)]
#[error("{attempt}: {reason}")]
pub struct DriverError {
    /// What was tried, with which value.
    pub attempt: String,
    /// Why it did not work.
    pub reason: String,
    /// What to do about it, when that is known.
    pub hint: Option<String>,
}

/// One worker's part of a run.
pub struct Worker {
    /// Zero-based index of the worker.
    pub index: u32,
    /// How many workers there are.
    pub of: u32,
    /// Users of a closed loop, or operations in flight of an open one, that are this worker's.
    pub slots: u32,
    /// Index in the run of this worker's first slot.
    pub first_slot: u32,
    /// The load model, for think time and ramp-up.
    pub load: LoadModel,
    /// The arrivals left to play.
    pub arrivals: ArrivalSource,
    /// Where samples go.
    pub recorder: Recorder,
    /// The time of the run.
    pub clock: MonotonicClock,
    /// Phases and the end of the run.
    pub control: Arc<Control>,
    /// How long requests in flight may take after the end, in nanoseconds.
    pub drain_ns: u64,
}

impl Worker {
    /// When slot `slot` (from 0) of this worker starts its first operation in a closed loop: slots of the whole run
    /// are spread evenly over the ramp-up.
    #[must_use]
    pub fn slot_start_ns(&self, slot: u32) -> u64 {
        match self.load {
            LoadModel::Closed { users, ramp_up, .. } if users > 1 => {
                let share = f64::from(self.first_slot + slot) / f64::from(users);
                (ramp_up.as_nanos() as f64 * share) as u64
            }
            _ => 0,
        }
    }
}
