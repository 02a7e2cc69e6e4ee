//! What changes from minute to minute: context of a run, never compared.

use super::{Facts, put};
use crate::files::{Files, leading_number};
use crate::pressure;

pub(super) fn facts(files: &Files) -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "load_1m", load_average(files));
    put(&mut facts, "memory_available_kib", memory_available_kib(files));
    let uptime = files.text("/proc/uptime").and_then(|text| Some(text.split('.').next()?.to_owned()));
    put(&mut facts, "uptime_s", uptime);
    for resource in ["cpu", "memory", "io"] {
        let share = pressure::recent_share(files, resource).map(|share| format!("{share:.4}"));
        put(&mut facts, &format!("pressure_{resource}_10s"), share);
    }
    put(&mut facts, "temperature_millicelsius", files.number("/sys/class/thermal/thermal_zone0/temp"));
    put(&mut facts, "clock_mhz", files.field("/proc/cpuinfo", "cpu MHz"));
    facts
}

/// Runnable tasks over the last minute.
pub(crate) fn load_average(files: &Files) -> Option<String> {
    Some(files.text("/proc/loadavg")?.split(' ').next()?.to_owned())
}

/// Memory that can be had without swapping.
pub(crate) fn memory_available_kib(files: &Files) -> Option<u64> {
    leading_number(&files.field("/proc/meminfo", "MemAvailable")?)
}
