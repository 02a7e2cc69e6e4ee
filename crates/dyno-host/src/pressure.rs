//! Pressure: how long tasks of the machine waited for memory or cores since it was started.

use std::time::Duration;

use crate::files::Files;

/// Time since boot in which at least one task waited for memory; `None` when the kernel does not tell.
///
/// The difference of two calls over the time between them is the share of the run that was disturbed.
#[must_use]
pub fn memory_stall() -> Option<Duration> {
    stall(&Files::here())
}

fn stall(files: &Files) -> Option<Duration> {
    total(files, "memory")
}

/// Time since boot in which at least one task waited for `resource` (`cpu`, `memory`, `io`).
pub(crate) fn total(files: &Files, resource: &str) -> Option<Duration> {
    let some = files.field(&format!("/proc/pressure/{resource}"), "some")?;
    let total = some.split_whitespace().find_map(|word| word.strip_prefix("total="))?;
    Some(Duration::from_micros(total.parse().ok()?))
}

/// The share of the last ten seconds in which a task waited for `resource` (`cpu`, `memory`, `io`).
pub(crate) fn recent_share(files: &Files, resource: &str) -> Option<f64> {
    let some = files.field(&format!("/proc/pressure/{resource}"), "some")?;
    let percent: f64 = some.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse().ok()?;
    Some(percent / 100.0)
}
