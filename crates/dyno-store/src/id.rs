//! Ids of runs and of benchmarks.

use std::time::SystemTime;

/// A new id for a run that starts at `now`: a ULID, unique, and sorted by time.
#[must_use]
pub fn new_run_id(now: SystemTime) -> String {
    ulid::Ulid::from_datetime(now).to_string()
}

/// A new id for a benchmark, its configuration or result, made at `now`: a UUID of version 7, unique, and sorted by time.
#[must_use]
pub fn new_benchmark_id(now: SystemTime) -> String {
    let ulid = ulid::Ulid::from_datetime(now).0;
    // Both begin with 48 bits of milliseconds; a UUID says its version and variant in six of the other bits.
    let bits = ulid & !(0xF << 76) & !(0b11 << 62) | (7 << 76) | (0b10 << 62);
    let digits = format!("{bits:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}
