//! What a program and everything it started used, to the nanosecond where the kernel tells.
//!
//! For programs that are measured in short segments, for which the ticks of `/proc/<pid>/stat` are too coarse. Called by
//! whoever drives a worker, before and after a segment.

use std::collections::{HashMap, HashSet};

use super::process::{FamilyMember, family_member};
use crate::files::{Files, field, leading_number};

/// What a program and everything it started used since each of its processes was started.
///
/// Processes that left both the tree and the process group of their root are not found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TreeUsage {
    /// Processes that are there.
    pub processes: u64,
    /// CPU in user mode and kernel, in nanoseconds: of processes that are there by their own clock, ended threads
    /// included; of children that ended and were collected in ticks of the kernel, usually 10 ms.
    pub cpu_ns: u64,
    /// Sum of the largest resident memory of each process that is there, in bytes.
    pub rss_peak_bytes: u64,
    /// Voluntary and involuntary context switches of the threads that are there.
    pub switches: u64,
}

/// What the process `root`, its process group and all their descendants used; `None` without such a process, and on
/// systems without `/proc`.
#[must_use]
pub fn tree_usage(root: u32) -> Option<TreeUsage> {
    usage_below(&Files::here(), root, &process_clock_ns)
}

fn usage_below(files: &Files, root: u32, clock: &dyn Fn(u32) -> Option<u64>) -> Option<TreeUsage> {
    let mut usage = TreeUsage::default();
    for (pid, member) in members(files, root)? {
        usage.processes += 1;
        // One that has ended and was not collected yet has no clock any more.
        let own_ns = clock(pid).unwrap_or_else(|| nanoseconds(member.cpu_s));
        usage.cpu_ns += own_ns + nanoseconds(member.collected_cpu_s);
        let status = files.text(&format!("/proc/{pid}/status")).unwrap_or_default();
        let peak_kib = field(&status, "VmHWM").and_then(leading_number).unwrap_or(0);
        usage.rss_peak_bytes += peak_kib * 1024;
        usage.switches += switches(files, pid);
    }
    Some(usage)
}

/// The root, its group, and all their descendants; `None` without the root.
fn members(files: &Files, root: u32) -> Option<Vec<(u32, FamilyMember)>> {
    let mut known = HashMap::new();
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut left = vec![root];
    for pid in files.names("/proc").into_iter().filter_map(|name| name.parse::<u32>().ok()) {
        let Some(member) = family_member(files, pid) else { continue };
        children.entry(member.parent).or_default().push(pid);
        if member.group == root {
            left.push(pid);
        }
        known.insert(pid, member);
    }
    known.get(&root)?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    while let Some(pid) = left.pop() {
        let Some(member) = known.get(&pid).filter(|_| seen.insert(pid)) else { continue };
        found.push((pid, *member));
        left.extend(children.get(&pid).into_iter().flatten());
    }
    Some(found)
}

fn switches(files: &Files, pid: u32) -> u64 {
    let of_thread = |task: &String| {
        let status = files.text(&format!("/proc/{pid}/task/{task}/status")).unwrap_or_default();
        let count = |key| field(&status, key).and_then(leading_number).unwrap_or(0);
        count("voluntary_ctxt_switches") + count("nonvoluntary_ctxt_switches")
    };
    files.names(&format!("/proc/{pid}/task")).iter().map(of_thread).sum()
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

/// The CPU that a process used by its own clock, in nanoseconds.
#[cfg(target_os = "linux")]
fn process_clock_ns(pid: u32) -> Option<u64> {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).ok()?);
    let now = nix::time::ClockId::pid_cpu_clock_id(pid).ok()?.now().ok()?;
    u64::try_from(std::time::Duration::from(now).as_nanos()).ok()
}

#[cfg(not(target_os = "linux"))]
fn process_clock_ns(_: u32) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
