//! `--audit`: tags every request with the run, and afterwards compares the record with the target's ledger.
//!
//! The comparison itself is `dyno_verdict::audit`. A ledger that differs, or cannot be read, makes the run invalid.

use dyno_http::debug::exchange;
use dyno_model::{
    AuditState, Body, HttpPlan, HttpStep, Ledger, Part, Reason, RunPlan, RunRecord, Scenario, Template,
    ValidityState, Workload,
};
use dyno_verdict::{AuditInput, audit};

use crate::error::CommandError;

/// The field that tags a request.
const RUN_FIELD: &str = "x-dyno-run";
/// What a target says that keeps a ledger and has nothing in it for this run yet.
const EMPTY_LEDGER: &str = "no request had this tag";

/// A run whose target keeps a ledger.
pub struct Audit {
    tagged: RunPlan,
    question: RunPlan,
    path: String,
}

impl Audit {
    /// Asks whether the target keeps a ledger, and tags the requests of the plan with `run`.
    ///
    /// # Errors
    /// When it keeps none, or when there are several targets, whose ledgers would be several as well.
    pub fn begin(plan: &RunPlan, run: &str) -> Result<Self, CommandError> {
        let Workload::Http(http) = &plan.workload;
        let [base_url] = http.base_urls.as_slice() else {
            return Err(CommandError::usage("`--audit` needs one target, the plan has several")
                .hint("each keeps a ledger of its own; audit them one by one"));
        };
        let path = format!("/__truth/{run}");
        let question = asking(plan, http, origin_of(base_url), &path);
        let audit = Self { tagged: tagged(plan, run), question, path };
        let answer = audit.exchange()?;
        if !answer.contains(EMPTY_LEDGER) {
            let origin = origin_of(base_url);
            return Err(CommandError::target(format!(
                "{origin} keeps no ledger that could be compared with"
            ))
            .hint(format!("`GET {}` is answered by `dyno serve` and the embedded target only", audit.path))
            .hint("leave out `--audit` to load any other server"));
        }
        Ok(audit)
    }

    /// The plan with the tag on every request.
    pub fn tagged_plan(&self) -> &RunPlan {
        &self.tagged
    }

    /// What the target counted.
    ///
    /// # Errors
    /// When it cannot be asked any more, or answers something else than a ledger.
    pub fn ask(&self) -> Result<Ledger, CommandError> {
        let answer = self.exchange()?;
        serde_json::from_str(&answer).map_err(|error| {
            CommandError::target(format!("`{}` did not answer with a ledger", self.path)).because(error)
        })
    }

    fn exchange(&self) -> Result<String, CommandError> {
        let answer = exchange(&self.question)?;
        match answer.failure {
            None => Ok(String::from_utf8_lossy(&answer.response_body).into_owned()),
            Some((_, message)) => {
                Err(CommandError::target(format!("cannot read the ledger at `{}`: {message}", self.path)))
            }
        }
    }
}

/// Puts the comparison into the record; a difference makes the run invalid.
pub fn judge(record: &mut RunRecord, plan: &RunPlan, ledger: Result<Ledger, CommandError>) {
    let Workload::Http(http) = &plan.workload;
    let (code, detail) = match ledger {
        Err(error) => ("ledger_unreadable", error.to_string()),
        Ok(ledger) => {
            let has_hidden_requests = http.redirects_max > 0;
            let has_cooldown = !plan.phases.cooldown.is_zero();
            let audited = audit(AuditInput { record, ledger: &ledger, has_hidden_requests, has_cooldown });
            let differing: Vec<&str> = audited
                .checks
                .iter()
                .filter(|check| !check.agrees)
                .map(|check| check.what.as_str())
                .collect();
            let detail = format!("the target's ledger tells something else about {}", differing.join(", "));
            let differs = audited.state == AuditState::Differs;
            record.audit = Some(audited);
            if !differs {
                return;
            }
            ("ledger_differs", detail)
        }
    };
    record.validity.state = ValidityState::Invalid;
    let reason = Reason { code: code.to_owned(), state: ValidityState::Invalid, detail };
    record.validity.reasons.insert(0, reason);
}

fn literal(text: &str) -> Template {
    Template { parts: vec![Part::Literal(text.to_owned())] }
}

fn tagged(plan: &RunPlan, run: &str) -> RunPlan {
    let mut plan = plan.clone();
    let Workload::Http(http) = &mut plan.workload;
    for step in http.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps) {
        step.headers.push((RUN_FIELD.to_owned(), literal(run)));
    }
    plan
}

/// A plan with one request: for the ledger, over connections like those of the run.
fn asking(plan: &RunPlan, http: &HttpPlan, origin: &str, path: &str) -> RunPlan {
    let step = HttpStep {
        operation: http.scenarios[0].steps[0].operation,
        method: "GET".to_owned(),
        url: literal(path),
        headers: Vec::new(),
        body: Body::Empty,
        credentials: None,
        checks: Vec::new(),
        extracts: Vec::new(),
        pause_before: std::time::Duration::ZERO,
    };
    let scenario = Scenario { name: "ledger".to_owned(), weight: 1, steps: vec![step], journey: None };
    let http = HttpPlan {
        base_urls: vec![origin.to_owned()],
        scenarios: vec![scenario],
        feeders: Vec::new(),
        compressed: false,
        ..http.clone()
    };
    RunPlan { workload: Workload::Http(Box::new(http)), ..plan.clone() }
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[after_scheme..].find(['/', '?', '#']).map_or(url.len(), |at| after_scheme + at);
    &url[..end]
}

#[cfg(test)]
mod tests;
