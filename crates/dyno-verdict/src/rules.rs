//! The user's own rules of a comparison: `p99:+10%`, `browse/p99:+5ms`, `errors:+0.1pp`, `rate:-5%`.
//!
//! Reads one text into a [`Rule`] that cannot be wrong, or says what to write instead. Whether the rule is broken
//! decides the gate, or the comparison of stored runs. Called for every `--fail-on`.

use dyno_model::{CellKey, Direction, Unit};

use crate::cell::CellRule;
use crate::kind::MetricKind;
use crate::quantity;
use crate::threshold::suggestion;
use crate::tolerance::Tolerance;

/// Metrics that comparisons know and thresholds do not.
const OF_COMPARISONS: [&str; 3] = ["cpu_per_request", "rss", "bytes_per_request"];
/// How alike two words must be (Jaro–Winkler, 0 to 1) for one to be suggested for the other.
const ALIKE: f64 = 0.8;
/// Stands for every operation.
const EVERY: &str = "*";

/// How much worse a metric may get before the comparison fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As written.
    pub text: String,
    /// The operation; `None` is the whole run, `*` every operation.
    pub operation: Option<String>,
    /// As in thresholds, such as `p99`.
    pub metric: String,
    /// What the metric is.
    pub kind: MetricKind,
    /// The change for the worse that is still tolerated.
    pub tolerance: Tolerance,
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {hint}")]
pub struct RuleError {
    /// What was wrong, with the text as written.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

impl Rule {
    /// Whether the rule is about this cell.
    #[must_use]
    pub fn concerns(&self, key: &CellKey) -> bool {
        let is_operation = match (self.operation.as_deref(), key.operation.as_deref()) {
            (Some(EVERY), Some(_)) => true,
            (wanted, operation) => wanted == operation,
        };
        is_operation && self.metric == key.metric
    }

    /// Holds a cell to this rule: gated, with its tolerance.
    pub fn apply(&self, cell: &mut CellRule) {
        cell.tolerance = self.tolerance;
        cell.is_gated = true;
        cell.rule = Some(self.text.clone());
    }
}

/// Reads one rule: `[operation/]metric:±tolerance`.
///
/// The sign is the direction in which the metric gets worse: `+` for times, errors and memory, `-` for `rate`. The
/// tolerance is a percentage of the baseline, an amount with its unit, or both (`+10%,50us`, the larger one counts);
/// for `errors` an amount is written in percentage points. `*/p99` is the p99 of every operation.
///
/// # Errors
/// When a part is missing, the metric is unknown, the sign is the wrong one, or the tolerance has the wrong unit.
pub fn parse_rule(text: &str) -> Result<Rule, RuleError> {
    let text = text.trim();
    let fail = |problem: String, hint: String| Err(RuleError { problem, hint });
    if text.is_empty() {
        return fail("the rule is empty".to_owned(), "write one such as `p99:+10%`".to_owned());
    }
    let Some((cell, allowed)) = text.rsplit_once(':') else {
        return fail(format!("rule `{text}` has no colon"), without_colon(text));
    };
    let key: CellKey = cell.trim().parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
    let Some(kind) = MetricKind::of(&key.metric) else {
        let problem = format!("rule `{text}` names the unknown metric `{}`", key.metric);
        return fail(problem, metric_hint(&key.metric));
    };
    let (sign, opposite) = match kind.direction {
        Direction::Lower => ('+', '-'),
        Direction::Higher => ('-', '+'),
    };
    let allowed = allowed.trim();
    let Some(amount) = allowed.strip_prefix(sign) else {
        let bare = allowed.strip_prefix(opposite).unwrap_or(allowed).trim();
        let worse = if sign == '+' { "grows" } else { "falls" };
        let problem = format!("rule `{text}`: `{}` gets worse when it {worse}", key.metric);
        let amount = if bare.is_empty() { "5%" } else { bare };
        return fail(problem, format!("write `{key}:{sign}{amount}`"));
    };
    let tolerance = match quantity::tolerance(amount, kind.unit) {
        Ok(tolerance) => tolerance.alone(),
        Err(error) => return fail(format!("rule `{text}`: {}", error.problem), error.hint),
    };
    let Some(tolerance) = tolerance else {
        let hint = "write how much is tolerated, or put `auto` into the profile".to_owned();
        return fail(format!("rule `{text}`: `auto` is no amount"), hint);
    };
    if kind.unit == Unit::Share && tolerance.absolute == 0.0 && tolerance.relative > 0.0 {
        let points = amount.trim().trim_end_matches('%');
        let problem = format!("rule `{text}`: a share of the baseline's errors is nothing when it has none");
        return fail(problem, format!("write percentage points: `{key}:+{points}pp`"));
    }
    Ok(Rule { text: text.to_owned(), operation: key.operation, metric: key.metric, kind, tolerance })
}

fn without_colon(text: &str) -> String {
    // The spellings of thresholds and of other tools come first: `p99+10%`, `p99<+10%`, `p99 10%`.
    let end = text.find(|c: char| "+-<> ".contains(c)).unwrap_or(text.len());
    let (metric, rest) = text.split_at(end);
    let amount = rest.trim_start_matches(|c: char| "+-<>= ".contains(c));
    let sign = match MetricKind::of(metric.rsplit('/').next().unwrap_or(metric)) {
        Some(kind) if kind.direction == Direction::Higher => '-',
        _ => '+',
    };
    let amount = if amount.is_empty() { "10%" } else { amount };
    format!("write the metric, a colon and what is tolerated, such as `{metric}:{sign}{amount}`")
}

/// What to write instead of an unknown metric.
pub(crate) fn metric_hint(metric: &str) -> String {
    // `browse.p99` is how thresholds name the metric of an operation.
    if let Some((operation, known)) = metric
        .match_indices('.')
        .map(|(dot, _)| (&metric[..dot], &metric[dot + 1..]))
        .find(|(operation, rest)| !operation.is_empty() && MetricKind::of(rest).is_some())
    {
        return format!("write `{operation}/{known}`");
    }
    let alike = OF_COMPARISONS
        .iter()
        .map(|ours| (strsim::jaro_winkler(metric, ours), *ours))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, ours)| ours.to_owned());
    match alike.or_else(|| suggestion(metric).filter(|word| MetricKind::of(word).is_some())) {
        Some(better) => format!("write `{better}`"),
        None => "write p50, p95, p99, mean, rate, errors, cpu_per_request or rss, perhaps after an operation and a slash"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
