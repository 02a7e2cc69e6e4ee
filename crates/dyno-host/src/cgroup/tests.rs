//! Limits and throttling in both layouts, from trees written to a temporary directory.

use std::time::Duration;

use super::{cpu_limit, throttled, throttled_time};
use crate::files::Files;

fn tree(entries: &[(&str, &str)]) -> (tempfile::TempDir, Files) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    for (path, text) in entries {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    (directory, files)
}

fn check(entries: &[(&str, &str)], limit: Option<f64>, times: Option<u64>) {
    let (_keep, files) = tree(entries);
    assert_eq!((cpu_limit(&files, "/proc/self"), throttled(&files, "/proc/self")), (limit, times));
}

#[test]
fn version_2_takes_the_tightest_limit_on_the_way_up() {
    check(
        &[
            ("/proc/self/cgroup", "0::/team/run\n"),
            ("/sys/fs/cgroup/team/run/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/team/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/team/run/cpu.stat", "usage_usec 5\nnr_periods 10\nnr_throttled 3\n"),
        ],
        Some(1.5),
        Some(3),
    );
}

#[test]
fn version_1_has_a_tree_per_controller() {
    let stat =
        ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat", "nr_periods 10\nnr_throttled 7\nthrottled_time 1\n");
    check(
        &[
            ("/proc/self/cgroup", "9:memory:/job\n4:cpu,cpuacct:/job\n0::/\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1"),
            stat,
        ],
        Some(0.5),
        Some(7),
    );
}

#[test]
fn without_control_groups_nothing_is_known() {
    check(&[], None, None);
    check(&[("/proc/self/cgroup", "nonsense\n0::\n")], None, None);
}

#[test]
fn the_time_held_back_is_read_in_the_unit_of_each_version() {
    let time = |entries: &[(&str, &str)]| {
        let (_keep, files) = tree(entries);
        throttled_time(&files, "/proc/self")
    };
    let second = [
        ("/proc/self/cgroup", "0::/team/run\n"),
        ("/sys/fs/cgroup/team/run/cpu.stat", "nr_throttled 3\nthrottled_usec 70\n"),
        ("/sys/fs/cgroup/team/cpu.stat", "nr_throttled 3\nthrottled_usec 90\n"),
    ];
    assert_eq!(time(&second), Some(Duration::from_micros(90)));
    let first =
        [("/proc/self/cgroup", "4:cpu:/job\n"), ("/sys/fs/cgroup/cpu/job/cpu.stat", "throttled_time 5000\n")];
    assert_eq!(time(&first), Some(Duration::from_micros(5)));
    assert_eq!(time(&[("/proc/self/cgroup", "0::/\n")]), None);
}
