//! Counters of one process and its threads.

use std::collections::HashMap;

use crate::files::{Files, field, leading_number};

/// Counters since the process started, as far as they could be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct ProcessCounters {
    /// When it started, in ticks since boot; tells a new process with the same number apart.
    pub(crate) started_at: u64,
    /// CPU time in user mode, in seconds.
    pub(crate) cpu_user_s: f64,
    /// CPU time in the kernel, in seconds.
    pub(crate) cpu_system_s: f64,
    /// Resident memory.
    pub(crate) rss_bytes: u64,
    /// Largest resident memory.
    pub(crate) rss_peak_bytes: u64,
    /// Times that a thread was taken off its core.
    pub(crate) involuntary_switches: u64,
    /// Time that runnable threads waited for a core.
    pub(crate) run_queue_wait_ns: u64,
}

/// The last counters of each thread, so that ended threads stay counted.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    known: HashMap<u32, (u64, u64)>,
    involuntary_switches: u64,
    run_queue_wait_ns: u64,
}

impl ProcessCounters {
    /// Reads them; `None` when there is no such process.
    pub(crate) fn read(files: &Files, process: &str, tasks: &mut Tasks) -> Option<Self> {
        let mut counters = parse_stat(&files.text(&format!("{process}/stat"))?)?;
        if counters.is_zombie() {
            return None;
        }
        let status = files.text(&format!("{process}/status")).unwrap_or_default();
        let peak = field(&status, "VmHWM").and_then(leading_number).map(|kib| kib * 1024);
        counters.counters.rss_peak_bytes = peak.unwrap_or(0).max(counters.counters.rss_bytes);
        tasks.read(files, process);
        counters.counters.involuntary_switches = tasks.involuntary_switches;
        counters.counters.run_queue_wait_ns = tasks.run_queue_wait_ns;
        Some(counters.counters)
    }

    /// CPU time in both modes, in seconds.
    pub(crate) fn cpu_s(&self) -> f64 {
        self.cpu_user_s + self.cpu_system_s
    }
}

impl Tasks {
    fn read(&mut self, files: &Files, process: &str) {
        let mut alive = HashMap::new();
        for task in files.names(&format!("{process}/task")) {
            let Ok(id) = task.parse::<u32>() else { continue };
            let Some(now) = task_counters(files, &format!("{process}/task/{task}")) else { continue };
            let before = self.known.get(&id).copied().unwrap_or((0, 0));
            // A smaller counter belongs to a new thread with an old number.
            self.involuntary_switches += now.0.checked_sub(before.0).unwrap_or(now.0);
            self.run_queue_wait_ns += now.1.checked_sub(before.1).unwrap_or(now.1);
            alive.insert(id, now);
        }
        self.known = alive;
    }
}

/// Involuntary switches and time in the run queue of one thread.
fn task_counters(files: &Files, task: &str) -> Option<(u64, u64)> {
    let switches = files.field(&format!("{task}/status"), "nonvoluntary_ctxt_switches")?;
    // `on-core-ns waiting-ns slices`; absent when the kernel keeps no such statistics.
    let schedstat = files.text(&format!("{task}/schedstat")).unwrap_or_default();
    let waited = schedstat.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Some((switches.parse().ok()?, waited))
}

/// How many files the process has open; `None` when this user may not know.
pub(crate) fn open_files(files: &Files, process: &str) -> Option<u64> {
    let directory = files.path(&format!("{process}/fd"));
    // Since Linux 6.2 the size of the directory is the number of files, without listing them.
    let length = std::fs::metadata(&directory).ok()?.len();
    if length > 0 {
        return Some(length);
    }
    Some(std::fs::read_dir(directory).ok()?.count() as u64)
}

/// A process as part of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct FamilyMember {
    /// The number of its parent.
    pub(super) parent: u32,
    /// The number of its process group.
    pub(super) group: u32,
    /// Its own CPU time, in seconds.
    pub(super) cpu_s: f64,
    /// CPU time of its children that ended and were collected, in seconds.
    pub(super) collected_cpu_s: f64,
    /// Resident memory.
    pub(super) rss_bytes: u64,
}

/// Reads a process for its tree; `None` when there is none with this number.
pub(super) fn family_member(files: &Files, pid: u32) -> Option<FamilyMember> {
    let stat = parse_stat(&files.text(&format!("/proc/{pid}/stat"))?)?;
    // One that has ended but was not collected yet still holds its time.
    Some(FamilyMember {
        parent: stat.parent,
        group: stat.group,
        cpu_s: stat.counters.cpu_s(),
        collected_cpu_s: stat.collected_cpu_s,
        rss_bytes: stat.counters.rss_bytes,
    })
}

/// What `/proc/<pid>/stat` says.
struct Stat {
    state: char,
    parent: u32,
    group: u32,
    collected_cpu_s: f64,
    counters: ProcessCounters,
}

impl Stat {
    /// Whether it has ended and only waits to be collected by its parent.
    fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// Reads `pid (name) state …`; the name may hold spaces and brackets.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // The numbers of proc_pid_stat(5) start at 1, and the state is number 3.
    let number = |at: usize| fields.get(at - 3)?.parse::<u64>().ok();
    let ticks_per_s = ticks_per_s() as f64;
    let counters = ProcessCounters {
        started_at: number(22)?,
        cpu_user_s: number(14)? as f64 / ticks_per_s,
        cpu_system_s: number(15)? as f64 / ticks_per_s,
        rss_bytes: number(24)? * page_size(),
        ..ProcessCounters::default()
    };
    let collected = number(16)? + number(17)?;
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(number(4)?).ok()?,
        group: u32::try_from(number(5)?).ok()?,
        collected_cpu_s: collected as f64 / ticks_per_s,
        counters,
    })
}

#[cfg(unix)]
pub(super) fn ticks_per_s() -> u64 {
    rustix::param::clock_ticks_per_second()
}

#[cfg(unix)]
fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(not(unix))]
pub(super) fn ticks_per_s() -> u64 {
    100
}

#[cfg(not(unix))]
fn page_size() -> u64 {
    4096
}

#[cfg(test)]
mod tests;
