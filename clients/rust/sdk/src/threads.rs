//! Lanes of the mode `sync`: one thread each, parked between runs.
//!
//! Between the two clock reads stands only the library's call.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::lane::{SyncLane, call_retrying};
use crate::run::Run;
use crate::settings::Refusal;
use crate::usage::now_ns;

/// With more lanes than this their stacks are small, so that thousands fit.
const LANES_WITH_LARGE_STACKS: usize = 256;
const SMALL_STACK_BYTES: usize = 512 * 1024;

/// The clients of one setup, waiting for runs. Dropping it ends the threads once their calls have returned.
pub(crate) trait Lanes {
    fn start(&self, run: &Arc<Run>);

    /// Ends what is in flight, where that is possible. To be called by the conductor.
    fn give_up(&self) -> Box<dyn FnOnce() + Send>;
}

pub(crate) struct ThreadLanes {
    inboxes: Vec<Sender<Arc<Run>>>,
}

impl ThreadLanes {
    pub(crate) fn start_threads<L: SyncLane>(lanes: Vec<L>) -> Result<Self, Refusal> {
        let count = lanes.len();
        let mut inboxes = Vec::with_capacity(count);
        for (number, lane) in lanes.into_iter().enumerate() {
            let (inbox, runs) = channel();
            let mut thread = thread::Builder::new().name(format!("lane-{number}"));
            if count > LANES_WITH_LARGE_STACKS {
                thread = thread.stack_size(SMALL_STACK_BYTES);
            }
            thread.spawn(move || serve(number, lane, &runs)).map_err(|error| {
                Refusal::Failed(format!("cannot start thread {number} of {count}: {error}"))
            })?;
            inboxes.push(inbox);
        }
        Ok(Self { inboxes })
    }
}

impl Lanes for ThreadLanes {
    fn start(&self, run: &Arc<Run>) {
        for inbox in &self.inboxes {
            if inbox.send(Arc::clone(run)).is_err() {
                // Its thread has panicked in an earlier run.
                run.end_lane();
            }
        }
    }

    /// A thread inside of a library cannot be ended; what it still does belongs to no run.
    fn give_up(&self) -> Box<dyn FnOnce() + Send> {
        Box::new(|| {})
    }
}

/// Ends the lane in its run, also when the library panics.
pub(crate) struct OpenLane<'a>(pub(crate) &'a Run);

impl Drop for OpenLane<'_> {
    fn drop(&mut self) {
        self.0.end_lane();
    }
}

fn serve(number: usize, mut lane: impl SyncLane, runs: &Receiver<Arc<Run>>) {
    while let Ok(run) = runs.recv() {
        let _open = OpenLane(&run);
        play(&run, number, &mut lane);
    }
}

fn play(run: &Run, number: usize, lane: &mut impl SyncLane) {
    let mut now = wait(run, run.start_at);
    let mut free = run.start_at;
    while let Some(turn) = run.take(now) {
        if let Some(due) = turn.due_ns
            && wait(run, due) < due
        {
            return;
        }
        run.begin(number, &turn, free);
        let begin = now_ns();
        let answer = call_retrying(lane, turn.request, run.retries);
        now = now_ns();
        run.finish(number, &turn, begin, now, &answer);
        if run.delay_ns > 0 {
            now = wait(run, now + run.delay_ns);
        }
        free = now;
    }
}

/// Sleeps until `due`; gives the time, which is before `due` only when the run is over.
fn wait(run: &Run, due: u64) -> u64 {
    loop {
        let now = now_ns();
        if now >= due || run.is_over() {
            return now;
        }
        thread::sleep(Duration::from_nanos((due - now).min(run.nap_ns())));
    }
}
