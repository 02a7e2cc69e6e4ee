//! `dyno compare --run`: two builds, loaded in turns on this machine.

use std::path::Path;

use dyno_plan::Overrides;
use dyno_verdict::Subject;

use crate::args::compare::CompareArgs;
use crate::args::compare::contest::RestartArg;
use crate::args::values;
use crate::commands::compare::{rules, seed, show, variable};
use crate::commands::{arguments, environment};
use crate::console;
use crate::contest::{self, Audience, Contest, End, Pace, Policy, Progress, Question, Restart, Silent};
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::reproduce;
use crate::play::signals::Interrupts;
use crate::profiles;

mod revisions;
mod sides;

/// Time for everything, when no flag says.
const BUDGET: &str = "DYNO_PERF_BUDGET";
/// Quads of the first pass.
const SCREEN_QUADS: u32 = 8;

/// Plays both builds and compares them.
///
/// # Errors
/// When a build cannot be started or loaded, or an output cannot be written.
pub fn compare(args: &CompareArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    let files = show::outputs(&args.output)?;
    let rules = rules(&args.gate.fail_on)?;
    let question = question(args)?;
    let interrupts = Interrupts::listen()?;
    interrupts.begin_playing();
    let arms = sides::of(args, store, &interrupts)?;
    let profile = |subject: &Subject| {
        let choice = args.gate.profile.choice();
        let profile = profiles::load(std::slice::from_ref(subject), choice, &dyno_host::fingerprint())?;
        profile.warnings().iter().for_each(|warning| console::warn(warning));
        Ok(profile.with_rules(rules.clone()))
    };
    let contest = Contest {
        arms,
        question,
        flags: flags(args),
        environment: environment()?,
        name: args.output.name.clone(),
        pace: pace(args)?,
        policy: Policy {
            alpha: None,
            min_evidence: args.gate.min_evidence,
            on_inconclusive: args.gate.on_inconclusive(),
        },
        profile: &profile,
        threshold: args.gate.threshold,
        rules: args.gate.fail_on.clone(),
        reproduce: reproduce::command_line(&arguments()),
    };
    let (mut silent, mut progress) = (Silent, Progress::choose());
    let audience: &mut dyn Audience = if args.output.quiet { &mut silent } else { &mut progress };
    let outcome = contest::play(&contest, &interrupts, audience)?;
    interrupts.end_playing();
    if let End::Unfit(reason) = &outcome.end {
        console::warn(&format!("this is no place to compare at: {reason}"));
    }
    show::show(&outcome.record, &files, &args.output, args.gate.allow_incomparable, store)
}

/// The plan that is named, or the path that is asked for.
fn question(args: &CompareArgs) -> Result<Question, CommandError> {
    match (args.runs.as_slice(), &args.contest.path) {
        ([], path) => Ok(Question::Path(path.clone())),
        ([plan], None) => Ok(Question::Plan(dyno_plan::read_plan(Path::new(plan))?)),
        ([_], Some(_)) => {
            Err(CommandError::usage("both a plan and `--path` say what is asked").hint("leave one out"))
        }
        (more, _) => {
            let message =
                format!("`--run` takes one plan, and there are {}: {}", more.len(), more.join(", "));
            Err(CommandError::usage(message).hint("give both builds with `--a` and `--b`"))
        }
    }
}

fn flags(args: &CompareArgs) -> Overrides {
    let contest = &args.contest;
    Overrides {
        rate_per_s: contest.rate,
        users: contest.connections,
        seed: args.gate.seed,
        ..Overrides::default()
    }
}

fn pace(args: &CompareArgs) -> Result<Pace, CommandError> {
    let contest = &args.contest;
    Ok(Pace {
        quads: contest.quads.unwrap_or(SCREEN_QUADS),
        round: contest.round,
        budget: contest
            .budget
            .map_or_else(|| variable(BUDGET, values::duration), |budget| Ok(Some(budget)))?,
        warmup: contest.warmup,
        restart: match contest.restart {
            RestartArg::Auto => Restart::Auto,
            RestartArg::Never => Restart::Never,
            RestartArg::Each => Restart::Each,
        },
        confirms: !contest.no_confirm,
        seed: seed(&args.gate)?,
        ready_timeout: contest.ready_timeout,
    })
}
