//! Durations, rates and sizes as people write and read them: `10s`, `2000/s`, `64KiB`.
//!
//! A number without its unit is an error that says what to write.

use std::time::Duration;

/// Why a text is not a quantity. `Display` says what was wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What was wrong.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.problem, self.hint)
    }
}

impl std::error::Error for UnitError {}

fn error(problem: impl Into<String>, hint: impl Into<String>) -> UnitError {
    UnitError { problem: problem.into(), hint: hint.into() }
}

/// The longest duration that a plan may name: 366 days.
const LONGEST_S: f64 = 366.0 * 86_400.0;

/// Splits `12.5ms` into 12.5 and `ms`.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let number = text[..end].replace('_', "").parse().ok()?;
    Some((number, text[end..].trim()))
}

/// Reads `10s`, `1m30s`, `250ms`, `5us`, `100ns`, `2h`, `1d`; `0` alone needs no unit.
///
/// # Errors
/// When the number or the unit is missing or unknown, or the time is above 366 days.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(Duration::ZERO);
    }
    let unreadable = || error(format!("`{text}` is not a duration"), "write `10s`, `250ms`, `1m30s` or `2h`");
    let mut rest = trimmed;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (number, tail) = split(rest).ok_or_else(unreadable)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let unit = tail[..unit_end].trim();
        if unit.is_empty() {
            let hint = format!("write `{trimmed}s` for seconds or `{trimmed}ms` for milliseconds");
            return Err(error(format!("`{text}` has no unit"), hint));
        }
        seconds += number * seconds_of(unit).ok_or_else(unreadable)?;
        rest = &tail[unit_end..];
    }
    if trimmed.is_empty() {
        return Err(unreadable());
    }
    if seconds > LONGEST_S {
        return Err(error(format!("`{text}` is longer than a year"), "write a shorter duration"));
    }
    Ok(Duration::from_nanos((seconds * 1e9).round() as u64))
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// Reads `2000/s`, `90/m`, `1.5k/s`, `5/h` as arrivals per second.
///
/// # Errors
/// When the number or the `/s` is missing, or the rate is not a finite number of at most 100 million.
pub fn parse_rate(text: &str) -> Result<f64, UnitError> {
    let trimmed = text.trim();
    let Some((amount, per)) = trimmed.split_once('/') else {
        let hint = format!("write `{trimmed}/s`");
        return Err(error(format!("rate `{text}` has no unit"), hint));
    };
    let unreadable = || error(format!("`{text}` is not a rate"), "write `2000/s`, `1.5k/s` or `90/m`");
    let (number, factor) = split(amount).ok_or_else(unreadable)?;
    let factor = match factor {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        _ => return Err(unreadable()),
    };
    let seconds = match per.trim() {
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err(unreadable()),
    };
    let rate = number * factor / seconds;
    if rate > 1e8 {
        return Err(error(format!("rate `{text}` is above 100 million per second"), "write a lower rate"));
    }
    Ok(rate)
}

/// Reads `64KiB`, `1MiB`, `10kB`, `512B` as bytes; `0` alone needs no unit.
///
/// # Errors
/// When the number or the unit is missing or unknown.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(0);
    }
    let unreadable = || error(format!("`{text}` is not a size"), "write `512B`, `64KiB` or `1MiB`");
    let (number, unit) = split(trimmed).ok_or_else(unreadable)?;
    let factor = match unit {
        "" => {
            let hint = format!("write `{trimmed}B` for bytes or `{trimmed}KiB`");
            return Err(error(format!("size `{text}` has no unit"), hint));
        }
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        "GiB" => 1_073_741_824.0,
        _ => return Err(unreadable()),
    };
    Ok((number * factor).round() as u64)
}

/// Three significant digits without trailing noise: `1.23`, `12.3`, `123`.
fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// A time for people, with three significant digits: `870 ns`, `12.3 µs`, `1.05 ms`, `2.50 s`, `3 m 20 s`.
#[must_use]
pub fn format_ns(ns: u64) -> String {
    let value = ns as f64;
    match ns {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{ns} ns"),
        1_000..999_500 => format!("{} µs", three_digits(value / 1e3)),
        999_500..999_500_000 => format!("{} ms", three_digits(value / 1e6)),
        999_500_000..120_000_000_000 => format!("{} s", three_digits(value / 1e9)),
        _ => {
            let seconds = (value / 1e9).round() as u64;
            match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
                (0, m, s) => format!("{m} m {s} s"),
                (h, m, _) => format!("{h} h {m} m"),
            }
        }
    }
}

/// A duration for people, as [`format_ns`].
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    format_ns(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// A duration that [`parse_duration`] reads back exactly: the largest unit that leaves no fraction.
#[must_use]
pub fn write_duration(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let units =
        [(86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s")];
    let small = [(1_000_000, "ms"), (1_000, "us"), (1, "ns")];
    if ns == 0 {
        return "0s".to_owned();
    }
    let (unit_ns, unit) = units
        .into_iter()
        .chain(small)
        .find(|(unit_ns, _)| ns.is_multiple_of(*unit_ns))
        .expect("invariant: every number is a multiple of one");
    format!("{}{unit}", ns / unit_ns)
}

/// A count with thousands separated by a thin comma: `1,234,567`.
#[must_use]
pub fn format_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate for people: `12,345/s`, `87.2/s`, `0.50/s`.
#[must_use]
pub fn format_rate(rate_per_s: f64) -> String {
    if rate_per_s >= 1000.0 {
        format!("{}/s", format_count(rate_per_s.round() as u64))
    } else {
        format!("{}/s", three_digits(rate_per_s))
    }
}

/// A size for people: `870 B`, `1.21 KiB`, `14.3 MiB`.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", three_digits(value / 1024.0)),
        1_048_576..1_073_741_824 => format!("{} MiB", three_digits(value / 1_048_576.0)),
        _ => format!("{} GiB", three_digits(value / 1_073_741_824.0)),
    }
}

/// A share of 0 to 1 in percent: `0.12 %`, `99.9 %`.
#[must_use]
pub fn format_share(share: f64) -> String {
    format!("{} %", three_digits(share * 100.0))
}

#[cfg(test)]
mod tests;
