//! The text of an injection: `busy=5us,tail=1%:5ms`.

use std::time::Duration;

use super::{Injection, Pause, SlowFirst, Tail};
use crate::query::parse_duration;

/// Most memory that a target may be told to hold, or to allocate for one request.
const BYTES_MAX: u64 = 1 << 30;
/// Longest time that one request may be slowed.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Why a text is no injection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is no slowness that can be put into the target; {hint}")]
pub struct InjectionError {
    /// The part that was not understood.
    pub part: String,
    /// What to write.
    pub hint: &'static str,
}

/// What each name takes.
const HINTS: [(&str, &str); 8] = [
    ("busy", "write `busy=5us`, at most 10s"),
    ("tail", "write `tail=1%:5ms`, a share and a delay of at most 10s"),
    ("lock", "write `lock=10us`, at most 10s"),
    ("errors", "write `errors=0.5%`"),
    ("alloc", "write `alloc=64KiB`, at most 1GiB"),
    ("held", "write `held=20MiB`, at most 1GiB"),
    ("pause", "write `pause=1s:20ms`, a period and a shorter pause"),
    ("slow-first", "write `slow-first=1000:5ms`, a number of requests and a delay of at most 10s"),
];

pub(super) fn parse(text: &str) -> Result<Injection, InjectionError> {
    let mut injection = Injection::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if read(&mut injection, name.trim(), value.trim()).is_none() {
            let known = HINTS.iter().find(|(known, _)| *known == name.trim());
            let hint = known
                .map_or("it knows busy, tail, lock, errors, alloc, held, pause and slow-first", |known| {
                    known.1
                });
            return Err(InjectionError { part: part.to_owned(), hint });
        }
    }
    Ok(injection)
}

fn read(injection: &mut Injection, name: &str, value: &str) -> Option<()> {
    match name {
        "busy" => injection.busy = time(value)?,
        "lock" => injection.lock = time(value)?,
        "errors" => injection.errors = share(value)?,
        "alloc" => injection.alloc_bytes = size(value)?,
        "held" => injection.held_bytes = size(value)?,
        "tail" => {
            let (part, delay) = value.split_once(':')?;
            injection.tail = Some(Tail { share: share(part)?, delay: time(delay)? });
        }
        "pause" => {
            let (every, length) = value.split_once(':')?;
            let (every, length) = (parse_duration(every)?, time(length)?);
            injection.pause = (length < every).then_some(Pause { every, length });
            injection.pause?;
        }
        "slow-first" => {
            let (requests, delay) = value.split_once(':')?;
            injection.slow_first = Some(SlowFirst { requests: requests.parse().ok()?, delay: time(delay)? });
        }
        _ => return None,
    }
    Some(())
}

/// A duration with its unit.
fn time(text: &str) -> Option<Duration> {
    let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
    parse_duration(text).filter(|time| has_unit && *time <= TIME_MAX)
}

fn share(text: &str) -> Option<f64> {
    let percent: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

fn size(text: &str) -> Option<u64> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit())?;
    let factor = match &text[digits_end..] {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    let bytes: u64 = text[..digits_end].parse::<u64>().ok()?.checked_mul(factor)?;
    (bytes <= BYTES_MAX).then_some(bytes)
}

pub(super) fn write(injection: &Injection) -> String {
    let time = |time: Duration| in_units(time.as_nanos(), &TIMES);
    let bytes = |bytes: u64| in_units(bytes.into(), &SIZES);
    let mut parts = Vec::new();
    let mut put = |name: &str, value: String, is_set: bool| {
        if is_set {
            parts.push(format!("{name}={value}"));
        }
    };
    put("busy", time(injection.busy), !injection.busy.is_zero());
    if let Some(tail) = injection.tail {
        put("tail", format!("{}%:{}", tail.share * 100.0, time(tail.delay)), true);
    }
    put("lock", time(injection.lock), !injection.lock.is_zero());
    put("errors", format!("{}%", injection.errors * 100.0), injection.errors > 0.0);
    put("alloc", bytes(injection.alloc_bytes), injection.alloc_bytes > 0);
    put("held", bytes(injection.held_bytes), injection.held_bytes > 0);
    if let Some(pause) = injection.pause {
        put("pause", format!("{}:{}", time(pause.every), time(pause.length)), true);
    }
    if let Some(slow) = injection.slow_first {
        put("slow-first", format!("{}:{}", slow.requests, time(slow.delay)), true);
    }
    parts.join(",")
}

/// Units of times in nanoseconds, the largest first.
const TIMES: [(u128, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
/// Units of sizes in bytes.
const SIZES: [(u128, &str); 3] = [(1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];

/// A number in the largest unit that it is a whole number of.
fn in_units(value: u128, units: &[(u128, &str)]) -> String {
    let unit = units.iter().find(|(size, _)| value > 0 && value.is_multiple_of(*size)).or(units.last());
    unit.map_or_else(String::new, |(size, name)| format!("{}{name}", value / size))
}
