//! What both sides are asked: one question, resolved once for each, before anything is started.

use std::time::Duration;

use dyno_model::{Redactor, RunPlan, scenario_of};
use dyno_plan::{HttpArguments, Origin, Overrides, Resolved};
use dyno_verdict::{ResolvedProfile, Subject};

use crate::commands::surroundings;
use crate::contest::arm::{self, ArmSpec, PORT};
use crate::contest::{Contest, Question};
use crate::error::CommandError;

/// Stands where the port of a side will be known later.
const ANY_PORT: &str = "1";

/// The path of the embedded target that is asked for when nothing else is said.
const EMBEDDED_PATH: &str = "/plaintext";

/// The plans of both sides.
pub struct Plans {
    /// Baseline and candidate.
    pub of: [RunPlan; 2],
    /// Hides the secrets of both.
    pub redactor: Redactor,
    /// Threads that a side's own target gets.
    pub target_threads: u32,
    /// What the cells of the plan are held to.
    pub profile: ResolvedProfile,
    /// Time for everything.
    pub budget: Option<Duration>,
}

impl Plans {
    /// Most connections that either of them opens.
    pub fn connections(&self) -> u32 {
        self.of.iter().map(|plan| plan.load.max_in_flight()).max().unwrap_or(0)
    }
}

/// Resolves the question for both sides.
///
/// # Errors
/// The mistakes of the plan, all at once.
pub fn resolve(contest: &Contest<'_>) -> Result<Plans, CommandError> {
    let [a, b] = [&contest.arms[0], &contest.arms[1]].map(|arm| of_side(contest, arm));
    let (mut a, mut b) = (a?, b?);
    let cores = dyno_host::usable_cores();
    let is_default =
        |(key, _, origin): &(String, String, Origin)| key == "threads" && *origin == Origin::Default;
    let is_local = contest.arms.iter().any(ArmSpec::is_ours);
    for resolved in [&mut a, &mut b] {
        if is_local && resolved.provenance.iter().any(is_default) {
            // Load and target share the machine, so that each gets half of it.
            resolved.plan.threads = resolved.plan.threads.min((cores / 2).max(1));
        }
    }
    let target_threads = cores.saturating_sub(a.plan.threads).max(1);
    let mut redactor = a.redactor;
    for secret in contest.arms.iter().flat_map(secrets_of) {
        redactor.add(&secret);
    }
    refuse_idle_rules(contest, &a.plan)?;
    let name = contest.name.clone().unwrap_or_else(|| a.plan.name.clone());
    a.plan.name.clone_from(&name);
    b.plan.name = name;
    let operations = a.plan.operations.iter().map(|(_, name, _)| name.to_owned()).collect();
    let scenario = Some(scenario_of(&a.redacted));
    let profile = (contest.profile)(&Subject { plan: a.plan.name.clone(), operations, scenario })?;
    let budget = contest.pace.budget.or(profile.policy().budget);
    crate::log::hide(&redactor);
    Ok(Plans { of: [a.plan, b.plan], redactor, target_threads, profile, budget })
}

/// A rule that no cell is held to would never fail, and its writer would never know.
fn refuse_idle_rules(contest: &Contest<'_>, plan: &RunPlan) -> Result<(), CommandError> {
    let keys = dyno_engine::contest::cell_keys(&plan.operations, plan.load.is_open());
    for text in &contest.rules {
        let Ok(rule) = dyno_verdict::parse_rule(text) else { continue };
        if !keys.iter().any(|key| rule.concerns(key)) {
            let known = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("the rule `{text}` is about no cell of this contest");
            return Err(CommandError::usage(message).hint(format!("there are: {known}")));
        }
    }
    Ok(())
}

fn of_side(contest: &Contest<'_>, spec: &ArmSpec) -> Result<Resolved, CommandError> {
    let url = match spec {
        ArmSpec::Url(url) => url.clone(),
        ArmSpec::Command { ready, .. } => ready.replace(PORT, ANY_PORT),
        ArmSpec::Embedded { .. } => format!("http://127.0.0.1:{ANY_PORT}{EMBEDDED_PATH}"),
    };
    let (origin, own_path) = arm::split(&url);
    let resolved = match &contest.question {
        Question::Plan(source) => {
            // What lies below a command's URL is the question of whether it is ready, not a prefix of the plan's.
            let base = if spec.is_ours() { origin } else { url.as_str() };
            let flags = Overrides { urls: vec![base.to_owned()], ..contest.flags.clone() };
            dyno_plan::resolve(source, &contest.environment, &flags, &surroundings())?
        }
        Question::Path(path) => {
            let path = path.as_deref().unwrap_or(own_path);
            let name = format!("GET {}", if path.is_empty() { "/" } else { path });
            let flags = Overrides {
                urls: vec![format!("{origin}{path}")],
                name: contest.flags.name.clone().or(Some(name)),
                ..contest.flags.clone()
            };
            let arguments = HttpArguments { overrides: flags, ..HttpArguments::default() };
            dyno_plan::resolve_http(&arguments, &contest.environment, &surroundings())?
        }
    };
    Ok(resolved)
}

/// Names of variables and flags whose values are nobody's business.
const SECRET_NAMES: [&str; 6] = ["password", "passwd", "secret", "token", "api_key", "apikey"];

/// Values in commands and URLs that look like secrets: `TOKEN=x`, `--password x`, `http://user:x@host`.
fn secrets_of(spec: &ArmSpec) -> Vec<String> {
    let text = match spec {
        ArmSpec::Url(url) => url,
        ArmSpec::Command { text, .. } => text,
        ArmSpec::Embedded { .. } => return Vec::new(),
    };
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase().replace('-', "_");
        SECRET_NAMES.iter().any(|secret| name.contains(secret))
    };
    let bare = |word: &str| word.trim_matches(['\'', '"']).to_owned();
    let mut secrets = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some((name, value)) if is_secret(name) => secrets.push(bare(value)),
            None if word.starts_with('-') && is_secret(word) => {
                secrets.extend(words.peek().map(|value| bare(value)));
            }
            _ => {}
        }
        let user =
            word.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next()?.rsplit_once('@'));
        if let Some((user, _)) = user {
            secrets.push(user.to_owned());
            secrets.extend(user.split_once(':').map(|(_, password)| password.to_owned()));
        }
    }
    secrets
}

#[cfg(test)]
mod tests;
