//! The `Range` field: one range of bytes (RFC 9110, section 14).
//!
//! Several ranges in one request are answered with the whole, as the RFC allows.

/// What a `Range` field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// No range, or one that is to be ignored.
    Whole,
    /// At least one byte.
    Part { first: u64, length: u64 },
    /// Only bytes that are not there.
    Unsatisfiable,
}

/// Reads the value of a `Range` field for something of `total` bytes.
pub(super) fn parse(field: &str, total: u64) -> Range {
    let Some((unit, ranges)) = field.split_once('=') else { return Range::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
        return Range::Whole;
    }
    let Some((first, last)) = ranges.trim().split_once('-') else { return Range::Whole };
    match (number(first), number(last)) {
        (Ok(Some(first)), Ok(last)) => {
            let last = last.unwrap_or(u64::MAX);
            if last < first {
                Range::Whole
            } else if first >= total {
                Range::Unsatisfiable
            } else {
                Range::Part { first, length: last.min(total - 1) - first + 1 }
            }
        }
        (Ok(None), Ok(Some(suffix))) => match suffix.min(total) {
            0 => Range::Unsatisfiable,
            length => Range::Part { first: total - length, length },
        },
        _ => Range::Whole,
    }
}

/// Digits as a number, which may be beyond all files; `None` for no digits.
fn number(text: &str) -> Result<Option<u64>, ()> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    Ok(if text.is_empty() { None } else { Some(text.parse().unwrap_or(u64::MAX)) })
}
