//! Counters of the whole machine: time of its cores, and bytes through its network interfaces.

use crate::files::Files;

/// Counters since boot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MachineCounters {
    /// Time of all cores together, in ticks.
    total: u64,
    /// The part in which they did nothing.
    idle: u64,
    /// The part that the hypervisor gave to others.
    steal: u64,
    /// Bytes received by all interfaces, loopback included, in the process's network namespace.
    pub(crate) network_received: u64,
    /// Bytes sent.
    pub(crate) network_sent: u64,
}

impl MachineCounters {
    /// Reads them as `process` (such as `/proc/self`) sees them; zero where the system does not tell.
    pub(crate) fn read(files: &Files, process: &str) -> Self {
        let mut counters = files.text("/proc/stat").and_then(|text| times(&text)).unwrap_or_default();
        let network = files.text(&format!("{process}/net/dev")).unwrap_or_default();
        (counters.network_received, counters.network_sent) = traffic(&network);
        counters
    }

    /// What was added since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            total: self.total.saturating_sub(before.total),
            idle: self.idle.saturating_sub(before.idle),
            steal: self.steal.saturating_sub(before.steal),
            network_received: self.network_received.saturating_sub(before.network_received),
            network_sent: self.network_sent.saturating_sub(before.network_sent),
        }
    }

    /// The part of the time that the hypervisor took, 0 to 1.
    pub(crate) fn steal_share(self) -> f64 {
        share(self.steal, self.total)
    }

    /// Time in which cores worked, in seconds of one core.
    pub(crate) fn busy_s(self) -> f64 {
        let ticks = self.total.saturating_sub(self.idle).saturating_sub(self.steal);
        ticks as f64 / super::process::ticks_per_s() as f64
    }

    /// The part of the time in which cores worked, 0 to 1.
    pub(crate) fn busy_share(self) -> f64 {
        share(self.total.saturating_sub(self.idle).saturating_sub(self.steal), self.total)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// The line `cpu user nice system idle iowait irq softirq steal guest guest_nice`.
fn times(text: &str) -> Option<MachineCounters> {
    let line = text.lines().find(|line| line.starts_with("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    let at = |index: usize| ticks.get(index).copied().unwrap_or(0);
    // Time of guests is counted in user time already.
    let total = ticks.iter().take(8).sum();
    Some(MachineCounters { total, idle: at(3) + at(4), steal: at(7), ..MachineCounters::default() })
}

/// Sums `name: received_bytes … sent_bytes …` over the interfaces.
fn traffic(text: &str) -> (u64, u64) {
    text.lines().filter_map(|line| line.split_once(':')).fold((0, 0), |(received, sent), (_, numbers)| {
        let mut numbers = numbers.split_whitespace().map(|word| word.parse().unwrap_or(0));
        (received + numbers.next().unwrap_or(0), sent + numbers.nth(7).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests;
