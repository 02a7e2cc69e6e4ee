//! `dyno compare A B`: results that are there already.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use dyno_model::{CellKey, ComparisonRecord, Environment, Measured};
use dyno_verdict::stored::{self, ComparePolicy, ComparisonHead};
use dyno_verdict::{CalibrationState, ResolvedProfile, Rule, Subject};

use crate::args::compare::{CompareArgs, GateArgs};
use crate::commands::arguments;
use crate::commands::compare::{rules, seed, show};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::reproduce;
use crate::profiles;
use crate::results::{Arm, Results};

/// The bound of false alarms of a gate, unless a profile says otherwise.
const ALPHA: f64 = 0.01;

/// Compares stored results and shows what came out.
///
/// # Errors
/// When a result cannot be found or read, a rule is none, or an output cannot be written.
pub fn compare(args: &CompareArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    check_count(&args.runs)?;
    let files = show::outputs(&args.output)?;
    let mut results = Results::new(store);
    let arms: Vec<Arm> = args.runs.iter().map(|text| results.arm(text)).collect::<Result<_, _>>()?;
    refuse_itself(&arms, &args.runs)?;
    let record = judge(arms, &args.gate, args.output.name.as_deref(), &results)?;
    show::show(&record, &files, &args.output, args.gate.allow_incomparable, store)
}

/// Compares the first arm with each of the others, as the profile of this machine and the flags of the gate say.
///
/// # Errors
/// When a rule is none, or the profile has mistakes.
pub fn judge(
    arms: Vec<Arm>,
    gate: &GateArgs,
    name: Option<&str>,
    results: &Results,
) -> Result<ComparisonRecord, CommandError> {
    let rules = rules(&gate.fail_on)?;
    let (mut newest, mut sessions) = (Vec::new(), Vec::new());
    for arm in arms {
        newest.push(arm.newest);
        sessions.push(arm.others);
    }
    let (baseline, candidates) = newest.split_first().expect("invariant: there are two or more");
    check_rules(&rules, &newest)?;
    let profile = profile(gate, baseline)?.with_rules(rules.clone());
    let plan = baseline.plan_name.as_str();
    let cell_rule = |key: &CellKey| profile.cell_rule(plan, key);
    let noise = |key: &CellKey| profile.noise(plan, key);
    let of_profile = profile.policy();
    let policy = ComparePolicy {
        head: head(name, baseline),
        alpha: of_profile.alpha.unwrap_or(ALPHA),
        min_evidence: gate.min_evidence.or(of_profile.min_evidence),
        on_inconclusive: gate.on_inconclusive().or(of_profile.on_inconclusive).unwrap_or_default(),
        allow_incomparable: gate.allow_incomparable,
        cell_rule: &cell_rule,
        noise: &noise,
        rules,
        threshold: gate.threshold,
        history: results.history(baseline, candidates),
        sessions,
        certificate: profile.certificate().cloned(),
        stale_noise: Some(profile.calibration())
            .filter(|state| state.is_stale())
            .and_then(CalibrationState::hint),
        overrides: profile.overrides().to_vec(),
        seed: seed(gate)?,
    };
    let mut record = stored::compare(baseline, candidates, &policy);
    profile.hold_to_limits(plan, &mut record);
    Ok(record)
}

fn check_count(runs: &[String]) -> Result<(), CommandError> {
    let there = match runs {
        [] => "is neither".to_owned(),
        [one] => format!("is only `{one}`"),
        _ => return Ok(()),
    };
    let message = format!("a comparison needs a baseline and a candidate, and there {there}");
    Err(CommandError::usage(message)
        .hint("for example `dyno compare checkout@-1 checkout`; see `dyno runs list`"))
}

/// A run beside itself is no comparison: it would pass, and nothing would have been compared.
fn refuse_itself(arms: &[Arm], named: &[String]) -> Result<(), CommandError> {
    let Some((baseline, candidates)) = arms.split_first() else { return Ok(()) };
    let Some(id) = &baseline.newest.run_id else { return Ok(()) };
    let is_same = |arm: &Arm| {
        arm.newest.run_id.as_ref() == Some(id)
            && arm.newest.cells == baseline.newest.cells
            && arm.newest.environment == baseline.newest.environment
    };
    let Some(index) = candidates.iter().position(is_same) else { return Ok(()) };
    let message = format!("`{}` and `{}` are the same run, {id}", named[0], named[index + 1]);
    Err(CommandError::usage(message)
        .hint("`NAME@-1` is the run before the newest; `dyno runs list` shows all"))
}

/// A rule about an operation that no result has would never fail, so it is a mistake.
fn check_rules(rules: &[Rule], results: &[Measured]) -> Result<(), CommandError> {
    let known: BTreeSet<&str> =
        results.iter().flat_map(|one| one.operations.keys()).map(String::as_str).collect();
    let named = rules.iter().filter_map(|rule| Some((rule, rule.operation.as_deref()?)));
    let Some((rule, operation)) =
        named.filter(|(_, name)| *name != "*").find(|(_, name)| !known.contains(name))
    else {
        return Ok(());
    };
    let names: Vec<&str> = known.into_iter().collect();
    let hint = if names.is_empty() {
        format!("they know the whole only: write `{}`", rule.text.rsplit('/').next().unwrap_or_default())
    } else {
        format!("their operations are {}", names.join(", "))
    };
    let message = format!("--fail-on `{}`: no result has an operation `{operation}`", rule.text);
    Err(CommandError::usage(message).hint(hint))
}

/// What this machine and team hold the baseline's plan to. Noise is that of the machine on which it was measured.
fn profile(gate: &GateArgs, baseline: &Measured) -> Result<ResolvedProfile, CommandError> {
    let unknown = Environment::default();
    let environment = baseline.environment.as_ref().unwrap_or(&unknown);
    let operations = baseline.operations.keys().cloned().collect();
    let scenario = baseline.scenario.clone();
    let subject = Subject { plan: baseline.plan_name.clone(), operations, scenario };
    let profile = profiles::load(&[subject], gate.profile.choice(), environment)?;
    profile.warnings().iter().for_each(|warning| console::warn(warning));
    Ok(profile)
}

fn head(name: Option<&str>, baseline: &Measured) -> ComparisonHead {
    let own = if baseline.plan_name.is_empty() { &baseline.label } else { &baseline.plan_name };
    ComparisonHead {
        id: dyno_store::new_run_id(SystemTime::now()),
        name: name.unwrap_or(own).to_owned(),
        at: jiff::Timestamp::now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reproduce: reproduce::command_line(&arguments()),
    }
}
