//! Reading query strings, percent-encoding and quantities with units.

use std::borrow::Cow;
use std::time::Duration;

/// The query of a request, looked through by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a>(pub(crate) Option<&'a str>);

impl<'a> Query<'a> {
    /// Every pair, decoded, in the order given.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        self.0.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
    }

    /// The first value called `name`.
    pub(crate) fn get(self, name: &str) -> Option<Cow<'a, str>> {
        self.pairs().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The number called `name`, or `default`; an error names what was wrong.
    pub(crate) fn number<N: std::str::FromStr>(self, name: &str, default: N) -> Result<N, String> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => {
                value.parse().map_err(|_| format!("`{name}={value}` is not a number of that kind"))
            }
        }
    }

    /// The duration called `name`, if given.
    pub(crate) fn duration(self, name: &str) -> Result<Option<Duration>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        parse_duration(&value)
            .map(Some)
            .ok_or_else(|| format!("`{name}={value}` is no duration, write `1s`, `250ms`, `100us`"))
    }
}

/// A duration such as `1.5s`, `10ms`, `250us`, `100ns`, `2m`; a bare number is seconds.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let seconds_per_unit = match unit {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" => 1e-6,
        "ns" => 1e-9,
        "m" => 60.0,
        _ => return None,
    };
    let count: f64 = digits.parse().ok()?;
    let nanoseconds = (count * seconds_per_unit * 1e9).round();
    (nanoseconds < 1e18).then(|| Duration::from_nanos(nanoseconds as u64))
}

/// Undoes percent-encoding and `+` of a query; what is not valid UTF-8 afterwards is replaced.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    unescaped(text, true)
}

/// Undoes percent-encoding of a path, where `+` is itself.
pub(crate) fn decoded_path(text: &str) -> Cow<'_, str> {
    unescaped(text, false)
}

fn unescaped(text: &str, plus_is_space: bool) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || (byte == b'+' && plus_is_space)) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|&byte| char::from(byte).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) if plus_is_space => plain.push(b' '),
            (byte, ..) => plain.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}
