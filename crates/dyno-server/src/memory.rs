//! The guard of a memory budget: looks at the process now and then and says what is still taken in.
//!
//! Costs nothing without a budget. Asked by `accept` and the drivers; refreshed by the tick of each thread.

use std::cell::Cell;

#[cfg(test)]
mod tests;

/// What is still taken in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Relaxed,
    /// No new connections.
    Tight,
    /// No new requests either.
    Full,
}

/// Resident memory of the process against its budget.
#[derive(Debug)]
pub(crate) struct MemoryGuard {
    budget_bytes: Option<u64>,
    level: Cell<Level>,
}

impl MemoryGuard {
    pub(crate) fn new(budget_bytes: Option<u64>) -> Self {
        let guard = Self { budget_bytes, level: Cell::default() };
        guard.refresh();
        guard
    }

    /// Looks at the process.
    pub(crate) fn refresh(&self) {
        let Some(budget_bytes) = self.budget_bytes else { return };
        // Unknown use is no reason to refuse anybody.
        self.level.set(level_of(resident_bytes().unwrap_or(0), budget_bytes));
    }

    pub(crate) fn refuses_connections(&self) -> bool {
        self.level.get() >= Level::Tight
    }

    pub(crate) fn refuses_requests(&self) -> bool {
        self.level.get() == Level::Full
    }
}

fn level_of(used_bytes: u64, budget_bytes: u64) -> Level {
    let share_of_budget = |percent: u64| budget_bytes / 100 * percent;
    if used_bytes >= share_of_budget(95) {
        Level::Full
    } else if used_bytes >= share_of_budget(90) {
        Level::Tight
    } else {
        Level::Relaxed
    }
}

fn resident_bytes() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
