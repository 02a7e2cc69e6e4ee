//! What a process and its machine use while a run is played.
//!
//! Reads counters of `/proc`; knows nothing of load. The binary keeps one meter for the generator and one
//! for the target, and asks each once a second.

use std::time::Instant;

use dyno_model::{ResourceSample, ResourceSummary};

use crate::files::Files;

mod machine;
mod process;
mod tree;
mod usage;

pub(crate) use machine::MachineCounters;
use process::{ProcessCounters, Tasks};
pub(crate) use tree::ProcessTree;
pub use usage::{TreeUsage, tree_usage};

/// Follows the resources of one process.
///
/// A process of another user gives what the kernel lets everybody read: its CPU and memory, but not always
/// its open files.
#[derive(Debug)]
pub struct ResourceMeter {
    files: Files,
    /// `/proc/self` or `/proc/1234`.
    process: String,
    tasks: Tasks,
    first: Reading,
    sampled: Reading,
    last: Reading,
    throttled_before: u64,
    is_gone: bool,
}

/// All counters at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    process: ProcessCounters,
    machine: MachineCounters,
}

impl ResourceMeter {
    /// Follows this process. On systems without `/proc` it has nothing to tell.
    #[must_use]
    pub fn this() -> Self {
        Self::open(Files::here(), "/proc/self".to_owned())
    }

    /// Follows another process; `None` when there is none with this number.
    #[must_use]
    pub fn for_process(pid: u32) -> Option<Self> {
        let meter = Self::open(Files::here(), format!("/proc/{pid}"));
        (!meter.is_gone).then_some(meter)
    }

    fn open(files: Files, process: String) -> Self {
        let mut tasks = Tasks::default();
        let counters = ProcessCounters::read(&files, &process, &mut tasks);
        let first = Reading {
            at: Instant::now(),
            process: counters.unwrap_or_default(),
            machine: MachineCounters::read(&files, &process),
        };
        let throttled_before = crate::cgroup::throttled(&files, &process).unwrap_or(0);
        let is_gone = counters.is_none();
        Self { files, process, tasks, first, sampled: first, last: first, throttled_before, is_gone }
    }

    /// What was used since the last call, or since the meter was made; `None` once the process has ended.
    pub fn sample(&mut self) -> Option<ResourceSample> {
        self.read();
        if self.is_gone {
            return None;
        }
        let (before, now) = (self.sampled, self.last);
        self.sampled = now;
        let seconds = now.at.duration_since(before.at).as_secs_f64().max(1e-9);
        let per_s = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let machine = now.machine.since(before.machine);
        Some(ResourceSample {
            cpu_cores: (now.process.cpu_s() - before.process.cpu_s()).max(0.0) / seconds,
            rss_bytes: now.process.rss_bytes,
            network_received_per_s: per_s(now.machine.network_received, before.machine.network_received),
            network_sent_per_s: per_s(now.machine.network_sent, before.machine.network_sent),
            open_files: process::open_files(&self.files, &self.process).unwrap_or(0),
            involuntary_switches_per_s: per_s(
                now.process.involuntary_switches,
                before.process.involuntary_switches,
            ),
            run_queue_wait: per_s(now.process.run_queue_wait_ns, before.process.run_queue_wait_ns) / 1e9,
            steal_share: machine.steal_share(),
            machine_cpu_share: machine.busy_share(),
        })
    }

    /// What was used since the meter was made; up to its last sample when the process has ended.
    pub fn summary(&mut self) -> ResourceSummary {
        self.read();
        let (first, last) = (self.first.process, self.last.process);
        let throttled = crate::cgroup::throttled(&self.files, &self.process);
        ResourceSummary {
            cpu_user_s: (last.cpu_user_s - first.cpu_user_s).max(0.0),
            cpu_system_s: (last.cpu_system_s - first.cpu_system_s).max(0.0),
            rss_peak_bytes: last.rss_peak_bytes,
            involuntary_switches: last.involuntary_switches.saturating_sub(first.involuntary_switches),
            run_queue_wait_s: last.run_queue_wait_ns.saturating_sub(first.run_queue_wait_ns) as f64 / 1e9,
            steal_share: self.last.machine.since(self.first.machine).steal_share(),
            cgroup_throttled: throttled.map_or(0, |now| now.saturating_sub(self.throttled_before)),
        }
    }

    fn read(&mut self) {
        let counters = ProcessCounters::read(&self.files, &self.process, &mut self.tasks);
        // A number can be given to a new process, which is not the one that was followed.
        let same = counters.filter(|now| now.started_at == self.first.process.started_at);
        match same {
            Some(process) if !self.is_gone => {
                let machine = MachineCounters::read(&self.files, &self.process);
                let rss_peak_bytes = process.rss_peak_bytes.max(self.last.process.rss_peak_bytes);
                let process = ProcessCounters { rss_peak_bytes, ..process };
                self.last = Reading { at: Instant::now(), process, machine };
            }
            _ => self.is_gone = true,
        }
    }
}

#[cfg(test)]
mod tests;
