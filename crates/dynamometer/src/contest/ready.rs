//! Whether a server is ready: one real request to a URL, with the same driver as the load.

use std::time::Duration;

use dyno_engine::{Hooks, Meters};
use dyno_model::Warmup;
use dyno_plan::{HttpArguments, Overrides, Surroundings};

use crate::error::CommandError;
use crate::registry;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// What came of asking a URL once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It answered 2xx.
    Ready,
    /// It answered something else, or not at all, in words.
    Not(String),
    /// Nobody listens there, in the system's words.
    Nobody(String),
}

/// Asks a URL once.
///
/// # Errors
/// When the URL can never be asked.
pub fn ask(url: &str, flags: &Overrides) -> Result<Answer, CommandError> {
    let nothing = |_: &str| None;
    let surroundings = Surroundings { lookup: &nothing, available_threads: 1 };
    let overrides = Overrides {
        urls: vec![url.to_owned()],
        users: Some(1),
        requests: Some(1),
        warmup: Some(Warmup::None),
        threads: Some(1),
        timeout: Some(ATTEMPT),
        connect_timeout: Some(ATTEMPT),
        insecure: flags.insecure,
        ..Overrides::default()
    };
    let arguments = HttpArguments { overrides, ..HttpArguments::default() };
    let plan = dyno_plan::resolve_http(&arguments, &Overrides::default(), &surroundings)?.plan;
    let driver = registry::driver(&plan)?;
    let hooks = Hooks {
        observers: Vec::new(),
        meters: Meters { sample: Box::new(|| (None, None)) },
        supervise: Box::new(|_, _| {}),
    };
    let played = dyno_engine::run(&plan, &*driver, hooks)?;
    if let Some((code, _)) = played.all.status_codes.first() {
        let is_ready = (200..300).contains(code);
        return Ok(if is_ready { Answer::Ready } else { Answer::Not(format!("it answers {code}")) });
    }
    let words = played.specimens.first().map(|specimen| specimen.message.clone()).unwrap_or_default();
    let is_refused = played.all.failed_by_kind[dyno_model::FailureKind::Refused.index()] > 0;
    Ok(if is_refused { Answer::Nobody(words) } else { Answer::Not(words) })
}

#[cfg(test)]
mod tests;
