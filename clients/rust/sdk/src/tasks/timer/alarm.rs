//! One descriptor of `timerfd`, set to the earliest moment that a task waits for.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::unix::AsyncFd;
use tokio::task::spawn_local;

use crate::usage::now_ns;

/// When a task wants to be woken, and a number that tells tasks of one moment apart.
type Key = (u64, u64);

pub(super) struct Alarm {
    descriptor: AsyncFd<OwnedFd>,
    sleepers: RefCell<BTreeMap<Key, Waker>>,
    last: Cell<u64>,
}

impl Alarm {
    /// `None` when the system has no descriptor for it.
    pub(super) fn start() -> Option<Rc<Self>> {
        let alarm = Rc::new(Self { descriptor: open()?, sleepers: RefCell::default(), last: Cell::new(0) });
        let rung = Rc::clone(&alarm);
        // Ends with its loop.
        spawn_local(async move {
            while has_expired(&rung.descriptor).await {
                rung.ring();
            }
        });
        Some(alarm)
    }

    /// Resolves at this moment or somewhat later, never before.
    pub(super) fn at(&self, due: u64) -> Sleep<'_> {
        self.last.set(self.last.get() + 1);
        Sleep { alarm: self, key: (due, self.last.get()) }
    }

    /// Wakes whose moment has come and sets the timer to the next.
    fn ring(&self) {
        let mut sleepers = self.sleepers.borrow_mut();
        let now = now_ns();
        while let Some(first) = sleepers.first_entry() {
            let due = first.key().0;
            if due > now {
                set(&self.descriptor, due);
                break;
            }
            first.remove().wake();
        }
    }

    #[cfg(test)]
    pub(super) fn sleeper_count(&self) -> usize {
        self.sleepers.borrow().len()
    }
}

pub(super) struct Sleep<'a> {
    alarm: &'a Alarm,
    key: Key,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (due, alarm) = (self.key.0, self.alarm);
        if now_ns() >= due {
            return Poll::Ready(());
        }
        let mut sleepers = alarm.sleepers.borrow_mut();
        let is_first = sleepers.first_key_value().is_none_or(|(first, _)| self.key <= *first);
        sleepers.insert(self.key, context.waker().clone());
        if is_first && !set(&alarm.descriptor, due) {
            // Without the timer it asks again, which costs CPU but not its moment.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.alarm.sleepers.borrow_mut().remove(&self.key);
    }
}

fn open() -> Option<AsyncFd<OwnedFd>> {
    // SAFETY: makes a descriptor, or says that it could not.
    let raw = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) };
    if raw < 0 {
        return None;
    }
    // SAFETY: the descriptor was made just now and belongs to nobody else.
    let owned = unsafe { OwnedFd::from_raw_fd(raw) };
    // SAFETY: an owned descriptor stays open, and the same, for as long as it lives.
    unsafe { AsyncFd::register_with_interest(owned, tokio::io::Interest::READABLE) }.ok()
}

fn set(descriptor: &AsyncFd<OwnedFd>, due: u64) -> bool {
    let never = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let at = libc::timespec { tv_sec: (due / 1_000_000_000) as _, tv_nsec: (due % 1_000_000_000) as _ };
    let value = libc::itimerspec { it_interval: never, it_value: at };
    // SAFETY: the descriptor is open, and the pointer is to a local of the right type.
    let set = unsafe {
        libc::timerfd_settime(
            descriptor.get_ref().as_raw_fd(),
            libc::TFD_TIMER_ABSTIME,
            &raw const value,
            std::ptr::null_mut(),
        )
    };
    set == 0
}

/// Waits for the timer; false when the loop ends.
async fn has_expired(descriptor: &AsyncFd<OwnedFd>) -> bool {
    while let Ok(mut ready) = descriptor.readable().await {
        let mut expired = 0_u64;
        // SAFETY: the pointer is to a local of the eight bytes that are asked for.
        let read = unsafe {
            libc::read(descriptor.get_ref().as_raw_fd(), (&raw mut expired).cast(), size_of::<u64>())
        };
        if read > 0 {
            return true;
        }
        ready.clear_ready();
    }
    false
}
