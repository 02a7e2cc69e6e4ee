//! The grammar: `[plan@][operation/]metric change [~tolerance]`.

use dyno_model::{CellKey, Direction, GateMode};

use super::{Action, Applied, Pattern, metric_of_variable};
use crate::kind::MetricKind;
use crate::profile::ProfileError;
use crate::quantity::{self, ToleranceText};
use crate::rules::metric_hint;
use crate::threshold::{number, share};

const EXAMPLE: &str =
    "write one such as `p99<=25ms~10%`, `rate-20%`, `errors~0.05pp`, `p99=off` or `checkout@*~20%`";

/// What an entry is about.
struct Target {
    plan: Pattern,
    operation: Option<Pattern>,
    metric: String,
}

/// Reads one entry of the list.
pub(super) fn entry(source: &str, text: &str) -> Result<Vec<Applied>, ProfileError> {
    let (plan, rest) = match text.split_once('@') {
        Some((plan, rest)) => (Pattern::Glob(plan.trim().to_owned()), rest.trim()),
        None => (Pattern::any(), text),
    };
    let Some((cell, change)) = split_at_change(rest) else {
        let end = rest.find(|c: char| "<>=~+".contains(c)).unwrap_or(rest.len());
        let name = rest[..end].trim();
        let metric = name.rsplit('/').next().unwrap_or(name);
        if is_metric(metric) {
            return Err(ProfileError::one(source, format!("entry `{text}` changes nothing"), EXAMPLE));
        }
        return Err(ProfileError::one(
            source,
            format!("entry `{text}` names the unknown metric `{metric}`"),
            metric_hint(metric),
        ));
    };
    let key: CellKey = cell.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    let target = Target { plan, operation: key.operation.map(Pattern::Glob), metric: key.metric };
    actions(source, text, &target, change)
}

/// Reads one variable `DYNO_PERF_SET__…`, whose name says what it is about.
pub(super) fn variable(name: &str, text: &str) -> Result<Vec<Applied>, ProfileError> {
    let words: Vec<&str> = name.trim_start_matches(super::SET_PREFIX).split("__").collect();
    let word = |text: &str| Pattern::Variable(text.to_ascii_uppercase());
    let (plan, operation, metric) = match words.as_slice() {
        [metric] => (Pattern::any(), None, metric),
        [plan, metric] => (word(plan), None, metric),
        [plan, operation, metric] => (word(plan), Some(word(operation)), metric),
        _ => {
            let hint = "name it DYNO_PERF_SET__PLAN__METRIC or DYNO_PERF_SET__PLAN__OPERATION__METRIC";
            return Err(ProfileError::one(name, "the name has too many parts", hint));
        }
    };
    let Some(metric) = metric_of_variable(metric) else {
        let problem = format!("the name ends with the unknown metric `{metric}`");
        return Err(ProfileError::one(name, problem, metric_hint(&metric.to_ascii_lowercase())));
    };
    actions(name, text, &Target { plan, operation, metric }, text)
}

fn is_metric(name: &str) -> bool {
    name == "*" || MetricKind::of(name).is_some()
}

/// Splits `browse/p99<=25ms` where the first sign follows a metric; names of operations may hold signs too.
fn split_at_change(text: &str) -> Option<(&str, &str)> {
    text.char_indices().filter(|(_, c)| "<>=~+-x".contains(*c)).find_map(|(at, sign)| {
        let (cell, change) = (text[..at].trim(), &text[at..]);
        let metric = cell.rsplit('/').next().unwrap_or(cell);
        let is_scale = sign != 'x' || change[1..].starts_with(|c: char| c.is_ascii_digit());
        (is_metric(metric) && is_scale).then_some((cell, change))
    })
}

fn actions(source: &str, text: &str, target: &Target, change: &str) -> Result<Vec<Applied>, ProfileError> {
    let (change, tolerance) = match change.split_once('~') {
        Some((change, tolerance)) => (change.trim(), Some(tolerance.trim())),
        None => (change.trim(), None),
    };
    let fail =
        |problem: String, hint: String| ProfileError::one(source, format!("entry `{text}`: {problem}"), hint);
    let mut actions = Vec::new();
    if !change.is_empty() {
        actions.push(change_action(change, &target.metric).map_err(|(problem, hint)| fail(problem, hint))?);
    }
    if let Some(tolerance) = tolerance {
        let action =
            tolerance_action(tolerance, &target.metric).map_err(|(problem, hint)| fail(problem, hint))?;
        actions.push(action);
    }
    if actions.is_empty() {
        return Err(fail("it changes nothing".to_owned(), EXAMPLE.to_owned()));
    }
    Ok(actions
        .into_iter()
        .map(|action| Applied {
            source: source.to_owned(),
            text: text.to_owned(),
            plan: target.plan.clone(),
            operation: target.operation.clone(),
            metric: target.metric.clone(),
            action,
        })
        .collect())
}

/// What is wrong, and what to write.
type Wrong = (String, String);

fn change_action(change: &str, metric: &str) -> Result<Action, Wrong> {
    if let Some(amount) = change.strip_prefix("<=").or_else(|| change.strip_prefix(">=")) {
        return limit(&change[..2], amount.trim(), metric);
    }
    if let Some(word) = change.strip_prefix('=') {
        return mode(word.trim());
    }
    if let Some(factor) = change.strip_prefix('x') {
        return match number(factor) {
            Some(factor) if factor > 0.0 => Ok(Action::Scale(factor)),
            _ => Err((format!("`{factor}` is no factor"), "write `x1.5`".to_owned())),
        };
    }
    let signed = change
        .strip_prefix('+')
        .map(|rest| (1.0, rest))
        .or(change.strip_prefix('-').map(|rest| (-1.0, rest)));
    if let Some((sign, amount)) = signed {
        let percent = amount.trim().strip_suffix('%').and_then(|percent| share(percent.trim()));
        return match percent {
            Some(percent) if sign * percent > -1.0 => Ok(Action::Move(1.0 + sign * percent)),
            Some(_) => Err((format!("`{change}` leaves nothing"), "write less than 100 %".to_owned())),
            None => Err((
                format!("`{change}` moves by no percentage"),
                "write `+20%` or `-20%`, or a limit: `<=25ms`".to_owned(),
            )),
        };
    }
    Err((format!("`{change}` is no change"), EXAMPLE.to_owned()))
}

fn limit(op: &str, amount: &str, metric: &str) -> Result<Action, Wrong> {
    let Some(kind) = MetricKind::of(metric) else {
        return Err((
            "a limit of all metrics has no unit".to_owned(),
            "name one metric, such as `p99<=25ms`".to_owned(),
        ));
    };
    let right = match kind.direction {
        Direction::Lower => "<=",
        Direction::Higher => ">=",
    };
    if op != right {
        let hint = format!("write `{metric}{right}{amount}`");
        return Err((format!("`{op}` would fail what is better"), hint));
    }
    quantity::quantity(amount, kind.unit).map(Action::Limit).map_err(|error| (error.problem, error.hint))
}

fn mode(word: &str) -> Result<Action, Wrong> {
    Ok(Action::Mode(match word {
        "off" => GateMode::Off,
        "info" => GateMode::Info,
        "limit" => GateMode::Limit,
        "regression" => GateMode::Regression,
        "both" => GateMode::Both,
        _ => {
            let hint = "write off, info, limit, regression or both; a limit is written `<=25ms`".to_owned();
            return Err((format!("`={word}` is no way to judge"), hint));
        }
    }))
}

fn tolerance_action(text: &str, metric: &str) -> Result<Action, Wrong> {
    let kind = MetricKind::of(metric);
    let has_amount = text.split(',').any(|part| !part.trim().ends_with('%') && part.trim() != "auto");
    if kind.is_none() && has_amount {
        let hint = "write a percentage, or name one metric, such as `p99~50us`".to_owned();
        return Err((format!("`{text}` as the tolerance of all metrics has no unit"), hint));
    }
    // Percentages mean the same for all units.
    let unit = kind.map_or(dyno_model::Unit::Ns, |kind| kind.unit);
    match quantity::tolerance(text, unit) {
        Ok(ToleranceText::Auto) => Ok(Action::AutoTolerance),
        Ok(ToleranceText::Parts { relative, absolute }) => Ok(Action::Tolerance { relative, absolute }),
        Err(error) => Err((error.problem, error.hint)),
    }
}
