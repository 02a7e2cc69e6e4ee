//! The text of wrk, with and without `--latency`.

use dyno_model::{CellKey, ErrorCount, Measured, PlanGroup};

use crate::json::broken;
use crate::{Format, ImportError};

/// wrk's units of time, the longer word first where one ends like another.
const TIMES: [(&str, f64); 5] = [("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

pub(crate) fn read(label: &str, text: &str) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("wrk", label);
    let requests = after_the_run(text).ok_or_else(|| {
        broken(Format::Wrk, "it has no line such as `123 requests in 10.00s`; was it stopped before its end?")
    })?;
    let errors = errors(text, requests.count);
    measured.errors = Some(errors);
    let ok = errors.attempts - errors.errors;
    let whole = |metric: &str| CellKey::whole(metric);
    if let Some(share) = errors.share() {
        measured.cell(whole("errors"), share, errors.attempts);
    }
    if requests.seconds > 0.0 && errors.attempts > 0 {
        measured.cell(whole("rate"), ok as f64 / requests.seconds, ok);
    }
    // Times are those of all answers, whatever their status.
    let answers = requests.count;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Latency", mean, _, max, ..] if answers > 0 => {
                for (metric, word) in [("mean", mean), ("max", max)] {
                    measured.cell(whole(metric), time(word).unwrap_or(f64::NAN), answers);
                }
            }
            [percent, value] if answers > 0 => {
                if let (Some(metric), Some(ns)) = (quantile(percent), time(value)) {
                    measured.cell(whole(&metric), ns, answers);
                }
            }
            ["Running", length, "test", "@", url, ..] => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
                measured.ask(PlanGroup::Protocol, "scheme", scheme);
                let path = rest.find('/').map_or("/", |at| &rest[at..]);
                measured.ask(PlanGroup::Plan, "path", path);
                measured.ask(PlanGroup::Note, "measured time", *length);
            }
            [threads, "threads", "and", connections, "connections", ..] => {
                measured.ask(PlanGroup::Setting, "threads", *threads);
                measured.ask(PlanGroup::LoadModel, "connections", *connections);
            }
            _ => {}
        }
    }
    Ok(measured)
}

struct Requests {
    count: u64,
    seconds: f64,
}

/// `18339 requests in 2.10s, 203.10MB read`.
fn after_the_run(text: &str) -> Option<Requests> {
    text.lines().find_map(|line| {
        let (count, rest) = line.trim().split_once(" requests in ")?;
        let (length, _) = rest.split_once(',')?;
        Some(Requests { count: count.parse().ok()?, seconds: time(length)? / 1e9 })
    })
}

/// Attempts and errors. Requests without an answer are in the line of socket errors only.
fn errors(text: &str, answers: u64) -> ErrorCount {
    let mut bad_answers: u64 = 0;
    let mut unanswered: u64 = 0;
    for line in text.lines().map(str::trim) {
        if let Some(count) = line.strip_prefix("Non-2xx or 3xx responses:") {
            bad_answers = count.trim().parse().unwrap_or(0);
        } else if let Some(counts) = line.strip_prefix("Socket errors:") {
            // `connect 0, read 3, write 0, timeout 2`
            let counts =
                counts.split(',').filter_map(|part| part.split_whitespace().nth(1)?.parse::<u64>().ok());
            unanswered = counts.fold(0, u64::saturating_add);
        }
    }
    let attempts = answers.saturating_add(unanswered);
    ErrorCount { attempts, errors: bad_answers.min(answers) + (attempts - answers) }
}

/// `p99` of `99%`, `p99.9` of `99.900%`.
fn quantile(word: &str) -> Option<String> {
    let percent: f64 = word.strip_suffix('%')?.parse().ok()?;
    (percent > 0.0 && percent < 100.0).then(|| format!("p{percent}"))
}

/// `574.00us`, `1.75ms`, `2.10s`, `1.00m` in nanoseconds.
fn time(word: &str) -> Option<f64> {
    let word = word.trim();
    let end = word.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = word.split_at(end);
    let factor = TIMES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor)?;
    number
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && *number >= 0.0)
        .map(|number| number * factor)
}
