//! Readers of flag values that need more than a type: units, rates, warm-ups, secrets from elsewhere.

use std::time::Duration;

use dyno_model::{Arrivals, Evidence, Warmup, units};
use dyno_plan::Overrides;

/// `10s`, `250ms`, `1m30s`.
pub fn duration(text: &str) -> Result<Duration, String> {
    units::parse_duration(text).map_err(|error| error.to_string())
}

/// `64KiB`, `1MB`.
pub fn size(text: &str) -> Result<u64, String> {
    units::parse_size(text).map_err(|error| error.to_string())
}

/// A method of HTTP, in upper case.
pub fn method(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        return Err(format!("`{text}` is not a method; write `GET`, `POST` or `STREAM`"));
    }
    Ok(text.to_ascii_uppercase())
}

/// Clients hold bodies in memory, so this is the largest one that they are asked for: 1 GiB.
const BODY_BYTES_MOST: u64 = 1 << 30;

/// `0`, `1k`, `64k`, `1M`, where `k` is 1,024 bytes, and everything that [`size`] reads; at most 1 GiB.
pub fn body_size(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    let bytes = match trimmed.strip_suffix(['k', 'K', 'M']) {
        Some(number) => {
            let factor = if trimmed.ends_with('M') { 1 << 20 } else { 1 << 10 };
            number.parse().ok().and_then(|count: u64| count.checked_mul(factor)).ok_or_else(|| {
                format!("`{text}` is not a size; write `64k` for 65,536 bytes, or `64kB` for 64,000")
            })?
        }
        None => size(text)?,
    };
    if bytes > BODY_BYTES_MOST {
        return Err(format!(
            "`{text}` is more than clients are asked to hold in memory; the largest is `1GiB`"
        ));
    }
    Ok(bytes)
}

/// `2000/s`, `90/m`; a bare number is per second, as in the tools that people come from.
pub fn rate(text: &str) -> Result<f64, String> {
    let is_bare = text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_') && !text.is_empty();
    let with_unit = if is_bare { format!("{text}/s") } else { text.to_owned() };
    units::parse_rate(&with_unit).map_err(|error| error.to_string())
}

/// `auto`, `5s`, `1000req`, `0`.
pub fn warmup(text: &str) -> Result<Warmup, String> {
    if let Some(count) = text.strip_suffix("req") {
        let count =
            count.trim().replace('_', "").parse().map_err(|_| {
                format!("`{text}` is not a number of requests; write `1000req`, `5s` or `auto`")
            })?;
        return Ok(if count == 0 { Warmup::None } else { Warmup::Count(count) });
    }
    // The same reader as for the environment, so that both always mean the same.
    let lookup = |name: &str| (name == "DYNO_WARMUP").then(|| text.to_owned());
    match Overrides::from_environment(lookup) {
        Ok(overrides) => {
            overrides.warmup.ok_or_else(|| "the warm-up is empty; write `5s` or `auto`".to_owned())
        }
        Err(errors) => {
            let problem = &errors.problems()[0];
            let message = problem.message.trim_start_matches("`DYNO_WARMUP`: ");
            Err(format!("{message}; write `5s`, `1000req` or `auto`"))
        }
    }
}

/// `even` or `poisson`.
pub fn arrivals(text: &str) -> Result<Arrivals, String> {
    match text {
        "even" => Ok(Arrivals::Even),
        "poisson" => Ok(Arrivals::Poisson),
        _ => Err("write `even` or `poisson`".to_owned()),
    }
}

/// `10`, `10%` or `2.5 %`: a share, 0 to 1 for 100 %.
pub fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    match number.parse::<f64>() {
        Ok(percent) if percent.is_finite() && percent >= 0.0 => Ok(percent / 100.0),
        _ => Err(format!("`{text}` is not a percentage; write `10` or `2.5%`")),
    }
}

/// `E0` to `E4`.
pub fn evidence(text: &str) -> Result<Evidence, String> {
    match text.to_ascii_uppercase().as_str() {
        "E0" => Ok(Evidence::E0),
        "E1" => Ok(Evidence::E1),
        "E2" => Ok(Evidence::E2),
        "E3" => Ok(Evidence::E3),
        "E4" => Ok(Evidence::E4),
        _ => Err("write `E0`, `E1`, `E2`, `E3` or `E4`".to_owned()),
    }
}

/// A secret that may stand elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText {
    /// The value itself.
    pub value: String,
    /// Whether it stood on the command line for everybody to see.
    pub is_literal: bool,
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// `env:NAME`, `@FILE` or the value itself.
pub fn secret(text: &str) -> Result<SecretText, String> {
    if let Some(name) = text.strip_prefix("env:") {
        let value =
            std::env::var(name).map_err(|_| format!("the variable `{name}` is not set or not text"))?;
        return Ok(SecretText { value, is_literal: false });
    }
    if let Some(path) = text.strip_prefix('@') {
        let value = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the file `{path}`: {error}"))?;
        return Ok(SecretText { value: value.trim_end_matches(['\r', '\n']).to_owned(), is_literal: false });
    }
    Ok(SecretText { value: text.to_owned(), is_literal: true })
}

/// `Name: value`, or `@FILE` with one such line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFields {
    /// The fields, one text each.
    pub fields: Vec<SecretText>,
}

/// Reads a `-H` value.
pub fn header(text: &str) -> Result<HeaderFields, String> {
    let secret = secret(text)?;
    let is_literal = secret.is_literal;
    let lines = secret.value.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let field = |line: &str| SecretText { value: line.to_owned(), is_literal };
    Ok(HeaderFields { fields: if is_literal { vec![field(text)] } else { lines.map(field).collect() } })
}

#[cfg(test)]
mod tests;
