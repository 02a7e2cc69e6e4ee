//! Benchmarks one after the other: a queue with a bound, and the thread that plays what is in it.
//!
//! The thread is owned by the queue, which ends it. Results are stored when they begin and when they end; a process that is
//! killed in between leaves rows that the store turns into failed ones.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dyno_model::{BenchmarkConfiguration, BenchmarkFigures, BenchmarkResult, BenchmarkStatus};
use dyno_store::{Store, StoreError};

use crate::player::{PlayProgress, Player};

/// Benchmarks that may wait.
pub(crate) const WAITING_MOST: usize = 64;

/// How often a benchmark that is played says that it is alive.
const BEAT: Duration = Duration::from_secs(5);

const STOPPED: &str = "the monitor was stopped";

const CANCELLED: &str = "it was cancelled";

/// A benchmark to play.
pub(crate) struct Job {
    /// Its result so far.
    pub(crate) result: BenchmarkResult,
    /// What to play, whole.
    pub(crate) configuration: BenchmarkConfiguration,
}

/// Why a benchmark was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// As many wait as may.
    Full,
    /// The process is ending.
    Stopping,
    /// It could not be stored.
    Store(StoreError),
}

/// Where a benchmark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// So many are played before it.
    Waiting(usize),
    /// It is played.
    Playing(PlayProgress),
}

/// The queue and its thread.
pub(crate) struct Queue {
    line: Arc<Line>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    playing: Option<Playing>,
    is_stopping: bool,
}

/// The benchmark that is played.
struct Playing {
    id: String,
    progress: PlayProgress,
    /// Ends it.
    stop: Arc<AtomicBool>,
    is_cancelled: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next benchmark, with what ends it; `None` when it is time to end.
    fn next(&self) -> Option<(Job, Arc<AtomicBool>)> {
        let mut state = self.state();
        loop {
            if state.is_stopping {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                let stop = Arc::new(AtomicBool::new(false));
                state.playing = Some(Playing {
                    id: job.result.id.clone(),
                    progress: PlayProgress::default(),
                    stop: Arc::clone(&stop),
                    is_cancelled: false,
                });
                return Some((job, stop));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Queue {
    pub(crate) fn start(
        store: PathBuf,
        player: Arc<dyn Player>,
        talk: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Self {
        let line = Arc::new(Line::default());
        let its_line = Arc::clone(&line);
        let thread = std::thread::spawn(move || {
            let worker = Worker { line: its_line, store, player, talk };
            while let Some((job, stop)) = worker.line.next() {
                worker.play(job, &stop);
            }
            worker.fail_waiting();
        });
        Self { line, thread: Mutex::new(Some(thread)) }
    }

    /// Stores the result of a benchmark as running and puts the benchmark at the end.
    pub(crate) fn add(&self, store: &mut Store, job: Job) -> Result<(), Refused> {
        let mut state = self.line.state();
        if state.is_stopping {
            return Err(Refused::Stopping);
        }
        if state.waiting.len() >= WAITING_MOST {
            return Err(Refused::Full);
        }
        store.keep_benchmark(&job.result).map_err(Refused::Store)?;
        state.waiting.push_back(job);
        self.line.changed.notify_one();
        Ok(())
    }

    /// Where a benchmark is; `None` when it neither waits nor is played.
    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        let state = self.line.state();
        if let Some(playing) = state.playing.as_ref().filter(|playing| playing.id == id) {
            return Some(Place::Playing(playing.progress));
        }
        let before = state.waiting.iter().position(|job| job.result.id == id)?;
        Some(Place::Waiting(before + usize::from(state.playing.is_some())))
    }

    /// Takes a benchmark out that waits, or ends it when it is played; `false` when it does neither. What was measured is
    /// kept, and the result has failed.
    ///
    /// # Errors
    /// When the result of one that waited cannot be stored; then it goes on waiting.
    pub(crate) fn cancel(&self, store: &mut Store, id: &str) -> Result<bool, StoreError> {
        let mut state = self.line.state();
        if let Some(playing) = state.playing.as_mut().filter(|playing| playing.id == id) {
            playing.is_cancelled = true;
            playing.stop.store(true, SeqCst);
            return Ok(true);
        }
        let Some(index) = state.waiting.iter().position(|job| job.result.id == id) else { return Ok(false) };
        let mut result = state.waiting[index].result.clone();
        settle(&mut result, Err(CANCELLED.to_owned()), None);
        store.keep_benchmark(&result)?;
        state.waiting.remove(index);
        Ok(true)
    }

    /// Ends the benchmark that is played, fails those that wait, and waits for the thread.
    pub(crate) fn stop(&self) {
        let mut state = self.line.state();
        state.is_stopping = true;
        if let Some(playing) = &state.playing {
            playing.stop.store(true, SeqCst);
        }
        drop(state);
        self.line.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the thread was reported by its hook already.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Worker {
    line: Arc<Line>,
    store: PathBuf,
    player: Arc<dyn Player>,
    talk: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Worker {
    fn play(&self, job: Job, stop: &Arc<AtomicBool>) {
        let Job { mut result, configuration } = job;
        result.start_time = now();
        self.keep(&result);
        let mut beat = Beat::of(&self.store, &result.id);
        let mut heard = |progress: PlayProgress| {
            beat.beat();
            let mut state = self.line.state();
            if let Some(playing) = &mut state.playing {
                playing.progress = progress;
            }
        };
        let played = catch_unwind(AssertUnwindSafe(|| self.player.play(&configuration, stop, &mut heard)))
            .unwrap_or_else(|_| {
                Err("the program made a mistake while it played; its error output says more".to_owned())
            });
        settle(&mut result, played, self.cut());
        result.error = result.error.map(|error| configuration.redactor().redact(&error));
        self.keep(&result);
        // Only now: who asks finds the result either in the queue or stored.
        self.line.state().playing = None;
    }

    /// Why the benchmark that is played was ended early.
    fn cut(&self) -> Option<&'static str> {
        let state = self.line.state();
        let is_cancelled = state.playing.as_ref().is_some_and(|playing| playing.is_cancelled);
        if is_cancelled { Some(CANCELLED) } else { state.is_stopping.then_some(STOPPED) }
    }

    fn fail_waiting(&self) {
        let waiting = std::mem::take(&mut self.line.state().waiting);
        for mut job in waiting {
            settle(&mut job.result, Err(STOPPED.to_owned()), None);
            self.keep(&job.result);
        }
    }

    /// A store that cannot be written does not end the benchmark, and somebody hears of it.
    fn keep(&self, result: &BenchmarkResult) {
        let kept = Store::open(Some(&self.store)).and_then(|mut store| store.keep_benchmark(result));
        if let Err(error) = kept {
            (self.talk)(&format!("cannot store the result of benchmark {}: {error}", result.id));
        }
    }
}

/// Notes now and then that a benchmark is alive.
struct Beat<'a> {
    store: &'a Path,
    id: String,
    last: Instant,
}

impl<'a> Beat<'a> {
    fn of(store: &'a Path, id: &str) -> Self {
        Self { store, id: id.to_owned(), last: Instant::now() }
    }

    fn beat(&mut self) {
        if self.last.elapsed() >= BEAT {
            self.last = Instant::now();
            // Readers of the same machine look at the process; for others the next beat will do.
            let _ = Store::open(Some(self.store)).and_then(|mut store| store.beat_benchmark(&self.id));
        }
    }
}

/// What became of a benchmark; `cut` is why it was ended early.
fn settle(result: &mut BenchmarkResult, played: Result<BenchmarkFigures, String>, cut: Option<&'static str>) {
    result.end_time = Some(now());
    let (figures, error) = match (played, cut) {
        (played, Some(cut)) => (played.ok(), Some(cut.to_owned())),
        (Ok(figures), None) if figures.response_time.is_none() => {
            let error = without_answer(&figures);
            (Some(figures), Some(error))
        }
        (Ok(figures), None) => (Some(figures), None),
        (Err(error), None) => (None, Some(error)),
    };
    result.status = if error.is_some() { BenchmarkStatus::Failed } else { BenchmarkStatus::Completed };
    (result.figures, result.error) = (figures, error);
}

fn without_answer(figures: &BenchmarkFigures) -> String {
    let kinds: Vec<String> = figures.errors.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    match figures.requests_count {
        0 => "not a single request was sent".to_owned(),
        count if figures.status_codes.is_empty() => {
            format!("none of {count} requests had an answer: {}", kinds.join(", "))
        }
        count => format!("none of {count} requests succeeded: {}", kinds.join(", ")),
    }
}

/// This moment as RFC 3339 in UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[cfg(test)]
mod tests;
