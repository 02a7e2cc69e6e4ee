//! The control group of a process: how much CPU and how many threads it may use, and whether it was held back.
//!
//! Reads both layouts of Linux, version 2 (one tree) and version 1 (one tree per controller).

use std::time::Duration;

use crate::files::{Files, field, leading_number};

/// Cores that the control groups of a process allow, or `None` without a limit.
///
/// The tightest limit on the way up to the root counts.
pub(crate) fn cpu_limit(files: &Files, process: &str) -> Option<f64> {
    let directories = cpu_directories(files, process);
    directories.iter().filter_map(|directory| limit_in(files, directory)).min_by(f64::total_cmp)
}

/// How often the process's group was held back since it exists; `None` when there is no such counter.
pub(crate) fn throttled(files: &Files, process: &str) -> Option<u64> {
    cpu_directories(files, process)
        .iter()
        .filter_map(|directory| files.text(&format!("{directory}/cpu.stat")))
        .filter_map(|text| leading_number(field(&text, "nr_throttled")?))
        .max()
}

/// For how long the process's groups were held back since they exist, summed over cores; `None` without such a counter.
///
/// Version 2 counts microseconds (`throttled_usec`), version 1 nanoseconds (`throttled_time`).
pub(crate) fn throttled_time(files: &Files, process: &str) -> Option<Duration> {
    let time_of = |text: &str| {
        let of = |key: &str| leading_number(field(text, key)?);
        of("throttled_usec")
            .map(Duration::from_micros)
            .or_else(|| of("throttled_time").map(Duration::from_nanos))
    };
    cpu_directories(files, process)
        .iter()
        .filter_map(|directory| time_of(&files.text(&format!("{directory}/cpu.stat"))?))
        .max()
}

/// Threads and processes that the control groups of a process allow, and those that are there; `None` without a limit.
///
/// The group on the way up to the root that leaves the fewest counts.
pub(crate) fn pids_limit(files: &Files, process: &str) -> Option<(u64, u64)> {
    let limit_in = |directory: &String| {
        // `max` means no limit and does not parse as a number.
        let most = files.number(&format!("{directory}/pids.max"))?;
        Some((most, files.number(&format!("{directory}/pids.current")).unwrap_or(0)))
    };
    let directories = directories(files, process, "pids");
    directories.iter().filter_map(limit_in).min_by_key(|(most, taken)| most.saturating_sub(*taken))
}

/// The directories of the CPU controller, from the process's own group up to the root.
fn cpu_directories(files: &Files, process: &str) -> Vec<String> {
    directories(files, process, "cpu")
}

/// The directories of a controller, from the process's own group up to the root.
fn directories(files: &Files, process: &str, controller: &str) -> Vec<String> {
    let Some(groups) = files.text(&format!("{process}/cgroup")) else { return Vec::new() };
    let mut directories = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let base = if controllers.is_empty() {
            "/sys/fs/cgroup".to_owned()
        } else if controllers.split(',').any(|name| name == controller) {
            format!("/sys/fs/cgroup/{controllers}")
        } else {
            continue;
        };
        let mut path = path.trim_end_matches('/');
        loop {
            directories.push(format!("{base}{path}"));
            let Some((parent, _)) = path.rsplit_once('/') else { break };
            path = parent;
        }
    }
    directories
}

fn limit_in(files: &Files, directory: &str) -> Option<f64> {
    if let Some(text) = files.text(&format!("{directory}/cpu.max")) {
        let (quota, period) = text.split_once(' ')?;
        return Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?);
    }
    // A quota of -1 means no limit and does not parse as an unsigned number.
    let quota = files.number(&format!("{directory}/cpu.cfs_quota_us"))?;
    let period = files.number(&format!("{directory}/cpu.cfs_period_us"))?;
    (period > 0).then(|| quota as f64 / period as f64)
}

#[cfg(test)]
mod tests;
