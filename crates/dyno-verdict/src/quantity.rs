//! Amounts with the unit that fits a metric: `25ms`, `1000/s`, `0.05pp`, `4MiB`; and tolerances made of them.
//!
//! Called for the user's rules and for overrides. Thresholds have a grammar of their own, because theirs knows
//! shares of the asked rate.

use dyno_model::{Unit, units};

use crate::threshold::{number, share};
use crate::tolerance::{Combine, Tolerance};

/// Why a text is not an amount: what is wrong with it, and what fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuantityError {
    pub(crate) problem: String,
    pub(crate) hint: String,
}

/// What follows `~` in an override and the sign in a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ToleranceText {
    /// As tight as this machine's noise allows.
    Auto,
    /// Parts that were written; a part that was not is `None`.
    Parts { relative: Option<f64>, absolute: Option<f64> },
}

impl ToleranceText {
    /// The parts as a whole tolerance, in which a part that was not written counts nothing.
    pub(crate) fn alone(self) -> Option<Tolerance> {
        match self {
            Self::Auto => None,
            Self::Parts { relative, absolute } => Some(Tolerance {
                relative: relative.unwrap_or(0.0),
                absolute: absolute.unwrap_or(0.0),
                combine: Combine::Larger,
            }),
        }
    }
}

/// Reads an amount in the unit of a metric. For shares both `0.2%` and `0.2pp` are 0.002.
pub(crate) fn quantity(text: &str, unit: Unit) -> Result<f64, QuantityError> {
    let text = text.trim();
    let value = match unit {
        Unit::Ns => units::parse_duration(text).ok().map(|time| time.as_nanos() as f64),
        Unit::PerS => units::parse_rate(text).ok(),
        Unit::Share => text.strip_suffix("pp").or(text.strip_suffix('%')).and_then(|text| share(text.trim())),
        Unit::Bytes => units::parse_size(text).ok().map(|bytes| bytes as f64),
        Unit::Count => number(text),
    };
    value.filter(|value| value.is_finite()).ok_or_else(|| wrong(text, unit))
}

fn wrong(text: &str, unit: Unit) -> QuantityError {
    let (what, bare) = match unit {
        Unit::Ns => ("a time such as `5ms`", "ms"),
        Unit::PerS => ("a rate such as `1000/s`", "/s"),
        Unit::Share => ("a share such as `0.1pp`", "pp"),
        Unit::Bytes => ("a size such as `4MiB`", "MiB"),
        Unit::Count => ("a count such as `100`", ""),
    };
    match number(text) {
        Some(_) if unit != Unit::Count => QuantityError {
            problem: format!("`{text}` has no unit"),
            hint: format!("write `{text}{bare}`, or `{text}%`"),
        },
        _ => QuantityError { problem: format!("`{text}` is not {what}"), hint: format!("write {what}") },
    }
}

/// Reads `10%`, `5ms`, `10%,50us` or `auto`; the larger part counts when there are two.
///
/// For shares (errors) the amount needs its `pp`: `10%` is a tenth more errors, `0.1pp` one more in a thousand attempts.
pub(crate) fn tolerance(text: &str, unit: Unit) -> Result<ToleranceText, QuantityError> {
    if text.trim() == "auto" {
        return Ok(ToleranceText::Auto);
    }
    let (mut relative, mut absolute) = (None, None);
    for part in text.split(',').map(str::trim) {
        let (slot, value) = match part.strip_suffix('%') {
            Some(percent) => (&mut relative, share(percent.trim()).ok_or_else(|| wrong_percent(part))?),
            None => (&mut absolute, quantity(part, unit)?),
        };
        if slot.replace(value).is_some() {
            let problem = format!("`{text}` says twice how much is tolerated");
            let hint = "write at most one percentage and one amount, such as `10%,50us`".to_owned();
            return Err(QuantityError { problem, hint });
        }
    }
    Ok(ToleranceText::Parts { relative, absolute })
}

fn wrong_percent(part: &str) -> QuantityError {
    QuantityError {
        problem: format!("`{part}` is not a percentage"),
        hint: "write one such as `10%`".to_owned(),
    }
}

/// An amount for people, in the unit of a metric.
pub(crate) fn words(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ns => units::format_ns(value.max(0.0).round() as u64),
        Unit::PerS => units::format_rate(value),
        Unit::Share => units::format_share(value),
        Unit::Bytes => units::format_size(value.max(0.0).round() as u64),
        Unit::Count => units::format_count(value.max(0.0).round() as u64),
    }
}

/// A tolerance for people: `10 % or 50.0 µs`, `0.10 pp`, `none`.
pub(crate) fn tolerance_words(tolerance: &Tolerance, unit: Unit) -> String {
    let relative = (tolerance.relative > 0.0).then(|| percent_words(tolerance.relative));
    let absolute = (tolerance.absolute > 0.0).then(|| match unit {
        Unit::Share => format!("{} pp", trimmed(tolerance.absolute * 100.0)),
        _ => words(tolerance.absolute, unit),
    });
    let between = match tolerance.combine {
        Combine::Larger => "or",
        Combine::Smaller => "but at most",
        Combine::Sum => "plus",
    };
    match (relative, absolute) {
        (Some(relative), Some(absolute)) => format!("{relative} {between} {absolute}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "none".to_owned(),
    }
}

/// `10 %`, `0.5 %`.
pub(crate) fn percent_words(share: f64) -> String {
    format!("{} %", trimmed(share * 100.0))
}

/// At most three decimals and no zeros at the end.
pub(crate) fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
