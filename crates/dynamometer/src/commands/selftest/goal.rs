//! What is asked of a slowed copy: `p99=+5%`; and by which slowness a metric gets so much worse.

use std::time::Duration;

use dyno_model::Unit;
use dyno_target::{Injection, Tail};
use dyno_verdict::{MetricKind, parse_rule};

/// Shorter delays of every answer are made by work.
const SLEEP_LEAST_NS: f64 = 100e3;

/// How much worse which metric is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// As written.
    pub text: String,
    /// The metric of the whole run.
    pub metric: String,
    /// What the metric is.
    pub kind: MetricKind,
    /// How much worse: a share of the value, for differences (errors) a plain amount. Above 0.
    pub worse: f64,
}

/// Reads `p99=+5%`, `rate=-3%`, `errors=+0.5pp`.
pub fn goal(text: &str) -> Result<Goal, String> {
    let (metric, change) =
        text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`; write one such as `p99=+5%`"))?;
    // The grammar of rules, whose sign and units are the same.
    let rule = parse_rule(&format!("{}:{}", metric.trim(), change.trim())).map_err(|error| {
        let hint = error.hint.replace(':', "=");
        format!("{}; {hint}", error.problem.replace(':', "="))
    })?;
    if rule.operation.is_some() {
        return Err("the whole target is slowed; name no operation".to_owned());
    }
    let tolerance = rule.tolerance;
    let worse = match (rule.kind.is_difference, tolerance.relative > 0.0, tolerance.absolute > 0.0) {
        (true, false, true) => tolerance.absolute,
        (false, true, false) => tolerance.relative,
        _ => return Err(format!("`{change}` is no size; write a percentage above 0, for errors `+0.5pp`")),
    };
    if rule.kind.unit == Unit::PerS && worse >= 1.0 {
        return Err(format!("`{change}` leaves no rate; write less than 100 %"));
    }
    let goal = Goal { text: text.to_owned(), metric: rule.metric, kind: rule.kind, worse };
    if goal.slowness(1e6, 1e6).is_none() {
        return Err(format!("no slowness is known for `{}`; write one with `--slowness`", goal.metric));
    }
    Ok(goal)
}

impl Goal {
    /// The first guess of a slowness that has this effect.
    ///
    /// `value` is the metric's own without any slowness, `cpu_ns` the CPU time of a request. Times are delayed without CPU,
    /// all of them for the middle of the distribution and few for its tail; rate and CPU need work.
    #[must_use]
    pub fn slowness(&self, value: f64, cpu_ns: f64) -> Option<Injection> {
        let more = value * self.worse;
        let nothing = Injection::default();
        Some(match (self.kind.unit, self.metric.as_str()) {
            (Unit::Share, "errors") => Injection { errors: self.worse, ..nothing },
            // A worker that serves 1 in c serves 1 in c·(1 + w) when the rate falls by w / (1 + w).
            (Unit::PerS, _) => {
                Injection { busy: nanoseconds(cpu_ns * self.worse / (1.0 - self.worse)), ..nothing }
            }
            (Unit::Ns, "cpu_per_request") => Injection { busy: nanoseconds(more), ..nothing },
            (Unit::Bytes, "rss") => Injection { held_bytes: more.max(0.0) as u64, ..nothing },
            // A delay of all is a sleep, and going to sleep takes longer than this.
            (Unit::Ns, _) if self.tail_share() >= 1.0 && self.is_answered() && more < SLEEP_LEAST_NS => {
                Injection { busy: nanoseconds(more), ..nothing }
            }
            (Unit::Ns, _) if self.is_answered() => Injection {
                tail: Some(Tail { share: self.tail_share(), delay: nanoseconds(more) }),
                ..nothing
            },
            _ => return None,
        })
    }

    /// Whether it is a time that the target can make longer by answering later.
    fn is_answered(&self) -> bool {
        !["connect", "lateness"].iter().any(|other| self.metric.starts_with(other))
    }

    /// Delaying all of them moves every quantile by the delay; delaying a few times the tail moves the tail alone.
    fn tail_share(&self) -> f64 {
        match self.kind.quantile {
            Some(quantile) if quantile >= 0.95 => (4.0 * (1.0 - quantile)).min(1.0),
            _ => 1.0,
        }
    }

    /// The same slowness stronger or weaker: its size was wrong by this factor.
    #[must_use]
    pub fn scaled(injection: &Injection, factor: f64) -> Injection {
        let longer = |time: Duration| nanoseconds(time.as_nanos() as f64 * factor);
        Injection {
            busy: longer(injection.busy),
            tail: injection.tail.map(|tail| Tail { delay: longer(tail.delay), ..tail }),
            errors: (injection.errors * factor).min(1.0),
            held_bytes: (injection.held_bytes as f64 * factor) as u64,
            ..*injection
        }
    }
}

fn nanoseconds(ns: f64) -> Duration {
    const LONGEST_NS: f64 = 1e10;
    Duration::from_nanos(ns.clamp(0.0, LONGEST_NS) as u64)
}

#[cfg(test)]
mod tests;
