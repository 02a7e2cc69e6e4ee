//! The text of hey, and its CSV (`-o csv`), which has every answer.

use dyno_model::{CellKey, ErrorCount, Measured};

use crate::json::{NS_PER_S, broken, histogram, time_cells};
use crate::{Format, ImportError};

pub(crate) fn read(label: &str, text: &str) -> Result<Measured, ImportError> {
    if text.trim_start().starts_with("response-time") {
        read_csv(label, text)
    } else {
        read_text(label, text)
    }
}

fn read_text(label: &str, text: &str) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("hey", label);
    let (answers, count) = outcomes(text);
    measured.errors = Some(count);
    let ok = count.attempts - count.errors;
    if let Some(share) = count.share() {
        measured.cell(CellKey::whole("errors"), share, count.attempts);
    }
    let mut total = None;
    for line in text.lines().map(str::trim) {
        if let Some(seconds) = line.strip_prefix("Total:").and_then(seconds) {
            total = Some(seconds);
        }
        let metric = [("Slowest:", "max"), ("Fastest:", "min"), ("Average:", "mean")];
        let named = metric.iter().find_map(|(start, metric)| Some((*metric, line.strip_prefix(start)?)));
        if let Some((metric, rest)) = named.filter(|_| answers > 0) {
            measured.cell(CellKey::whole(metric), seconds(rest).unwrap_or(f64::NAN) * NS_PER_S, answers);
        }
        // `99% in 0.0051 secs`
        if let Some((percent, rest)) = line.split_once("% in ").filter(|_| answers > 0)
            && let (Ok(percent), Some(seconds)) = (percent.trim().parse::<f64>(), seconds(rest))
        {
            measured.cell(CellKey::whole(format!("p{percent}")), seconds * NS_PER_S, answers);
        }
    }
    let total = total.ok_or_else(|| broken(Format::Hey, "its summary has no line `Total:`"))?;
    if total > 0.0 && count.attempts > 0 {
        measured.cell(CellKey::whole("rate"), ok as f64 / total, ok);
    }
    Ok(measured)
}

/// `0.0051 secs`; hey writes `NaN` where nothing was measured.
fn seconds(text: &str) -> Option<f64> {
    text.trim().strip_suffix("secs")?.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite())
}

/// Answers, and all outcomes: `[503]  200 responses` below one heading, `[8]  Get "…": refused` below another.
fn outcomes(text: &str) -> (u64, ErrorCount) {
    let (mut answers, mut count, mut are_errors) = (0_u64, ErrorCount::default(), false);
    for line in text.lines().map(str::trim) {
        are_errors |= line.starts_with("Error distribution:");
        let Some((in_brackets, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) else {
            continue;
        };
        let Ok(number) = in_brackets.parse::<u64>() else { continue };
        if are_errors {
            count.attempts = count.attempts.saturating_add(number);
            count.errors = count.errors.saturating_add(number);
        } else if let Some(Ok(found)) = rest.trim().strip_suffix("responses").map(|n| n.trim().parse::<u64>())
        {
            answers = answers.saturating_add(found);
            count.attempts = count.attempts.saturating_add(found);
            if number >= 400 {
                count.errors = count.errors.saturating_add(found);
            }
        }
    }
    (answers, count)
}

/// One line per answer: response time, parts of it, status code and offset of its start, in seconds. Requests without
/// an answer are not in it.
fn read_csv(label: &str, text: &str) -> Result<Measured, ImportError> {
    let mut measured = Measured::of_tool("hey", label);
    let (mut times, mut count, mut end) = (Vec::new(), ErrorCount::default(), 0.0_f64);
    for (index, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |at: usize| fields.get(at).and_then(|field| field.trim().parse::<f64>().ok());
        let (Some(time), Some(status), Some(offset), 8) = (field(0), field(6), field(7), fields.len()) else {
            return Err(broken(
                Format::Hey,
                format!("line {} has not eight numbers; is it cut off?", index + 1),
            ));
        };
        count.attempts += 1;
        count.errors += u64::from(status >= 400.0);
        end = end.max(offset + time);
        times.push(time * NS_PER_S);
    }
    measured.errors = Some(count);
    let histogram = histogram(times);
    time_cells(&mut measured, None, &histogram);
    if let Some(share) = count.share() {
        measured.cell(CellKey::whole("errors"), share, count.attempts);
        if end > 0.0 {
            let ok = count.attempts - count.errors;
            measured.cell(CellKey::whole("rate"), ok as f64 / end, ok);
        }
    }
    measured.histogram = Some(histogram).filter(|histogram| !histogram.is_empty());
    Ok(measured)
}
