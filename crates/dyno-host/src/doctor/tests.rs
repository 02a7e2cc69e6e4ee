//! What the doctor says of machines that exist only in a directory, and that it gets through on this one.

use super::{CheckState, checks, gate, gate_checks, settings};
use crate::anchor::Anchor;
use crate::files::Files;

fn said(entries: &[(&str, &str)], cores: u32) -> String {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    for (path, text) in entries {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let checks = settings::checks(&files, cores).into_iter();
    // Open files are those of the process that runs the tests.
    let lines = checks.filter(|check| check.name != "open_files").map(|check| {
        format!("{:?} {}: {} -> {}", check.state, check.name, check.seen, check.advice)
            .replace("Good ", "Good    ")
    });
    lines.map(|line| line.trim_end_matches(" -> ").to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_noisy_machine_gets_advice() {
    insta::assert_snapshot!(said(
        &[
            ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/cpu.max", "50000 100000"),
            ("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"),
            ("/sys/devices/system/cpu/intel_pstate/no_turbo", "0"),
            ("/sys/devices/system/cpu/smt/active", "1"),
            ("/proc/loadavg", "3.20 1 1 1/1 1"),
            ("/proc/meminfo", "MemAvailable: 1000 kB\nSwapTotal: 5000 kB\nSwapFree: 1000 kB\n"),
            ("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never"),
            ("/sys/devices/system/clocksource/clocksource0/current_clocksource", "acpi_pm"),
            ("/proc/self/timerslack_ns", "5000000"),
            ("/proc/sys/net/ipv4/ip_local_port_range", "60000 60999"),
            ("/proc/sys/kernel/osrelease", "6.1.0"),
        ],
        1,
    ), @r##"
    Warning cores: 1 usable -> generator and target share the only core: measure a target on another machine, or give more cores
    Warning cpu_limit: 0.50 cores -> the control group stops the process for up to 100 ms once its share is used: raise or remove the limit (`cpu.max`, `--cpus`)
    Warning governor: powersave -> sudo cpupower frequency-set -g performance
    Warning turbo: on -> the clock depends on temperature and on other cores; for small differences switch it off: echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost
    Warning smt: on -> two logical cores share one real core: keep generator and target on different real cores (`taskset`), or echo off | sudo tee /sys/devices/system/cpu/smt/control
    Bad load: 3.20 over the last minute (usable cores: 1) -> something else is running: stop it or wait (see `top`)
    Bad free_memory: 1000 KiB -> stop something that holds memory
    Warning swap: 3.91 MiB in use -> pages may have to be read from disk: sudo swapoff -a && sudo swapon -a
    Warning huge_pages: always -> merging pages can pause processes: echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled
    Warning clocksource: acpi_pm -> reading this clock enters the kernel; if `tsc` is available: echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource
    Warning timer_slack: 5,000,000 ns -> start from a shell with the usual 50,000 ns
    Warning local_ports: 60000-60999 (1,000) -> sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"
    Good    kernel: 6.1
    "##);
}

#[test]
fn what_is_not_known_is_not_bad() {
    insta::assert_snapshot!(said(&[], 4), @r##"
    Good    cores: 4 usable
    Good    cpu_limit: none
    Good    governor: unknown
    Good    turbo: unknown
    Good    smt: unknown
    Good    load: unknown
    Good    free_memory: unknown
    Good    swap: unknown
    Good    huge_pages: unknown
    Good    clocksource: unknown
    Good    timer_slack: unknown
    Good    local_ports: unknown
    Good    kernel: unknown
    "##);
}

#[test]
fn this_machine_can_be_examined() {
    let checks = checks();
    let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), 18, "{names:?}");
    assert!(checks.iter().all(|check| !check.seen.is_empty()));
    assert!(checks.iter().all(|check| (check.state == CheckState::Good) == check.advice.is_empty()));
    serde_json::to_string(&checks).unwrap();
}

fn line(check: &super::MachineCheck) -> String {
    format!("{:?} {}: {} -> {}", check.state, check.name, check.seen, check.advice)
        .trim_end_matches(" -> ")
        .to_owned()
}

fn power(entries: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    for (path, text) in entries {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    line(&gate::power(&files))
}

#[test]
fn what_a_gate_needs_is_graded() {
    let anchors = |memory: &[u64]| {
        let of = |ns: &u64| Anchor { arithmetic_ns: 10_000_000, memory_ns: *ns };
        line(&gate::scatter(&memory.iter().map(of).collect::<Vec<_>>()))
    };
    let battery = ("/sys/class/power_supply/BAT0/type", "Battery");
    let governor = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    let lines = [
        line(&gate::cores_check(1)),
        line(&gate::cores_check(2)),
        line(&gate::cores_check(4)),
        line(&gate::stolen(0.001)),
        line(&gate::stolen(0.01)),
        line(&gate::stolen(0.05)),
        line(&gate::throttling(0.0)),
        line(&gate::throttling(0.01)),
        // One outlier of five does not count.
        anchors(&[100, 101, 100, 99, 500]),
        anchors(&[100, 105, 95, 103, 97]),
        anchors(&[100, 150, 80, 130, 60]),
        power(&[battery, ("/sys/class/power_supply/BAT0/status", "Discharging"), (governor, "performance")]),
        power(&[battery, ("/sys/class/power_supply/BAT0/status", "Full"), (governor, "powersave")]),
        power(&[(governor, "performance")]),
        power(&[]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn this_machine_can_be_examined_for_a_gate() {
    let checks = gate_checks();
    let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ["cores_for_both", "stolen_time", "throttling", "fixed_work", "power"]);
    assert!(checks.iter().all(|check| (check.state == CheckState::Good) == check.advice.is_empty()));
}
