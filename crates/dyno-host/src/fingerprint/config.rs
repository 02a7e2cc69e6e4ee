//! How the machine is set: compared and reported, but it does not make runs incomparable.

use super::{Facts, put};
use crate::files::{Files, leading_number};
use crate::limits;

const CPU: &str = "/sys/devices/system/cpu";

pub(super) fn facts(files: &Files) -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "kernel", kernel(files));
    put(&mut facts, "microcode", files.field("/proc/cpuinfo", "microcode"));
    put(&mut facts, "mitigations", mitigations(files));
    put(&mut facts, "governor", files.text(&format!("{CPU}/cpu0/cpufreq/scaling_governor")));
    put(&mut facts, "frequency_driver", files.text(&format!("{CPU}/cpu0/cpufreq/scaling_driver")));
    put(&mut facts, "frequency_max_khz", files.text(&format!("{CPU}/cpu0/cpufreq/cpuinfo_max_freq")));
    put(&mut facts, "turbo", turbo(files));
    put(&mut facts, "smt", smt(files));
    put(&mut facts, "transparent_huge_pages", huge_pages(files));
    put(&mut facts, "swap", swap(files));
    put(&mut facts, "aslr", files.text("/proc/sys/kernel/randomize_va_space"));
    put(&mut facts, "clocksource", clocksource(files));
    put(&mut facts, "isolated_cores", files.text(&format!("{CPU}/isolated")));
    put(&mut facts, "nohz_full_cores", files.text(&format!("{CPU}/nohz_full")));
    put(&mut facts, "timer_slack_ns", files.text("/proc/self/timerslack_ns"));
    let known = limits::read(files);
    put(&mut facts, "open_files_soft", known.open_files_soft.map(unlimited_or));
    put(&mut facts, "open_files_hard", known.open_files_hard.map(unlimited_or));
    put(&mut facts, "local_ports", known.ports.map(|(first, last)| format!("{first}-{last}")));
    put(&mut facts, "somaxconn", known.somaxconn);
    put(&mut facts, "tcp_congestion_control", files.text("/proc/sys/net/ipv4/tcp_congestion_control"));
    facts
}

/// Major and minor version; the rest of the release names the build of a distribution.
pub(crate) fn kernel(files: &Files) -> Option<String> {
    let release = files.text("/proc/sys/kernel/osrelease")?;
    let numbers: Vec<&str> = release.split('.').take(2).collect();
    Some(numbers.join("."))
}

fn mitigations(files: &Files) -> Option<&'static str> {
    let line = files.text("/proc/cmdline")?;
    Some(if line.split(' ').any(|word| word == "mitigations=off") { "off" } else { "default" })
}

/// `on` or `off`, from whichever driver tells.
pub(crate) fn turbo(files: &Files) -> Option<&'static str> {
    let no_turbo = files.number(&format!("{CPU}/intel_pstate/no_turbo")).map(|off| off == 0);
    let boost = || files.number(&format!("{CPU}/cpufreq/boost")).map(|on| on == 1);
    no_turbo.or_else(boost).map(|on| if on { "on" } else { "off" })
}

/// `on` or `off`.
pub(crate) fn smt(files: &Files) -> Option<&'static str> {
    files.number(&format!("{CPU}/smt/active")).map(|active| if active == 1 { "on" } else { "off" })
}

/// The chosen one of `always [madvise] never`.
pub(crate) fn huge_pages(files: &Files) -> Option<String> {
    let text = files.text("/sys/kernel/mm/transparent_hugepage/enabled")?;
    let (_, rest) = text.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

/// `on` or `off`.
fn swap(files: &Files) -> Option<&'static str> {
    let total = leading_number(&files.field("/proc/meminfo", "SwapTotal")?)?;
    Some(if total > 0 { "on" } else { "off" })
}

/// The clock that the kernel reads.
pub(crate) fn clocksource(files: &Files) -> Option<String> {
    files.text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
}

fn unlimited_or(limit: u64) -> String {
    if limit == u64::MAX { "unlimited".to_owned() } else { limit.to_string() }
}
