//! Slowness that is put into a target on purpose, to see whether a comparison finds it.
//!
//! Set when the target is started, never by a request: nobody on the network can reach it. The routes at `/__` are left
//! alone. `faults` are what a request asks for; this is a property of the build. Called by `target` around each answer.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dyno_server::{Action, OwnedRequest, Request, ResponseWriter};

use crate::call::text;
use crate::random::uniform;
use crate::state::{Target, locked};
use crate::timing::work::{allocate, busy};

mod parse;

pub use parse::InjectionError;

/// What is slowed, as a text such as `busy=5us,tail=1%:5ms,errors=0.5%`; the empty text is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Injection {
    /// `busy=5us`: CPU time of the thread that answers, on every request.
    pub busy: Duration,
    /// `tail=1%:5ms`: so many of the answers come so much later, which costs the CPU of a timer. `tail=100%:50us` delays all.
    pub tail: Option<Tail>,
    /// `lock=10us`: a lock that all threads share is held so long by every request.
    pub lock: Duration,
    /// `errors=0.5%`: so many of the answers are a 500, as a share of 0 to 1.
    pub errors: f64,
    /// `alloc=64KiB`: bytes that every request allocates, touches and frees.
    pub alloc_bytes: u64,
    /// `held=20MiB`: bytes that are allocated and touched when the target starts, and kept.
    pub held_bytes: u64,
    /// `pause=1s:20ms`: every so often no answer is given for so long, as in a collection of garbage.
    pub pause: Option<Pause>,
    /// `slow-first=1000:5ms`: the first requests come so much later, as in a warm-up; later ones do not.
    pub slow_first: Option<SlowFirst>,
}

/// A share of answers that come later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Which share of the answers, 0 to 1.
    pub share: f64,
    /// How much later.
    pub delay: Duration,
}

/// Regular pauses of the whole target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From the start of one to the start of the next.
    pub every: Duration,
    /// How long each is; shorter than `every`.
    pub length: Duration,
}

/// A slow start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowFirst {
    /// How many requests of all threads.
    pub requests: u64,
    /// How much later each is answered.
    pub delay: Duration,
}

/// What the threads of a target share of it.
#[derive(Debug, Default)]
pub(crate) struct Injected {
    injection: Injection,
    /// Whether requests are slowed at all.
    pub(crate) is_active: bool,
    lock: Mutex<()>,
    requests: AtomicU64,
    /// Only there to be resident.
    _held: Vec<u8>,
}

impl Injected {
    pub(crate) fn new(injection: Injection) -> Self {
        let is_active = Injection { held_bytes: 0, ..injection } != Injection::default();
        Self { injection, is_active, _held: allocate(injection.held_bytes), ..Self::default() }
    }

    /// When the answer to a request that arrived at `arrival_ns` is given, on the target's clock.
    fn answer_at(&self, arrival_ns: u64, draw: f64) -> u64 {
        let injection = &self.injection;
        let mut at_ns = arrival_ns;
        if injection.tail.is_some_and(|tail| draw <= tail.share) {
            at_ns += injection.tail.map_or(0, |tail| nanoseconds(tail.delay));
        }
        if let Some(slow) = injection.slow_first
            && self.requests.fetch_add(1, Ordering::Relaxed) < slow.requests
        {
            at_ns += nanoseconds(slow.delay);
        }
        if let Some(pause) = injection.pause {
            let (every, length) = (nanoseconds(pause.every), nanoseconds(pause.length));
            // As `/pause`: the first pause begins after one period, so that the target can be reached when it starts.
            if at_ns >= every && at_ns % every < length {
                at_ns += length - at_ns % every;
            }
        }
        at_ns
    }
}

thread_local! {
    /// Requests that this thread has drawn for.
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

/// Answers a request as slowly as the target was told to; `answer` gives the right answer.
pub(crate) fn answer(
    target: &Target,
    request: &Request<'_>,
    response: &mut ResponseWriter<'_>,
    answer: impl FnOnce(&Request<'_>, &mut ResponseWriter<'_>) -> Action + 'static,
) -> Action {
    let injected = &target.state.injected;
    if request.path().starts_with("/__") {
        return answer(request, response);
    }
    let arrival_ns = target.state.clock.now_ns();
    let n = DRAWS.with(|draws| draws.replace(draws.get() + 1));
    let seed = target.state.entropy ^ target.thread_index as u64;
    let injection = injected.injection;
    busy(injection.busy);
    if !injection.lock.is_zero() {
        let held = locked(&injected.lock);
        busy(injection.lock);
        drop(held);
    }
    drop(allocate(injection.alloc_bytes));
    let is_error = uniform(seed, 2 * n) <= injection.errors;
    let answer = move |request: &Request<'_>, response: &mut ResponseWriter<'_>| match is_error {
        true => text(response, 500, "wrong, as the target was told to be"),
        false => answer(request, response),
    };
    let at_ns = injected.answer_at(arrival_ns, uniform(seed, 2 * n + 1));
    if at_ns <= arrival_ns {
        return answer(request, response);
    }
    let (timer, request): (_, OwnedRequest) = (target.timer.clone(), request.to_owned());
    Action::Later(Box::pin(async move {
        timer.sleep_until(at_ns).await;
        let finish: dyno_server::Finish = Box::new(move |response| answer(&request.as_request(), response));
        finish
    }))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&parse::write(self))
    }
}

impl FromStr for Injection {
    type Err = InjectionError;

    fn from_str(text: &str) -> Result<Self, InjectionError> {
        parse::parse(text)
    }
}

#[cfg(test)]
mod tests;
