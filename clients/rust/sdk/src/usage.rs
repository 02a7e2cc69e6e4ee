//! The clock, and what the process used: CPU, memory, page faults, context switches, allocations.

use serde_json::{Map, Value};

/// `CLOCK_MONOTONIC`, ns.
pub(crate) fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local of the right type; the call writes nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The usage so far, threads of libraries included.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    utime_ns: u64,
    stime_ns: u64,
    minor_faults: u64,
    voluntary: u64,
    involuntary: u64,
    allocations: Option<u64>,
}

impl Usage {
    pub(crate) fn read() -> Self {
        // SAFETY: all zeros is a value of this plain structure, which the call then fills.
        let mut used: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is to a local of the right type.
        unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut used) };
        Self {
            utime_ns: nanoseconds(used.ru_utime),
            stime_ns: nanoseconds(used.ru_stime),
            minor_faults: used.ru_minflt as u64,
            voluntary: used.ru_nvcsw as u64,
            involuntary: used.ru_nivcsw as u64,
            allocations: allocations(),
        }
    }

    /// The fields of `done` and `window` for what was used since `self`; the memory is that of the whole process.
    pub(crate) fn since(&self) -> Map<String, Value> {
        let now = Self::read();
        let mut fields = Map::new();
        let mut put = |name: &str, value: u64| fields.insert(name.to_owned(), value.into());
        put("utime", now.utime_ns.saturating_sub(self.utime_ns));
        put("stime", now.stime_ns.saturating_sub(self.stime_ns));
        put("maxrss", largest_resident_bytes());
        put("minflt", now.minor_faults.saturating_sub(self.minor_faults));
        put("nvcsw", now.voluntary.saturating_sub(self.voluntary));
        put("nivcsw", now.involuntary.saturating_sub(self.involuntary));
        if let (Some(now), Some(before)) = (now.allocations, self.allocations) {
            put("alloc", now.saturating_sub(before));
        }
        fields
    }
}

fn nanoseconds(time: libc::timeval) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000
}

#[cfg(feature = "alloc")]
fn allocations() -> Option<u64> {
    Some(crate::allocations::count())
}

#[cfg(not(feature = "alloc"))]
fn allocations() -> Option<u64> {
    None
}

/// From `/proc` where it is: `ru_maxrss` is inherited from the process that started this one, which may be larger.
fn largest_resident_bytes() -> u64 {
    std::fs::read_to_string("/proc/self/status").ok().as_deref().and_then(high_water).unwrap_or_else(|| {
        // SAFETY: as in `Usage::read`.
        let mut used: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: as in `Usage::read`.
        unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut used) };
        used.ru_maxrss as u64 * if cfg!(target_vendor = "apple") { 1 } else { 1024 }
    })
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
