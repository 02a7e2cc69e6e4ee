//! Which process plays a run, and whether it is still there.
//!
//! Process numbers are given again and mean nothing on another machine, so the start of the process, the boot and
//! the number space are noted too.

use std::time::{SystemTime, UNIX_EPOCH};

/// A run of another machine whose process gave no sign for this long is taken for gone.
const SILENCE_MOST_MS: i64 = 60_000;

/// A process, as it can be recognised later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessMark {
    /// Its number.
    pub(crate) pid: u32,
    /// When it started, in ticks since boot; 0 when not known.
    pub(crate) start: i64,
    /// Boot and number space; empty when not known.
    pub(crate) machine: String,
}

impl ProcessMark {
    /// This process.
    pub(crate) fn this() -> Self {
        let pid = std::process::id();
        Self { pid, start: start_of(pid).unwrap_or(0), machine: machine() }
    }

    /// Whether the process still exists; `heartbeat_ms` is its last sign of life.
    pub(crate) fn is_alive(&self, heartbeat_ms: i64) -> bool {
        let here = machine();
        if !here.is_empty() && here == self.machine {
            return start_of(self.pid) == Some(self.start);
        }
        now_ms().saturating_sub(heartbeat_ms) < SILENCE_MOST_MS
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Field 22 of `/proc/<pid>/stat`; `None` for no process and for one that has ended and is not collected yet.
fn start_of(pid: u32) -> Option<i64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X"))) {
        return None;
    }
    fields.get(19)?.parse().ok()
}

fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    if boot.is_empty() { String::new() } else { format!("{} {}", boot.trim(), space.display()) }
}
