//! Checks that only read a setting or a counter.

use dyno_model::units::{format_count, format_size};

use super::CheckState::{Bad, Good, Warning};
use super::MachineCheck;
use crate::cgroup;
use crate::files::{Files, leading_number};
use crate::fingerprint::{config, volatile};
use crate::limits::{self, Limits};

/// Enough for a thousand connections and the rest of the process.
const OPEN_FILES_ENOUGH: u64 = 4096;
/// With fewer local ports, short-lived connections use them up within a minute, which is how long a port rests.
const LOCAL_PORTS_ENOUGH: u64 = 20_000;
/// Below this, a run of many connections may make the system swap.
const FREE_MEMORY_ENOUGH_KIB: u64 = 256 * 1024;
/// Half of the cores busy with something else leaves none for either side on a small machine.
const LOAD_PER_CORE_MOST: f64 = 0.5;
/// Linux lets timers be this late, in nanoseconds, unless a process asks for less.
const TIMER_SLACK_USUAL_NS: u64 = 50_000;

pub(super) fn checks(files: &Files, cores: u32) -> Vec<MachineCheck> {
    let known = limits::read(files);
    vec![
        cores_check(cores),
        cpu_limit(files, cores),
        governor(files),
        turbo(files),
        smt(files),
        load(files, cores),
        free_memory(files),
        swap(files),
        huge_pages(files),
        clocksource(files),
        timer_slack(files),
        open_files(&known),
        local_ports(&known),
        kernel(files),
    ]
}

fn cores_check(cores: u32) -> MachineCheck {
    let state = if cores >= 2 { Good } else { Warning };
    let advice =
        "generator and target share the only core: measure a target on another machine, or give more cores";
    MachineCheck::of("cores", state, format!("{cores} usable"), advice)
}

fn cpu_limit(files: &Files, cores: u32) -> MachineCheck {
    match cgroup::cpu_limit(files, "/proc/self") {
        None => MachineCheck::good("cpu_limit", "none"),
        Some(limit) => {
            let state = if limit < f64::from(cores) { Warning } else { Good };
            let advice = "the control group stops the process for up to 100 ms once its share is used: raise or \
                          remove the limit (`cpu.max`, `--cpus`)";
            MachineCheck::of("cpu_limit", state, format!("{limit:.2} cores"), advice)
        }
    }
}

fn governor(files: &Files) -> MachineCheck {
    let Some(governor) = files.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") else {
        return MachineCheck::unknown("governor");
    };
    let state = if governor == "performance" { Good } else { Warning };
    MachineCheck::of("governor", state, governor, "sudo cpupower frequency-set -g performance")
}

fn turbo(files: &Files) -> MachineCheck {
    match config::turbo(files) {
        None => MachineCheck::unknown("turbo"),
        Some(turbo) => {
            let state = if turbo == "on" { Warning } else { Good };
            let advice = "the clock depends on temperature and on other cores; for small differences switch it off: \
                          echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 | sudo tee \
                          /sys/devices/system/cpu/cpufreq/boost";
            MachineCheck::of("turbo", state, turbo, advice)
        }
    }
}

fn smt(files: &Files) -> MachineCheck {
    match config::smt(files) {
        None => MachineCheck::unknown("smt"),
        Some(smt) => {
            let state = if smt == "on" { Warning } else { Good };
            let advice = "two logical cores share one real core: keep generator and target on different real cores \
                          (`taskset`), or echo off | sudo tee /sys/devices/system/cpu/smt/control";
            MachineCheck::of("smt", state, smt, advice)
        }
    }
}

fn load(files: &Files, cores: u32) -> MachineCheck {
    let load = volatile::load_average(files).and_then(|text| text.parse::<f64>().ok());
    let Some(load) = load else { return MachineCheck::unknown("load") };
    let most = f64::from(cores) * LOAD_PER_CORE_MOST;
    let state = match load {
        load if load <= most => Good,
        load if load <= 2.0 * most => Warning,
        _ => Bad,
    };
    let seen = format!("{load:.2} over the last minute (usable cores: {cores})");
    MachineCheck::of("load", state, seen, "something else is running: stop it or wait (see `top`)")
}

fn free_memory(files: &Files) -> MachineCheck {
    let Some(kib) = volatile::memory_available_kib(files) else {
        return MachineCheck::unknown("free_memory");
    };
    let state = if kib >= FREE_MEMORY_ENOUGH_KIB { Good } else { Bad };
    MachineCheck::of("free_memory", state, format_size(kib * 1024), "stop something that holds memory")
}

fn swap(files: &Files) -> MachineCheck {
    let kib = |key: &str| leading_number(&files.field("/proc/meminfo", key)?);
    let (Some(total), Some(free)) = (kib("SwapTotal"), kib("SwapFree")) else {
        return MachineCheck::unknown("swap");
    };
    let used = total.saturating_sub(free);
    let state = if used == 0 { Good } else { Warning };
    let seen = if total == 0 { "none".to_owned() } else { format!("{} in use", format_size(used * 1024)) };
    MachineCheck::of(
        "swap",
        state,
        seen,
        "pages may have to be read from disk: sudo swapoff -a && sudo swapon -a",
    )
}

fn huge_pages(files: &Files) -> MachineCheck {
    let Some(pages) = config::huge_pages(files) else { return MachineCheck::unknown("huge_pages") };
    let state = if pages == "always" { Warning } else { Good };
    let advice = "merging pages can pause processes: echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled";
    MachineCheck::of("huge_pages", state, pages, advice)
}

fn clocksource(files: &Files) -> MachineCheck {
    let Some(source) = config::clocksource(files) else { return MachineCheck::unknown("clocksource") };
    let is_fast =
        ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"].contains(&source.as_str());
    let state = if is_fast { Good } else { Warning };
    let advice = "reading this clock enters the kernel; if `tsc` is available: echo tsc | sudo tee \
                  /sys/devices/system/clocksource/clocksource0/current_clocksource";
    MachineCheck::of("clocksource", state, source, advice)
}

fn timer_slack(files: &Files) -> MachineCheck {
    let Some(slack) = files.number("/proc/self/timerslack_ns") else {
        return MachineCheck::unknown("timer_slack");
    };
    let state = if slack <= TIMER_SLACK_USUAL_NS { Good } else { Warning };
    let seen = format!("{} ns", format_count(slack));
    MachineCheck::of("timer_slack", state, seen, "start from a shell with the usual 50,000 ns")
}

fn open_files(known: &Limits) -> MachineCheck {
    let (Some(soft), Some(hard)) = (known.open_files_soft, known.open_files_hard) else {
        return MachineCheck::unknown("open_files");
    };
    // The soft limit is raised to the hard one when a run needs it.
    let state = if hard >= OPEN_FILES_ENOUGH { Good } else { Warning };
    let shown = |limit: u64| if limit == u64::MAX { "unlimited".to_owned() } else { format_count(limit) };
    let seen = format!("{}, at most {}", shown(soft), shown(hard));
    MachineCheck::of("open_files", state, seen, "sudo prlimit --pid $$ --nofile=65536:65536")
}

fn local_ports(known: &Limits) -> MachineCheck {
    let Some((first, last)) = known.ports else { return MachineCheck::unknown("local_ports") };
    let count = (last + 1).saturating_sub(first);
    let state = if count >= LOCAL_PORTS_ENOUGH { Good } else { Warning };
    let seen = format!("{first}-{last} ({})", format_count(count));
    let advice = "sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"";
    MachineCheck::of("local_ports", state, seen, advice)
}

fn kernel(files: &Files) -> MachineCheck {
    config::kernel(files)
        .map_or_else(|| MachineCheck::unknown("kernel"), |seen| MachineCheck::good("kernel", seen))
}
