//! Runs whose results are known beforehand, so that the generator itself can be judged.
//!
//! Each test plays a plan against the embedded target, whose answers come at computed times, and puts what was
//! measured beside what a formula says. Called by `dyno doctor --self-test`.

mod catalogue;

use dyno_engine::{Hooks, Meters, Played};
use dyno_model::{RunPlan, Workload};
use dyno_plan::{Overrides, PlanSource, Surroundings};
use serde::Serialize;

use crate::console;
use crate::error::CommandError;
use crate::play::EmbeddedTarget;
use crate::registry;

/// A measured value may be off by this share of the computed one …
const OFF_SHARE_MAX: f64 = 0.02;
/// … or by this much, in milliseconds: what two shared cores need to wake a thread.
const OFF_MS_MAX: f64 = 1.0;

/// One value that was measured beside what it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Which engine measured.
    pub engine: String,
    /// Which test.
    pub test: &'static str,
    /// Which value.
    pub what: &'static str,
    /// As it was measured.
    pub measured: f64,
    /// As it should be.
    pub computed: f64,
    /// The unit of both.
    pub unit: &'static str,
    /// Whether they agree.
    pub ok: bool,
}

impl Finding {
    /// Measured − computed.
    pub fn off_by(&self) -> f64 {
        self.measured - self.computed
    }

    /// The same as a share of the computed value.
    pub fn off_share(&self) -> f64 {
        self.off_by() / self.computed
    }
}

/// A run with a known result.
struct Test {
    name: &'static str,
    /// Below the target's address.
    path: &'static str,
    /// The sections `load` and `phases` of the plan.
    load: String,
    /// How long it takes, for the patience of people.
    seconds: u32,
    /// What it should give: which value, how it is read, what it is by formula, in which unit.
    expected: Vec<Expected>,
}

/// A value that a test should give.
struct Expected {
    what: &'static str,
    read: Reading,
    computed: f64,
    unit: &'static str,
}

/// How a value is read from what was played.
#[derive(Clone, Copy)]
enum Reading {
    /// A quantile of the response time, in milliseconds; 1 is the maximum.
    ResponseTime(f64),
    /// Successes per second.
    SuccessesPerS,
    /// What was not a success, in percent of all requests.
    RefusedPercent,
}

/// Plays all tests with both engines, in less than two minutes.
///
/// # Errors
/// When the target or a run cannot be started.
pub fn play() -> Result<Vec<Finding>, CommandError> {
    // Before the target is started, because it inherits the limit.
    dyno_host::limits::raise_open_files(dyno_host::limits::open_files_needed(catalogue::IN_FLIGHT_MAX));
    let target = EmbeddedTarget::start(1)?;
    let mut findings = Vec::new();
    for body_is_checked in [false, true] {
        for test in catalogue::all() {
            findings.extend(play_one(&test, &target, body_is_checked)?);
        }
    }
    Ok(findings)
}

fn play_one(
    test: &Test,
    target: &EmbeddedTarget,
    body_is_checked: bool,
) -> Result<Vec<Finding>, CommandError> {
    let plan = plan_of(test, target, body_is_checked)?;
    let driver = registry::driver(&plan)?;
    registry::check(&*driver)?;
    let engine = driver.name();
    console::talk(&format!("playing {} with {engine}, {} s", test.name, test.seconds));
    let hooks = Hooks {
        observers: Vec::new(),
        meters: Meters { sample: Box::new(|| (None, None)) },
        supervise: Box::new(|_, _| {}),
    };
    let played = dyno_engine::run(&plan, &*driver, hooks)?;
    if let Some(error) = played.worker_errors.first() {
        return Err(CommandError::internal(format!("the test {} could not be played", test.name))
            .because(error.clone()));
    }
    let finding = |expected: &Expected| {
        let measured = expected.read.of(&played);
        let off = (measured - expected.computed).abs();
        let is_near = off <= expected.computed * OFF_SHARE_MAX;
        Finding {
            engine: engine.clone(),
            test: test.name,
            what: expected.what,
            measured,
            computed: expected.computed,
            unit: expected.unit,
            ok: is_near || (expected.unit == "ms" && off <= OFF_MS_MAX),
        }
    };
    Ok(test.expected.iter().map(finding).collect())
}

/// The plan of a test. A checked body needs the general engine, without it the lean one plays.
fn plan_of(test: &Test, target: &EmbeddedTarget, body_is_checked: bool) -> Result<RunPlan, CommandError> {
    let check = if body_is_checked { "\n        check: { body_matches: \"^(served|delayed)\" }" } else { "" };
    let text = format!(
        "name: {}\ntarget: {{ http: \"{}\" }}\n{}\nscenarios:\n  - name: ask\n    steps:\n      - get: \"{}\"{check}\n",
        test.name.replace(' ', "-"),
        target.url(),
        test.load,
        test.path,
    );
    let nothing = |_: &str| None;
    let surroundings = Surroundings { lookup: &nothing, available_threads: 1 };
    let none = Overrides::default();
    let source = PlanSource::from_text("self-test", text);
    let plan = dyno_plan::resolve(&source, &none, &none, &surroundings)?.plan;
    debug_assert!(matches!(plan.workload, Workload::Http(_)));
    Ok(plan)
}

impl Reading {
    fn of(self, played: &Played) -> f64 {
        match self {
            Self::ResponseTime(q) => played.all.response_time.quantile(q) as f64 / 1e6,
            Self::SuccessesPerS => {
                let in_time = played.all.ok.saturating_sub(played.all.drained);
                in_time as f64 * 1e9 / played.elapsed_ns.max(1) as f64
            }
            Self::RefusedPercent => {
                let requests = played.all.requests().max(1);
                (requests - played.all.ok) as f64 * 100.0 / requests as f64
            }
        }
    }
}

#[cfg(test)]
mod tests;
