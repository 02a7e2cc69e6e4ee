//! Thresholds against a record: what was measured, what was allowed, and by how much it missed.
//!
//! Looks only at objectives; whether the measurement itself can be trusted is `validity`. Called by the
//! binary at the end of a run and when a stored record is judged again.

use dyno_model::units::{format_count, format_ns, format_rate, format_share};
use dyno_model::{
    CheckRecord, Headline, Limit, Metric, RunRecord, Statistic, Threshold, Times, Totals, VerdictRecord,
    VerdictState,
};

use crate::threshold::{metric_name, nearest_operation, time_statistic};

/// Judges a record. An objective without samples never holds, and without objectives there is no verdict.
#[must_use]
pub fn judge(record: &RunRecord, thresholds: &[Threshold]) -> VerdictRecord {
    let checks: Vec<CheckRecord> = thresholds.iter().map(|threshold| check(record, threshold)).collect();
    let state = match checks.as_slice() {
        [] => VerdictState::None,
        checks if checks.iter().all(|check| check.ok) => VerdictState::Pass,
        _ => VerdictState::Fail,
    };
    VerdictRecord { state, checks }
}

/// The counts and times that a threshold looks at.
struct Evidence<'a> {
    totals: &'a Totals,
    times: &'a Times,
    connect: Option<&'a Headline>,
    asked_rate_per_s: Option<f64>,
}

fn check(record: &RunRecord, threshold: &Threshold) -> CheckRecord {
    let Some(operation) = &threshold.operation else {
        let evidence = Evidence {
            totals: &record.totals,
            times: &record.times,
            connect: record.connect_ns.as_ref(),
            asked_rate_per_s: record.load.asked_rate_per_s,
        };
        return evidence.check(threshold);
    };
    match record.operations.get(operation) {
        Some(found) => {
            let (totals, times) = (&found.totals, &found.times);
            Evidence { totals, times, connect: None, asked_rate_per_s: None }.check(threshold)
        }
        None => {
            let names: Vec<&str> = record.operations.keys().map(String::as_str).collect();
            let near = nearest_operation(operation, &names);
            cannot_judge(threshold, 0, format!("no operation `{operation}` was played; {near}"))
        }
    }
}

impl Evidence<'_> {
    fn check(&self, threshold: &Threshold) -> CheckRecord {
        if let Some((time, statistic)) = time_statistic(threshold.metric) {
            return self.check_time(threshold, time, statistic);
        }
        let requests = self.totals.requests;
        if requests == 0 {
            return cannot_judge(threshold, 0, "nothing was measured, so this cannot hold".to_owned());
        }
        let bad = self.totals.rejected + self.totals.failed;
        let (value, limit) = match (threshold.metric, threshold.limit) {
            (Metric::Errors, Limit::Count(limit)) => (bad as f64, limit),
            (Metric::Errors, limit) => (bad as f64 / requests as f64, plain(limit)),
            (Metric::Rate, Limit::ShareOfAsked(share)) => match self.asked_rate_per_s {
                Some(asked) => (self.totals.throughput_per_s, share * asked),
                None => {
                    let detail = "a closed loop asks for no rate, so there is nothing to compare with";
                    return cannot_judge(threshold, requests, detail.to_owned());
                }
            },
            (Metric::Rate, limit) => (self.totals.throughput_per_s, plain(limit)),
            (_, limit) => (requests as f64, plain(limit)),
        };
        let ok = threshold.comparator.holds(value, limit);
        let mut detail = in_words(threshold, value, limit);
        if threshold.metric == Metric::Errors {
            detail.push_str(&format!(", {} of {}", format_count(bad), format_count(requests)));
        }
        result(threshold, ok, None, Some(value), limit, requests, detail)
    }

    fn check_time(&self, threshold: &Threshold, time: &str, statistic: Statistic) -> CheckRecord {
        let headline = match threshold.metric {
            Metric::ServiceTime(_) => Some(&self.times.service_time_ns),
            Metric::Lateness(_) => Some(&self.times.lateness_ns),
            Metric::FirstByte(_) => Some(&self.times.first_byte_ns),
            Metric::Connect(_) => self.connect,
            _ => Some(&self.times.response_time_ns),
        };
        let Some(headline) = headline.filter(|headline| headline.count > 0) else {
            let what = if time == "connect" { "no connection was made" } else { "no operation succeeded" };
            return cannot_judge(
                threshold,
                0,
                format!("{what}, so there is no {}", metric_name(threshold.metric)),
            );
        };
        let value_ns = value_of(headline, statistic);
        let limit = plain(threshold.limit);
        let ok = threshold.comparator.holds(value_ns as f64, limit);
        let detail = in_words(threshold, value_ns as f64, limit);
        result(threshold, ok, Some(value_ns), None, limit, headline.count, detail)
    }
}

/// A statistic of a headline, in nanoseconds.
pub(crate) fn value_of(headline: &Headline, statistic: Statistic) -> u64 {
    match statistic {
        Statistic::Min => headline.min,
        Statistic::Mean => headline.mean,
        Statistic::Max => headline.max,
        Statistic::Quantile(share) => headline.histogram.quantile(share),
    }
}

/// The number of a limit, in the unit that its metric has.
pub(crate) fn plain(limit: Limit) -> f64 {
    match limit {
        Limit::TimeNs(value)
        | Limit::Share(value)
        | Limit::RatePerS(value)
        | Limit::ShareOfAsked(value)
        | Limit::Count(value) => value,
    }
}

/// `p99 was 23.1 ms, limit 20.0 ms (15.5 % over)`.
pub(crate) fn in_words(threshold: &Threshold, value: f64, limit: f64) -> String {
    let name = metric_name(threshold.metric);
    let name = threshold.operation.as_ref().map_or(name.clone(), |operation| format!("{operation} {name}"));
    let verb = if matches!(threshold.metric, Metric::Errors | Metric::Requests) { "were" } else { "was" };
    let (value_text, limit_text) = (amount(threshold, value), amount(threshold, limit));
    format!("{name} {verb} {value_text}, limit {limit_text} ({})", margin(value, limit))
}

fn amount(threshold: &Threshold, value: f64) -> String {
    match threshold.limit {
        Limit::TimeNs(_) => format_ns(value.round() as u64),
        Limit::Share(_) => format_share(value),
        Limit::RatePerS(_) | Limit::ShareOfAsked(_) => format_rate(value),
        Limit::Count(_) => format_count(value as u64),
    }
}

fn margin(value: f64, limit: f64) -> String {
    if value == limit {
        return "exactly on it".to_owned();
    }
    let side = if value > limit { "over" } else { "under" };
    if limit == 0.0 {
        return side.to_owned();
    }
    format!("{:.1} % {side}", ((value - limit) / limit).abs() * 100.0)
}

fn cannot_judge(threshold: &Threshold, samples: u64, detail: String) -> CheckRecord {
    result(threshold, false, None, None, plain(threshold.limit), samples, detail)
}

fn result(
    threshold: &Threshold,
    ok: bool,
    value_ns: Option<u64>,
    value: Option<f64>,
    limit: f64,
    samples: u64,
    detail: String,
) -> CheckRecord {
    CheckRecord { threshold: threshold.text.clone(), ok, value_ns, value, limit, samples, detail }
}

#[cfg(test)]
mod tests;
