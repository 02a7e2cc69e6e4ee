//! Dates of cookies, read as forgivingly as RFC 6265 section 5.1.1 asks.
//!
//! Not for the dates of other fields, which have one form only.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Seconds since 1970; `None` when the text is no date.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':' || !c.is_ascii());
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if let (None, Some(found)) = (time, parse_time(token)) {
            time = Some(found);
        } else if let (None, Some(found)) = (day, number(token, 1..=2)) {
            day = Some(found);
        } else if let (None, Some(found)) = (month, parse_month(token)) {
            month = Some(found);
        } else if let (None, Some(found)) = (year, number(token, 2..=4)) {
            year = Some(found);
        }
    }
    let (seconds, day, month, year) = (time?, day?, month?, year?);
    let year = match year {
        70..=99 => year + 1900,
        0..=69 => year + 2000,
        year => year,
    };
    if !(1..=31).contains(&day) || year < 1601 {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + seconds)
}

fn parse_time(token: &str) -> Option<i64> {
    let mut parts = token.split(':').map(|part| number(part, 1..=2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60)
        .then_some(hour * 3_600 + minute * 60 + second)
}

fn parse_month(token: &str) -> Option<i64> {
    let start = token.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|index| index as i64 + 1)
}

/// The digits that a token starts with, when there are as many as wanted.
fn number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let end = token.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(token.len());
    digits.contains(&end).then(|| token[..end].parse().ok())?
}

/// Days from 1970-01-01 in the Gregorian calendar, by Howard Hinnant's method.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
