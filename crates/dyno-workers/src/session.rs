//! One worker from its greeting to its end: handshake, setups, runs.
//!
//! The host orders and waits; the worker times itself. A worker that dies or hangs is a result, with what it had said
//! until then. Blocking: one thread drives one session.

use std::time::{Duration, Instant};

use crate::columns::{ColumnError, SampleColumns, ScheduleColumns};
use crate::process::{Ending, Heard, Process, ProcessError, Spawn};
use crate::protocol::{Done, Flush, Hello, PROTOCOL, Progress, RunOrder, Setup, ToHost, ToWorker, Window};
use crate::stop::Stop;

mod clock;
mod doubts;
mod usage;

use clock::Offset;
pub use usage::HostUsage;

/// How long a worker may take for its greeting.
const GREETING: Duration = Duration::from_secs(10);

/// How long it may take to get ready: importing, connecting pools, reading certificates.
const SETUP: Duration = Duration::from_secs(60);

/// Pings of the handshake.
const PINGS: u64 = 8;

/// Between the order and the start, so that all lanes are waiting when it comes.
const LEAD_NS: u64 = 20_000_000;

/// Arrivals in one message, some 200 KB.
const SCHEDULE_PART: usize = 10_000;

/// How often the watcher is asked.
const WATCH: Duration = Duration::from_millis(100);

/// The shortest silence that counts as hanging.
const SILENCE_LEAST: Duration = Duration::from_secs(10);

/// Why a session ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It could not be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// It did not say who it is.
    #[error("no `hello` within {} s", GREETING.as_secs())]
    NoGreeting,
    /// It speaks only other versions of the protocol.
    #[error(
        "it speaks versions {} to {} of the worker protocol, this dyno versions {} to {}", worker.0, worker.1, PROTOCOL.0, PROTOCOL.1
    )]
    Version {
        /// Its lowest and highest version.
        worker: (u32, u32),
    },
    /// It ended on its own.
    #[error("crashed ({ending}) after {samples} samples")]
    Crashed {
        /// How it ended.
        ending: Ending,
        /// Samples it had reported, or requests it said to have ended.
        samples: u64,
    },
    /// It was silent for too long.
    #[error("hung: silent for {} s {during}, after {samples} samples", silent.as_secs())]
    Hung {
        /// How long.
        silent: Duration,
        /// What was waited for.
        during: &'static str,
        /// Samples it had reported, or requests it said to have ended.
        samples: u64,
    },
    /// It broke the protocol.
    #[error("broke the protocol: `{kind}`: {problem}")]
    Protocol {
        /// Which message.
        kind: String,
        /// What is wrong.
        problem: String,
    },
    /// It was to end, and did not in time; what it had not reported is lost.
    #[error("stopped before it was done")]
    Stopped,
}

/// The answer to a setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It can.
    Ready,
    /// Its library cannot; why.
    Skipped(String),
    /// It should, and failed.
    Failed {
        /// What it was doing.
        place: String,
        /// What went wrong.
        problem: String,
    },
}

/// What ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunLimits {
    /// So many requests.
    Count(u64),
    /// So much time.
    Time(Duration),
}

/// What a watcher wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Go on.
    Continue,
    /// End the run and drain.
    Stop,
}

/// A run that came to its end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunOutcome {
    /// What was measured; empty in a warm-up.
    pub samples: SampleColumns,
    /// What it cost, by its own word.
    pub done: Done,
    /// What it cost as the host counted it; `None` in a warm-up, and where the host cannot.
    pub host: Option<HostUsage>,
    /// What speaks against the worker's own account, in words.
    pub doubts: Vec<String>,
}

/// A worker that has greeted.
#[derive(Debug)]
pub struct Session {
    process: Process,
    hello: Hello,
    offset: Offset,
    runs: u64,
    marks: u64,
    timeout: Duration,
    lanes: u32,
    stop: Stop,
}

impl Session {
    /// Starts a worker and shakes hands.
    ///
    /// # Errors
    /// When it cannot be started, does not greet, or speaks other versions. The text of [`SessionError`] and the tail
    /// together say what happened; the tail comes as the second part.
    pub fn start(spawn: &Spawn) -> Result<Self, (SessionError, String)> {
        Self::start_until(spawn, Stop::default())
    }

    /// The same, for a session that ends early when it is asked to.
    ///
    /// # Errors
    /// As [`Session::start`]; [`SessionError::Stopped`] also from all that follows.
    pub fn start_until(spawn: &Spawn, stop: Stop) -> Result<Self, (SessionError, String)> {
        let mut process = Process::start(spawn).map_err(|error| (error.into(), String::new()))?;
        match greet(&mut process, &stop) {
            Ok((hello, offset)) => {
                let timeout = Duration::from_secs(30);
                Ok(Self { process, hello, offset, runs: 0, marks: 0, timeout, lanes: 1, stop })
            }
            Err(error) => {
                let tail = process.tail();
                Err((error, tail))
            }
        }
    }

    /// Who it is.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Its process number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// The end of its stderr, and of what it printed.
    #[must_use]
    pub fn tail(&self) -> String {
        self.process.tail()
    }

    /// Says what will be asked.
    ///
    /// # Errors
    /// When it dies, hangs or breaks the protocol.
    pub fn setup(&mut self, setup: &Setup) -> Result<Answer, SessionError> {
        self.timeout = Duration::from_millis(setup.timeout_ms);
        self.lanes = setup.lanes;
        self.process.say(&ToWorker::Setup(Box::new(setup.clone())));
        let wait = Wait::of(SETUP, "after `setup`", &self.stop);
        loop {
            match hear(&mut self.process, &wait)? {
                ToHost::Ready {} => return Ok(Answer::Ready),
                ToHost::Skipped { reason } => return Ok(Answer::Skipped(reason)),
                ToHost::Error { place, msg } => return Ok(Answer::Failed { place, problem: msg }),
                _ => {}
            }
        }
    }

    /// Plays a run. `arrivals` are intended starts in nanoseconds with the index of their request; empty is a closed
    /// loop. `watch` is asked several times a second with what the worker said last.
    ///
    /// # Errors
    /// When it dies, hangs or breaks the protocol.
    pub fn run(
        &mut self,
        limits: RunLimits,
        arrivals: &[(u64, u32)],
        is_recorded: bool,
        watch: &mut dyn FnMut(Progress) -> Watch,
    ) -> Result<RunOutcome, SessionError> {
        self.runs += 1;
        for (part, chunk) in arrivals.chunks(SCHEDULE_PART).enumerate() {
            let columns = ScheduleColumns::of(chunk);
            let first_seq = u32::try_from(part * SCHEDULE_PART).unwrap_or(u32::MAX);
            self.process.say(&ToWorker::Schedule { first_seq, at: columns.at, req: columns.request });
        }
        let pid = self.process.pid();
        let mut counting = is_recorded.then(|| usage::Counting::of(pid));
        let starts_ns = clock::now_ns() + LEAD_NS + arrivals.len() as u64 * 200;
        let start_at = self.offset.to_worker(starts_ns);
        let (count, until_ns) = match limits {
            RunLimits::Count(count) => (Some(count), None),
            RunLimits::Time(time) => (None, Some(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))),
        };
        self.process.say(&ToWorker::Run(RunOrder {
            run_id: self.runs,
            count,
            until_ns,
            start_at,
            record: is_recorded,
            flush: Flush::End,
            drain_ms: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
        }));
        if let Some(counting) = &mut counting {
            counting.begin(starts_ns);
        }
        let mut outcome = self.wait_for_done(watch, counting.as_mut())?;
        outcome.host = counting.and_then(usage::Counting::finish);
        let ended_at = self.offset.to_worker(clock::now_ns());
        outcome.doubts = doubts::of(
            &outcome,
            is_recorded,
            self.lanes,
            &doubts::Seen {
                elapsed_ns: ended_at.saturating_sub(start_at),
                clock_error_ns: self.offset.error_ns(),
                arrivals,
            },
        );
        Ok(outcome)
    }

    fn wait_for_done(
        &mut self,
        watch: &mut dyn FnMut(Progress) -> Watch,
        mut counting: Option<&mut usage::Counting>,
    ) -> Result<RunOutcome, SessionError> {
        let silence = SILENCE_LEAST.max(self.timeout * 3);
        let mut outcome = RunOutcome::default();
        let mut progress = Progress::default();
        let mut heard_at = Instant::now();
        let mut stopped_at: Option<Instant> = None;
        loop {
            match self.process.hear(WATCH) {
                Heard::Nothing => {
                    if heard_at.elapsed() > silence {
                        let samples = progress.done.max(outcome.samples.len() as u64);
                        self.process.terminate();
                        return Err(SessionError::Hung { silent: silence, during: "during a run", samples });
                    }
                }
                Heard::Closed => {
                    let samples = progress.done.max(outcome.samples.len() as u64);
                    return Err(SessionError::Crashed { ending: self.process.finish(), samples });
                }
                Heard::Broken { kind, problem } => return Err(SessionError::Protocol { kind, problem }),
                Heard::Message(message) => {
                    heard_at = Instant::now();
                    // Samples come when the run is over, so what follows them is no part of it.
                    if let Some(counting) = counting.as_mut()
                        && matches!(*message, ToHost::Samples(_) | ToHost::Done(_))
                    {
                        counting.end();
                    }
                    match *message {
                        ToHost::Samples(fields) => {
                            outcome.samples.append(
                                SampleColumns::read(&fields).map_err(|error| broken_samples(&error))?,
                            );
                        }
                        ToHost::Progress(latest) => progress = latest,
                        ToHost::Done(done) if done.run_id == self.runs || done.run_id == 0 => {
                            outcome.done = done;
                            return Ok(outcome);
                        }
                        ToHost::Error { place, msg } => {
                            return Err(SessionError::Protocol {
                                kind: "error".to_owned(),
                                problem: format!("{place}: {msg}"),
                            });
                        }
                        _ => {}
                    }
                }
            }
            match stopped_at {
                None if self.stop.is_asked() || watch(progress) == Watch::Stop => {
                    stopped_at = Some(Instant::now());
                    self.process.say(&ToWorker::Stop {});
                }
                Some(at) if self.stop.is_asked() && at.elapsed() > self.stop.drain() => {
                    self.process.kill();
                    return Err(SessionError::Stopped);
                }
                _ => {}
            }
        }
    }

    /// Asks for a window outside of a run.
    ///
    /// # Errors
    /// When it dies, hangs or breaks the protocol.
    pub fn mark(&mut self) -> Result<Window, SessionError> {
        self.marks += 1;
        let id = self.marks;
        self.process.say(&ToWorker::Mark { id });
        let wait = Wait::of(SILENCE_LEAST, "after `mark`", &self.stop);
        loop {
            match hear(&mut self.process, &wait)? {
                ToHost::Window(window) if window.id == id => return Ok(window),
                _ => {}
            }
        }
    }

    /// Says good-bye and waits for the exit; who is to stop is killed instead.
    pub fn finish(mut self) -> Ending {
        if self.stop.is_asked() {
            return self.process.kill();
        }
        self.process.say(&ToWorker::Bye {});
        self.process.finish()
    }
}

fn broken_samples(error: &ColumnError) -> SessionError {
    SessionError::Protocol { kind: "samples".to_owned(), problem: error.to_string() }
}

/// How long something is waited for.
struct Wait<'a> {
    until: Instant,
    silent: Duration,
    during: &'static str,
    stop: &'a Stop,
}

impl<'a> Wait<'a> {
    fn of(silent: Duration, during: &'static str, stop: &'a Stop) -> Self {
        Self { until: Instant::now() + silent, silent, during, stop }
    }
}

/// The next message before the end of the wait.
fn hear(process: &mut Process, wait: &Wait<'_>) -> Result<ToHost, SessionError> {
    loop {
        if wait.stop.is_asked() {
            process.kill();
            return Err(SessionError::Stopped);
        }
        let left = wait.until.saturating_duration_since(Instant::now());
        match process.hear(left.min(WATCH)) {
            Heard::Message(message) => return Ok(*message),
            Heard::Broken { kind, problem } => return Err(SessionError::Protocol { kind, problem }),
            Heard::Closed => return Err(SessionError::Crashed { ending: process.finish(), samples: 0 }),
            Heard::Nothing if left > WATCH => {}
            Heard::Nothing => {
                process.terminate();
                return Err(SessionError::Hung { silent: wait.silent, during: wait.during, samples: 0 });
            }
        }
    }
}

fn greet(process: &mut Process, stop: &Stop) -> Result<(Hello, Offset), SessionError> {
    let hello = match hear(process, &Wait::of(GREETING, "before `hello`", stop)) {
        Ok(ToHost::Hello(hello)) => hello,
        Ok(other) => {
            let problem = format!("the first message is `{other:?}`");
            return Err(SessionError::Protocol { kind: "hello".to_owned(), problem });
        }
        Err(SessionError::Hung { .. }) => return Err(SessionError::NoGreeting),
        Err(error) => return Err(error),
    };
    let (low, high) = hello.proto;
    if low > PROTOCOL.1 || high < PROTOCOL.0 || low > high {
        process.say(&ToWorker::Bye {});
        process.finish();
        return Err(SessionError::Version { worker: hello.proto });
    }
    let mut offset = Offset::default();
    for id in 1..=PINGS {
        let sent = clock::now_ns();
        process.say(&ToWorker::Ping { id });
        let wait = Wait::of(SILENCE_LEAST, "after `ping`", stop);
        loop {
            match hear(process, &wait)? {
                ToHost::Pong { id: answered, now } if answered == id => {
                    offset.add(sent, now, clock::now_ns());
                    break;
                }
                _ => {}
            }
        }
    }
    Ok((hello, offset))
}

#[cfg(test)]
mod tests;
