//! Processes with all their children: what a target uses that is a shell, a server and its workers.

use std::collections::HashMap;

use super::process::family_member;
use crate::files::Files;

/// What a few processes and everything they started use together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct ProcessTree {
    /// Processes that were found.
    pub(crate) processes: usize,
    /// CPU since each was started, with that of children that have ended and were collected, in seconds.
    ///
    /// When a child ends, its time moves to its parent, so the sum of a tree does not fall.
    pub(crate) cpu_s: f64,
    /// CPU of the roots alone, without any child, in seconds.
    pub(crate) own_cpu_s: f64,
    /// Resident memory; pages that several share count for each.
    pub(crate) rss_bytes: u64,
}

impl ProcessTree {
    /// Reads several trees at once, each given by its roots, with one pass over all processes of the machine.
    pub(crate) fn read(files: &Files, trees: &[&[u32]]) -> Vec<Self> {
        let mut members = HashMap::new();
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let pids = files.names("/proc").into_iter().filter_map(|name| name.parse::<u32>().ok());
        for pid in pids {
            let Some(member) = family_member(files, pid) else { continue };
            children.entry(member.parent).or_default().push(pid);
            members.insert(pid, member);
        }
        trees
            .iter()
            .map(|roots| {
                let mut tree = Self::default();
                let mut left: Vec<u32> = roots.to_vec();
                // A process has one parent, but a root may be below another root.
                let mut seen = std::collections::HashSet::new();
                while let Some(pid) = left.pop() {
                    let Some(member) = members.get(&pid).filter(|_| seen.insert(pid)) else { continue };
                    tree.processes += 1;
                    tree.cpu_s += member.cpu_s + member.collected_cpu_s;
                    tree.own_cpu_s += if roots.contains(&pid) { member.cpu_s } else { 0.0 };
                    tree.rss_bytes += member.rss_bytes;
                    left.extend(children.get(&pid).into_iter().flatten());
                }
                tree
            })
            .collect()
    }

    /// Whether any of it was there.
    pub(crate) fn exists(&self) -> bool {
        self.processes > 0
    }
}

#[cfg(test)]
mod tests;
