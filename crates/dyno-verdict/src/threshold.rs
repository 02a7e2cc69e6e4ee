//! The text of an objective: `[operation.]metric OP limit`, such as `browse.p95 < 10ms`.
//!
//! Reads one text into a [`Threshold`] that cannot be wrong, or says what to write instead. Knows no record;
//! `judge` does. Called by `dyno-plan` for every threshold of a plan and every `--threshold`.

use dyno_model::{Comparator, Limit, Metric, OperationTable, Statistic, Threshold};

mod limit;
mod metric;

/// Why a text is not a threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {hint}")]
pub struct ThresholdError {
    /// What was wrong, with the text as written.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

impl ThresholdError {
    fn new(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: hint.into() }
    }
}

/// Reads one objective.
///
/// The left side is a metric (`p99`, `mean`, `service.max`, `errors`, `rate`, `requests`), optionally after
/// an operation and a dot. An operation whose name holds a dot, a comparison sign or the name of a metric is
/// written in double quotes: `"GET /x".p99 < 1ms`. The result does not abort the run; the caller sets that.
///
/// # Errors
/// When the text is empty, has no comparison, names an unknown metric, or when its limit lacks a unit or has
/// one that does not fit the metric.
pub fn parse_threshold(text: &str) -> Result<Threshold, ThresholdError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ThresholdError::new("the threshold is empty", "write one such as `p99 < 20ms`"));
    }
    let (left, comparator, right) = split_at_comparator(text)?;
    let (operation, metric) = split_operation(text, left)?;
    let metric = metric::parse(text, metric)?;
    let limit = limit::parse(text, left, metric, comparator, right)?;
    if operation.is_some() {
        refuse_whole_run_only(text, metric, limit)?;
    }
    Ok(Threshold { text: text.to_owned(), operation, metric, comparator, limit, abort: false })
}

/// Whether a threshold can be judged under a load model.
///
/// # Errors
/// When it needs an asked rate or a schedule and the loop is closed, where neither exists.
pub fn check_applicable(threshold: &Threshold, is_open_loop: bool) -> Result<(), ThresholdError> {
    if is_open_loop {
        return Ok(());
    }
    let text = &threshold.text;
    if matches!(threshold.limit, Limit::ShareOfAsked(_)) {
        let problem = format!("threshold `{text}` needs an asked rate, and a closed loop has none");
        return Err(ThresholdError::new(problem, "give a rate (`--rate 1000/s`) or write `rate > 1000/s`"));
    }
    if matches!(threshold.metric, Metric::Lateness(_)) {
        let problem = format!("threshold `{text}` can never fail: in a closed loop nothing is ever late");
        return Err(ThresholdError::new(problem, "give a rate (`--rate 1000/s`) or remove the threshold"));
    }
    Ok(())
}

/// Whether the run has the operation that a threshold names.
///
/// # Errors
/// When it has not; the hint names the nearest one.
pub fn check_operation(threshold: &Threshold, operations: &OperationTable) -> Result<(), ThresholdError> {
    let Some(wanted) = &threshold.operation else { return Ok(()) };
    if operations.iter().any(|(_, name, _)| name == wanted) {
        return Ok(());
    }
    let problem = format!("threshold `{}` names the unknown operation `{wanted}`", threshold.text);
    let names: Vec<&str> = operations.iter().map(|(_, name, _)| name).collect();
    Err(ThresholdError::new(problem, nearest_operation(wanted, &names)))
}

/// What to say about an operation that a run does not have.
pub(crate) fn nearest_operation(wanted: &str, names: &[&str]) -> String {
    nearest_name(wanted, names, "the run has", "no operations")
}

/// The name that may be meant, or those that there are.
pub(crate) fn nearest_name(wanted: &str, names: &[&str], has: &str, none: &str) -> String {
    let likeness = |name: &str| strsim::normalized_levenshtein(wanted, name);
    match names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))) {
        None => format!("{has} {none}"),
        Some(name) if likeness(name) >= 0.5 => format!("did you mean `{name}`?"),
        Some(_) => format!("{has} {}", list(names)),
    }
}

/// The first few names, so that a plan of hundreds of operations does not fill the screen.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Finds the comparison outside of quotes: (left, comparison, right), trimmed.
fn split_at_comparator(text: &str) -> Result<(&str, Comparator, &str), ThresholdError> {
    let mut in_quotes = false;
    let position = text.char_indices().find_map(|(at, c)| {
        in_quotes ^= c == '"';
        (!in_quotes && "<>=!".contains(c)).then_some(at)
    });
    let Some(position) = position else {
        if in_quotes {
            let problem = format!("threshold `{text}` opens a quote and does not close it");
            return Err(ThresholdError::new(problem, "write `\"GET /items\".p99 < 20ms`"));
        }
        return Err(ThresholdError::new(
            format!("threshold `{text}` has no comparison"),
            format!("write one of < <= > >= ==, such as `{text} < 20ms`"),
        ));
    };
    let rest = &text[position..];
    let sign_end = rest.find(|c| !"<>=!".contains(c)).unwrap_or(rest.len());
    let comparator = match &rest[..sign_end] {
        "<" => Comparator::Below,
        "<=" => Comparator::AtMost,
        ">" => Comparator::Above,
        ">=" => Comparator::AtLeast,
        "==" => Comparator::Equal,
        sign => {
            let better = match sign {
                "=" => "write `==`",
                "=<" => "write `<=`",
                "=>" => "write `>=`",
                _ => "write one of < <= > >= ==",
            };
            let problem = format!("threshold `{text}` compares with the unknown sign `{sign}`");
            return Err(ThresholdError::new(problem, better));
        }
    };
    Ok((text[..position].trim(), comparator, rest[sign_end..].trim()))
}

/// Splits `browse.p95` into the operation and the metric.
fn split_operation<'a>(text: &str, left: &'a str) -> Result<(Option<String>, &'a str), ThresholdError> {
    if let Some(quoted) = left.strip_prefix('"') {
        let after_name =
            quoted.split_once('"').and_then(|(name, rest)| Some((name, rest.strip_prefix('.')?)));
        return match after_name {
            Some((name, metric)) if !name.is_empty() => Ok((Some(name.to_owned()), metric.trim())),
            _ => Err(ThresholdError::new(
                format!("threshold `{text}` starts with a quote but names no operation and metric"),
                "write `\"GET /items\".p99 < 20ms`",
            )),
        };
    }
    // The leftmost dot whose right side is a metric: `browse.p99.9` is operation `browse` and metric `p99.9`.
    if metric::known(left).is_some() {
        return Ok((None, left));
    }
    let split = left.match_indices('.').find_map(|(dot, _)| {
        let (name, metric) = (left[..dot].trim(), left[dot + 1..].trim());
        (!name.is_empty() && metric::known(metric).is_some()).then(|| (Some(name.to_owned()), metric))
    });
    Ok(split.unwrap_or((None, left)))
}

/// Connections and the asked rate belong to the whole run, so an operation has none of its own.
fn refuse_whole_run_only(text: &str, metric: Metric, limit: Limit) -> Result<(), ThresholdError> {
    let what = match (metric, limit) {
        (Metric::Connect(_), _) => "connections are not counted per operation",
        (_, Limit::ShareOfAsked(_)) => "the asked rate is not known per operation",
        _ => return Ok(()),
    };
    let hint = "write the threshold without the operation";
    Err(ThresholdError::new(format!("threshold `{text}` cannot be judged: {what}"), hint))
}

/// The statistic inside a metric of time, with the word for the time.
pub(crate) fn time_statistic(metric: Metric) -> Option<(&'static str, Statistic)> {
    match metric {
        Metric::ResponseTime(statistic) => Some(("response", statistic)),
        Metric::ServiceTime(statistic) => Some(("service", statistic)),
        Metric::Lateness(statistic) => Some(("lateness", statistic)),
        Metric::FirstByte(statistic) => Some(("first_byte", statistic)),
        Metric::Connect(statistic) => Some(("connect", statistic)),
        Metric::Errors | Metric::Rate | Metric::Requests => None,
    }
}

pub(crate) use limit::{number, share};
pub(crate) use metric::{name as metric_name, suggestion};

#[cfg(test)]
mod tests;
