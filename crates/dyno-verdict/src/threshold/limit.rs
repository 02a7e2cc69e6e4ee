//! The right side of a threshold: a number with the unit that fits the metric.

use dyno_model::{Comparator, Limit, Metric, units};

use super::{ThresholdError, time_statistic};

/// What may follow `%` to mean the rate that was asked.
const OF_ASKED: &str = "of asked";

/// Reads the limit of `metric`.
pub(super) fn parse(
    text: &str,
    left: &str,
    metric: Metric,
    comparator: Comparator,
    limit: &str,
) -> Result<Limit, ThresholdError> {
    let written = Written { text, left, sign: comparator.sign(), limit };
    if limit.is_empty() {
        let problem = format!("threshold `{text}` has no limit");
        return Err(ThresholdError::new(problem, written.example(metric)));
    }
    match metric {
        Metric::Errors => written.share_or_count(),
        Metric::Rate => written.rate(),
        Metric::Requests => match number(limit) {
            Some(count) if count.fract() == 0.0 => Ok(Limit::Count(count)),
            _ => Err(written.wrong_unit(metric, "a count")),
        },
        _ => written.time(metric),
    }
}

/// The pieces of a threshold as written, for messages.
struct Written<'a> {
    text: &'a str,
    left: &'a str,
    sign: &'static str,
    limit: &'a str,
}

impl Written<'_> {
    fn time(&self, metric: Metric) -> Result<Limit, ThresholdError> {
        match units::parse_duration(self.limit) {
            Ok(duration) => Ok(Limit::TimeNs(duration.as_nanos() as f64)),
            Err(_) if number(self.limit).is_some() => {
                Err(self.no_unit(&self.corrected(&format!("{}ms", self.limit))))
            }
            Err(_) => Err(self.wrong_unit(metric, "a time")),
        }
    }

    fn share_or_count(&self) -> Result<Limit, ThresholdError> {
        if let Some(share) = self.limit.strip_suffix('%').and_then(|percent| share(percent.trim())) {
            return Ok(Limit::Share(share));
        }
        match number(self.limit) {
            Some(count) if count.fract() == 0.0 => Ok(Limit::Count(count)),
            Some(_) => Err(self.no_unit(&self.corrected(&format!("{}%", self.limit)))),
            None => Err(self.wrong_unit(Metric::Errors, "a share or a count")),
        }
    }

    fn rate(&self) -> Result<Limit, ThresholdError> {
        let of_asked = self.limit.strip_suffix(OF_ASKED).map_or(self.limit, str::trim_end);
        if let Some(percent) = of_asked.strip_suffix('%') {
            let Some(share) = share(percent.trim()) else {
                return Err(self.wrong_unit(Metric::Rate, "a rate or a share of the asked rate"));
            };
            if of_asked.len() == self.limit.len() {
                return Err(self.no_unit(&self.corrected(&format!("{} {OF_ASKED}", self.limit))));
            }
            return Ok(Limit::ShareOfAsked(share));
        }
        match units::parse_rate(self.limit) {
            Ok(rate) => Ok(Limit::RatePerS(rate)),
            Err(_) if number(self.limit) == Some(0.0) => Ok(Limit::RatePerS(0.0)),
            Err(_) if number(self.limit).is_some() => {
                Err(self.no_unit(&self.corrected(&format!("{}/s", self.limit))))
            }
            Err(_) => Err(self.wrong_unit(Metric::Rate, "a rate or a share of the asked rate")),
        }
    }

    fn no_unit(&self, better: &str) -> ThresholdError {
        ThresholdError::new(format!("threshold `{}` has no unit", self.text), format!("write `{better}`"))
    }

    fn wrong_unit(&self, metric: Metric, wanted: &str) -> ThresholdError {
        let problem = format!(
            "threshold `{}` compares `{}` with `{}`, which is not {wanted}",
            self.text, self.left, self.limit
        );
        ThresholdError::new(problem, self.example(metric))
    }

    fn example(&self, metric: Metric) -> String {
        let limit = match metric {
            Metric::Errors => "0.1%",
            Metric::Rate => "1000/s",
            Metric::Requests => "10000",
            _ if time_statistic(metric).is_some() => "20ms",
            _ => "0",
        };
        format!("write `{}`", self.corrected(limit))
    }

    fn corrected(&self, limit: &str) -> String {
        format!("{} {} {limit}", self.left, self.sign)
    }
}

/// A plain number, not negative: `10`, `0.5`, `10_000`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    let well_formed = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if well_formed { digits.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}

/// Percent as a share of 0 to 1, rounded once: `0.1` is exactly 0.001.
pub(crate) fn share(percent: &str) -> Option<f64> {
    number(percent)?;
    format!("{}e-2", percent.replace('_', "")).parse().ok()
}
