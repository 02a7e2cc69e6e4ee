//! Clocks: monotonic nanoseconds since the start of the run, and precise waiting.
//!
//! A runtime's timer wheel has steps of a millisecond; waiting here uses a kernel timer and a short
//! spin, so that a start is late by microseconds only.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::LocalFuture;

/// A time source that can be waited on. Simulations bring their own.
pub trait Clock {
    /// Nanoseconds since the start of the run; never decreases.
    fn now_ns(&self) -> u64;

    /// Completes at or after `at_ns`, as close to it as the clock can. Cancel-safe.
    fn sleep_until_ns(&self, at_ns: u64) -> LocalFuture<'_, ()>;
}

/// The machine's monotonic clock, counted from a common start. Copies agree with each other.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock {
    start: Instant,
}

impl MonotonicClock {
    /// A clock that shows zero now.
    #[must_use]
    pub fn start_now() -> Self {
        Self { start: Instant::now() }
    }

    /// A clock that shows zero from now until `start`, and then the time since.
    #[must_use]
    pub fn starting_at(start: Instant) -> Self {
        Self { start }
    }

    /// Blocks until its start, or until `is_over` says that there is nothing to wait for.
    pub(crate) fn wait_for_start(&self, is_over: impl Fn() -> bool) {
        loop {
            let left = self.start.saturating_duration_since(Instant::now());
            if left.is_zero() || is_over() {
                return;
            }
            // In slices, so that a start far ahead can be called off; the rest is spun.
            match left.checked_sub(SPIN) {
                Some(coarse) if !coarse.is_zero() => std::thread::sleep(coarse.min(START_SLICE)),
                _ => std::hint::spin_loop(),
            }
        }
    }

    /// Nanoseconds since the start.
    #[inline]
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// This clock for sessions on a tokio current-thread runtime.
    #[must_use]
    pub fn for_runtime(self) -> Rc<dyn Clock> {
        Rc::new(RuntimeClock { clock: self, timers: timer::Pool::default() })
    }
}

/// How close to the wanted time the kernel timer is set; the rest is spun.
const SPIN: Duration = Duration::from_micros(60);

/// How soon a thread that waits for the start of a run notices that the run was called off.
const START_SLICE: Duration = Duration::from_millis(20);

/// A [`MonotonicClock`] whose waiting runs on the current tokio runtime.
struct RuntimeClock {
    clock: MonotonicClock,
    timers: timer::Pool,
}

impl Clock for RuntimeClock {
    fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    fn sleep_until_ns(&self, at_ns: u64) -> LocalFuture<'_, ()> {
        Box::pin(async move {
            let coarse = Duration::from_nanos(at_ns.saturating_sub(self.now_ns())).saturating_sub(SPIN);
            if !coarse.is_zero() {
                self.timers.sleep(coarse).await;
            }
            // Yielding lets answers be read while the last microseconds pass.
            while self.now_ns() < at_ns {
                tokio::task::yield_now().await;
            }
        })
    }
}

/// Kernel timers, whose precision is some ten microseconds.
#[cfg(target_os = "linux")]
mod timer {
    use std::cell::RefCell;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// Timers that are not in use, kept because making one costs more than setting it.
    #[derive(Default)]
    pub(super) struct Pool(RefCell<Vec<AsyncFd<OwnedFd>>>);

    impl Pool {
        pub(super) async fn sleep(&self, duration: Duration) {
            if self.sleep_on_timer(duration).await.is_err() {
                // Out of file descriptors: a millisecond-grained wait is better than none, and shows as lateness.
                tokio::time::sleep(duration).await;
            }
        }

        async fn sleep_on_timer(&self, duration: Duration) -> io::Result<()> {
            let idle = self.0.borrow_mut().pop();
            let timer = match idle {
                Some(timer) => timer,
                None => new_timer()?,
            };
            let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
            let value =
                Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: duration.subsec_nanos().into() };
            let once = Itimerspec { it_interval: zero, it_value: value };
            timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
            let mut ready = timer.readable().await?;
            // Reading makes the timer silent again; how often it rang does not matter.
            let _ = rustix::io::read(timer.get_ref(), &mut [0_u8; 8]);
            ready.clear_ready();
            drop(ready);
            self.0.borrow_mut().push(timer);
            Ok(())
        }
    }

    fn new_timer() -> io::Result<AsyncFd<OwnedFd>> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // SAFETY: the descriptor is owned by the value that is registered, and stays the same until it is dropped.
        unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(io::Error::from)
    }
}

/// Without kernel timers, the runtime's.
#[cfg(not(target_os = "linux"))]
mod timer {
    use std::time::Duration;

    #[derive(Default)]
    pub(super) struct Pool;

    impl Pool {
        pub(super) async fn sleep(&self, duration: Duration) {
            tokio::time::sleep(duration).await;
        }
    }
}
