//! The `Date` field: seconds since 1970 to IMF-fixdate text, as a pure function.
//!
//! Not a clock and not a cache; the server keeps one formatted value per thread and refreshes it.

/// Length of an IMF-fixdate in bytes; always the same.
pub const IMF_FIXDATE_BYTES: usize = 29;

const WEEKDAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Last second that four year digits can hold: 31 December 9999, 23:59:59.
const LAST_SECOND: u64 = 253_402_300_799;

/// Formats `unix_s` (seconds since 1970-01-01T00:00:00Z) such as `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// Times after the year 9999 are shown as its last second.
#[must_use]
pub fn imf_fixdate(unix_s: u64) -> [u8; IMF_FIXDATE_BYTES] {
    let unix_s = unix_s.min(LAST_SECOND);
    let days = unix_s / 86_400;
    let second_of_day = unix_s % 86_400;
    let (year, month, day) = civil_from_days(days);

    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    text[..3].copy_from_slice(WEEKDAYS[(days % 7) as usize]);
    put_two_digits(&mut text[5..7], day);
    text[8..11].copy_from_slice(MONTHS[(month - 1) as usize]);
    put_two_digits(&mut text[12..14], year / 100);
    put_two_digits(&mut text[14..16], year % 100);
    put_two_digits(&mut text[17..19], second_of_day / 3_600);
    put_two_digits(&mut text[20..22], second_of_day / 60 % 60);
    put_two_digits(&mut text[23..25], second_of_day % 60);
    text
}

/// Year, month (1..=12) and day (1..=31) of the proleptic Gregorian calendar, from days since 1970.
///
/// Counts in eras of 400 years that start on 1 March, so that the leap day comes last in its year.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

fn put_two_digits(place: &mut [u8], value: u64) {
    place[0] = b'0' + (value / 10 % 10) as u8;
    place[1] = b'0' + (value % 10) as u8;
}
