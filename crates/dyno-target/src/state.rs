//! What the threads of one target share, and what each has for itself.
//!
//! Shared state is touched only by routes that need it; `/plaintext` and its like take no lock.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dyno_server::{LimitValue, PreparedResponse, WebSocketRegistry};
use tokio::sync::Notify;

use crate::clock::TargetClock;
use crate::injection::Injected;
use crate::ledger::{Ledger, RUNS_MAX, SharedRun};
use crate::target::{Bounds, Profile, TargetOptions};
use crate::timer::PreciseTimer;
use crate::timing::VirtualQueue;

/// Most different virtual queues and seeded sequences kept; more are answered with 503.
const KEYS_MAX: usize = 4096;

/// State of the whole target.
pub(crate) struct TargetState {
    pub(crate) clock: TargetClock,
    pub(crate) bounds: Bounds,
    pub(crate) profile: Profile,
    /// The limits of the server below, for `/__config`.
    pub(crate) limits: Vec<LimitValue>,
    /// Different in each target: the seed of what must not be the same everywhere.
    pub(crate) entropy: u64,
    /// What `/env` shows.
    pub(crate) environment: Vec<(String, String)>,
    /// One ledger per thread, so that recording never waits for another thread.
    pub(crate) ledgers: Vec<Mutex<Ledger>>,
    /// What `/__stats` tells, by thread.
    pub(crate) threads: Vec<ThreadStats>,
    /// Whether the field `x-chaos` is obeyed.
    pub(crate) obeys_chaos: bool,
    /// What slows the answers on purpose.
    pub(crate) injected: Injected,
    /// Woken when `/__drain` is asked.
    pub(crate) drain_asked: Notify,
    /// Everybody on `/ws/broadcast` and in the rooms of `/ws/room/{id}`, on all threads.
    pub(crate) sockets: WebSocketRegistry,
    runs: Mutex<HashMap<String, Arc<SharedRun>>>,
    queues: Mutex<HashMap<String, VirtualQueue>>,
    draws: Mutex<HashMap<String, u64>>,
    orders: AtomicU64,
}

/// Counters of one thread; it alone writes them, so that a plain store is enough.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct ThreadStats {
    pub(crate) requests: AtomicU64,
    /// The system's number of the thread; 0 before it runs.
    pub(crate) thread_id: AtomicU64,
}

impl ThreadStats {
    pub(crate) fn count_request(&self) {
        self.requests.store(self.requests.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// State of one thread: what a handler owns.
pub(crate) struct Target {
    pub(crate) state: Arc<TargetState>,
    pub(crate) timer: PreciseTimer,
    pub(crate) thread_index: usize,
    pub(crate) plaintext: PreparedResponse,
    pub(crate) pipeline: PreparedResponse,
    pub(crate) json: PreparedResponse,
    pub(crate) health: PreparedResponse,
}

impl Target {
    /// The state of thread `thread_index`; must be called on it, inside its runtime.
    pub(crate) fn new(state: Arc<TargetState>, thread_index: usize) -> Self {
        let thread_id = rustix::thread::gettid().as_raw_nonzero().get();
        state.threads[thread_index].thread_id.store(thread_id.unsigned_abs().into(), Ordering::Relaxed);
        Self {
            timer: PreciseTimer::new(state.clock)
                .expect("invariant: a thread that has a runtime can have a timer"),
            state,
            thread_index,
            plaintext: PreparedResponse::new(200, "text/plain", b"Hello, World!"),
            pipeline: PreparedResponse::new(200, "text/plain", b"ok"),
            json: PreparedResponse::new(200, "application/json", br#"{"message":"Hello, World!"}"#),
            health: PreparedResponse::new(200, "text/plain", b"ok\n"),
        }
    }
}

impl TargetState {
    pub(crate) fn new(
        threads: usize,
        options: &TargetOptions,
        limits: Vec<LimitValue>,
        environment: Vec<(String, String)>,
    ) -> Self {
        Self {
            clock: TargetClock::start_now(),
            bounds: options.bounds,
            profile: options.profile,
            limits,
            entropy: RandomState::new().hash_one(0),
            environment,
            ledgers: std::iter::repeat_with(Mutex::default).take(threads).collect(),
            threads: std::iter::repeat_with(ThreadStats::default).take(threads).collect(),
            obeys_chaos: options.obeys_chaos,
            injected: Injected::new(options.injection),
            drain_asked: Notify::new(),
            sockets: WebSocketRegistry::new(),
            runs: Mutex::default(),
            queues: Mutex::default(),
            draws: Mutex::default(),
            orders: AtomicU64::new(0),
        }
    }

    /// What the threads share of the run called `run`.
    pub(crate) fn shared_run(&self, run: &str) -> Arc<SharedRun> {
        let mut runs = locked(&self.runs);
        if runs.len() > RUNS_MAX && !runs.contains_key(run) {
            // Those that no ledger holds any more; a thread's account keeps its own.
            runs.retain(|_, shared| Arc::strong_count(shared) > 1);
        }
        Arc::clone(runs.entry(run.to_owned()).or_default())
    }

    /// Works on the virtual queue called `key`; `None` when there are too many of them.
    pub(crate) fn with_queue<R>(&self, key: &str, work: impl FnOnce(&mut VirtualQueue) -> R) -> Option<R> {
        let mut queues = locked(&self.queues);
        if !queues.contains_key(key) {
            if queues.len() >= KEYS_MAX {
                return None;
            }
            queues.insert(key.to_owned(), VirtualQueue::default());
        }
        queues.get_mut(key).map(work)
    }

    /// The number of this draw in the sequence called `key`, from 0.
    pub(crate) fn next_draw(&self, key: &str) -> u64 {
        let mut draws = locked(&self.draws);
        if let Some(next) = draws.get_mut(key) {
            *next += 1;
            return *next - 1;
        }
        // Forgetting restarts sequences, which is better than growing without end.
        if draws.len() >= KEYS_MAX {
            draws.clear();
        }
        draws.insert(key.to_owned(), 1);
        0
    }

    /// A new order number, from 1.
    pub(crate) fn next_order(&self) -> u64 {
        self.orders.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Locks; a panic of another holder leaves counters that are still fit to read.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
