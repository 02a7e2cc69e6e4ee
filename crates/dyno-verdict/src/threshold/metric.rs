//! The left side of a threshold: which number of a record is meant.
//!
//! Not the operation, which stands before it; `threshold` splits that off.

use dyno_model::{Metric, Statistic};

use super::{ThresholdError, time_statistic};

/// Words of other tools, and ours.
const FOREIGN: [(&str, &str); 17] = [
    ("avg", "mean"),
    ("average", "mean"),
    ("median", "p50"),
    ("med", "p50"),
    ("error", "errors"),
    ("error_rate", "errors"),
    ("failed", "errors"),
    ("failures", "errors"),
    ("http_req_failed", "errors"),
    ("http_req_duration", "p95"),
    ("rps", "rate"),
    ("qps", "rate"),
    ("throughput", "rate"),
    ("count", "requests"),
    ("latency", "p99"),
    ("ttfb", "first_byte.p99"),
    ("maximum", "max"),
];

/// Everything that may be written, for suggestions.
const OURS: [&str; 17] = [
    "p50",
    "p90",
    "p95",
    "p99",
    "p99.9",
    "p99.99",
    "mean",
    "min",
    "max",
    "errors",
    "rate",
    "requests",
    "response.p99",
    "service.p99",
    "lateness.p99",
    "first_byte.p99",
    "connect.p99",
];

/// How alike two words must be (Jaro–Winkler, 0 to 1) for one to be suggested for the other.
const ALIKE: f64 = 0.7;

/// Reads a metric, or says which one may be meant.
pub(super) fn parse(text: &str, metric: &str) -> Result<Metric, ThresholdError> {
    known(metric).ok_or_else(|| explain(text, metric))
}

/// Reads a metric.
pub(super) fn known(metric: &str) -> Option<Metric> {
    match metric {
        "errors" => return Some(Metric::Errors),
        "rate" => return Some(Metric::Rate),
        "requests" => return Some(Metric::Requests),
        _ => {}
    }
    if let Some(statistic) = statistic(metric) {
        return Some(Metric::ResponseTime(statistic));
    }
    let (time, rest) = metric.split_once('.')?;
    let statistic = statistic(rest)?;
    Some(match time {
        "response" | "response_time" => Metric::ResponseTime(statistic),
        "service" | "service_time" => Metric::ServiceTime(statistic),
        "lateness" => Metric::Lateness(statistic),
        "first_byte" => Metric::FirstByte(statistic),
        "connect" => Metric::Connect(statistic),
        _ => return None,
    })
}

fn statistic(word: &str) -> Option<Statistic> {
    match word {
        "min" => return Some(Statistic::Min),
        "mean" => return Some(Statistic::Mean),
        "max" => return Some(Statistic::Max),
        _ => {}
    }
    let percent = percent(word)?;
    // Shifting the decimal point in the text keeps 99.9 at exactly 0.999; dividing by 100 does not.
    let share: f64 = format!("{percent}e-2").parse().ok()?;
    (share > 0.0 && share < 1.0).then_some(Statistic::Quantile(share))
}

/// The digits of `p99.9`.
fn percent(word: &str) -> Option<&str> {
    let digits = word.strip_prefix('p')?;
    let well_formed = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1;
    well_formed.then_some(digits)
}

/// Why a word is not a metric, with the nearest one.
fn explain(text: &str, metric: &str) -> ThresholdError {
    if metric.is_empty() {
        let problem = format!("threshold `{text}` names no metric");
        return ThresholdError::new(
            problem,
            format!("write one before the comparison, such as `p99 {text}`"),
        );
    }
    let problem = format!("threshold `{text}` names the unknown metric `{metric}`");
    let hint = match suggestion(metric) {
        Some(better) => format!("write `{better}`"),
        None => {
            "write p50, p99, p99.9, mean, min, max, errors, rate or requests, perhaps after an operation \
                 and a dot, or after `service.`, `lateness.`, `first_byte.` or `connect.`"
                .to_owned()
        }
    };
    ThresholdError::new(problem, hint)
}

/// The metric that a word may mean.
pub(crate) fn suggestion(metric: &str) -> Option<String> {
    if let Some(better) = quantile_suggestion(metric) {
        return Some(better);
    }
    let lower = metric.to_lowercase();
    let (before, last) = lower.rsplit_once('.').map_or(("", lower.as_str()), |(before, last)| (before, last));
    let with_prefix = |word: &str| match &metric[..before.len()] {
        "" => word.to_owned(),
        before => format!("{before}.{word}"),
    };
    if let Some((_, ours)) = FOREIGN.iter().find(|(foreign, _)| *foreign == last) {
        return Some(with_prefix(ours));
    }
    if known(last).is_some() {
        return Some(with_prefix(last));
    }
    if percent(last).is_some() {
        return None;
    }
    OURS.iter()
        .map(|ours| (strsim::jaro_winkler(&lower, ours), *ours))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, ours)| ours.to_owned())
}

/// `p999`, `p99_9`, `99%`, `p100` and `p0` have a clear meaning, and another spelling here.
fn quantile_suggestion(metric: &str) -> Option<String> {
    if metric == "p100" || metric == "p0" {
        return Some(if metric == "p0" { "min" } else { "max" }.to_owned());
    }
    let digits = metric.trim_start_matches(['p', 'P']).trim_end_matches('%').replace('_', ".");
    let all_nines = digits.len() > 2 && digits.chars().all(|c| c == '9');
    let digits = if all_nines { format!("{}.{}", &digits[..2], &digits[2..]) } else { digits };
    let candidate = format!("p{digits}");
    statistic(&candidate).map(|_| candidate)
}

/// The metric as people write it, such as `service.p99.9`; `response.` is left out.
pub(crate) fn name(metric: Metric) -> String {
    let Some((time, statistic)) = time_statistic(metric) else {
        return match metric {
            Metric::Errors => "errors",
            Metric::Rate => "rate",
            _ => "requests",
        }
        .to_owned();
    };
    let statistic = match statistic {
        Statistic::Min => "min".to_owned(),
        Statistic::Mean => "mean".to_owned(),
        Statistic::Max => "max".to_owned(),
        Statistic::Quantile(share) => format!("p{}", (share * 1e8).round() / 1e6),
    };
    if time == "response" { statistic } else { format!("{time}.{statistic}") }
}
