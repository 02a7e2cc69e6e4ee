//! Moments that tasks wait for, to the precision of the system: one timer for all tasks of a loop.
//!
//! One of its own for each would take as many descriptors as the connections, and with ten thousand lanes more than
//! most machines allow.

use std::rc::Rc;
use std::time::Duration;

use crate::usage::now_ns;

#[cfg(target_os = "linux")]
mod alarm;

/// A timer of the system where there is one, else Tokio's.
pub(super) struct Timer {
    #[cfg(target_os = "linux")]
    alarm: Option<Rc<alarm::Alarm>>,
}

impl Timer {
    /// To be called within a loop of Tokio, which rings it for as long as it runs.
    pub(super) fn start() -> Rc<Self> {
        Rc::new(Self {
            #[cfg(target_os = "linux")]
            alarm: alarm::Alarm::start(),
        })
    }

    /// Sleeps until this time of the monotonic clock, ns. Cancel-safe.
    pub(super) async fn sleep_until(&self, due: u64) {
        #[cfg(target_os = "linux")]
        if let Some(alarm) = &self.alarm {
            alarm.at(due).await;
            return;
        }
        tokio::time::sleep(Duration::from_nanos(due.saturating_sub(now_ns()))).await;
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
