//! A timer of a task, to the precision of the system.

use std::time::Duration;

use crate::usage::now_ns;

#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;

/// A descriptor of `timerfd` where there is one, else Tokio's timer.
pub(super) struct Timer {
    #[cfg(target_os = "linux")]
    descriptor: Option<AsyncFd<OwnedFd>>,
}

impl Timer {
    /// To be called within a loop of Tokio.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            descriptor: open(),
        }
    }

    /// Sleeps until this time of the monotonic clock, ns.
    pub(super) async fn sleep_until(&self, due: u64) {
        #[cfg(target_os = "linux")]
        if let Some(descriptor) = &self.descriptor
            && set(descriptor, due)
        {
            wait(descriptor).await;
            return;
        }
        tokio::time::sleep(Duration::from_nanos(due.saturating_sub(now_ns()))).await;
    }
}

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
async fn wait(descriptor: &AsyncFd<OwnedFd>) {
    while let Ok(mut ready) = descriptor.readable().await {
        let mut expired = 0_u64;
        // SAFETY: the pointer is to a local of the eight bytes that are asked for.
        let read = unsafe {
            libc::read(descriptor.get_ref().as_raw_fd(), (&raw mut expired).cast(), size_of::<u64>())
        };
        if read > 0 {
            return;
        }
        ready.clear_ready();
    }
}
