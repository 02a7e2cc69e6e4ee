//! The clock of the protocol, and what this process used.

use std::time::{Duration, Instant};

/// `CLOCK_MONOTONIC` in nanoseconds, which is what `Instant` reads, too.
pub(crate) fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local of the right type; the call writes nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The moment `at_ns` of [`now_ns`]; one that has passed is now.
pub(crate) fn instant_of(at_ns: u64) -> Instant {
    // Read next to each other: what lies between them is how late the run starts.
    let (now_ns, now) = (now_ns(), Instant::now());
    now + Duration::from_nanos(at_ns.saturating_sub(now_ns))
}

/// What the process used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) utime_ns: u64,
    pub(crate) stime_ns: u64,
    pub(crate) minor_faults: u64,
    pub(crate) voluntary: u64,
    pub(crate) involuntary: u64,
}

impl Usage {
    pub(crate) fn read() -> Self {
        let used = rusage();
        Self {
            utime_ns: nanoseconds(used.ru_utime),
            stime_ns: nanoseconds(used.ru_stime),
            minor_faults: used.ru_minflt as u64,
            voluntary: used.ru_nvcsw as u64,
            involuntary: used.ru_nivcsw as u64,
        }
    }

    /// What was used between `self` and `later`.
    pub(crate) fn until(&self, later: &Self) -> Self {
        Self {
            utime_ns: later.utime_ns.saturating_sub(self.utime_ns),
            stime_ns: later.stime_ns.saturating_sub(self.stime_ns),
            minor_faults: later.minor_faults.saturating_sub(self.minor_faults),
            voluntary: later.voluntary.saturating_sub(self.voluntary),
            involuntary: later.involuntary.saturating_sub(self.involuntary),
        }
    }
}

fn rusage() -> libc::rusage {
    // SAFETY: all zeros is a value of this plain structure, which the call then fills.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a local of the right type.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut used) };
    used
}

fn nanoseconds(time: libc::timeval) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000
}

/// The largest resident memory of this process, in bytes. From `/proc` where it is: `ru_maxrss` is inherited from the
/// process that started this one, which may be larger.
pub(crate) fn largest_resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status");
    status.ok().as_deref().and_then(high_water_bytes).unwrap_or_else(|| {
        let unit = if cfg!(target_vendor = "apple") { 1 } else { 1_024 };
        rusage().ru_maxrss as u64 * unit
    })
}

fn high_water_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}
