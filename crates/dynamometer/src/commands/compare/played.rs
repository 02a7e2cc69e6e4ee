//! `dyno compare --run`: two builds, loaded in turns on this machine.

use std::path::Path;

use dyno_plan::Overrides;
use dyno_verdict::{ResolvedProfile, Rule, parse_rule};

use crate::args::compare::CompareArgs;
use crate::args::compare::contest::RestartArg;
use crate::commands::compare::show;
use crate::commands::{arguments, environment};
use crate::console;
use crate::contest::{self, Audience, Contest, End, Pace, Policy, Progress, Question, Restart, Silent};
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::reproduce;
use crate::play::signals::Interrupts;

mod revisions;
mod sides;

/// Quads of the first pass.
const SCREEN_QUADS: u32 = 8;
/// The bound of false alarms of a gate.
const ALPHA: f64 = 0.01;
/// The seed when none is given: fixed, so that comparisons can be repeated.
const SEED: u64 = 42;

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
    let profile = ResolvedProfile::builtin().with_rules(rules);
    let contest = Contest {
        arms,
        question,
        flags: flags(args),
        environment: environment()?,
        name: args.output.name.clone(),
        pace: pace(args),
        policy: Policy {
            alpha: ALPHA,
            min_evidence: args.gate.min_evidence,
            on_inconclusive: args.gate.on_inconclusive().unwrap_or_default(),
        },
        profile: &profile,
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

fn rules(texts: &[String]) -> Result<Vec<Rule>, CommandError> {
    let read = |text: &String| {
        parse_rule(text)
            .map_err(|error| CommandError::usage(format!("--fail-on: {}", error.problem)).hint(error.hint))
    };
    texts.iter().map(read).collect()
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

fn pace(args: &CompareArgs) -> Pace {
    let contest = &args.contest;
    Pace {
        quads: contest.quads.unwrap_or(SCREEN_QUADS),
        round: contest.round,
        budget: contest.budget,
        warmup: contest.warmup,
        restart: match contest.restart {
            RestartArg::Auto => Restart::Auto,
            RestartArg::Never => Restart::Never,
            RestartArg::Each => Restart::Each,
        },
        confirms: !contest.no_confirm,
        seed: args.gate.seed.unwrap_or(SEED),
        ready_timeout: contest.ready_timeout,
    }
}
