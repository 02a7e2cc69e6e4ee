//! `dyno selftest`: does the gate find a slowness that was put in, and leave alone what was not slowed.
//!
//! The gate is the user's own: profile, rules, rounds. Only the target is ours, because only it can be slowed on purpose.

use dyno_model::{CellKey, ComparisonRecord, GateState, RowVerdict, Side};
use dyno_stats::paired::{clopper_pearson, difference, log_ratio, median};
use dyno_target::Injection;
use dyno_verdict::{Rule, Subject, parse_rule};
use serde_json::json;

use crate::args::selftest::SelftestArgs;
use crate::commands::calibrate::{ALPHA, flags, pace, question};
use crate::commands::{environment, pretty};
use crate::console;
use crate::contest::{self, Audience, Contest, End, Pace, Policy, Progress, Silent};
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::signals::Interrupts;
use crate::profiles;
use crate::twins::Twins;

pub mod goal;

use goal::Goal;

/// Quads that measure what a slowness does.
const TRIAL_QUADS: u32 = 6;
/// How often the guess of a slowness is mended.
const TRIALS_MOST: u32 = 4;
/// An effect this close to what was asked is what was asked, as a share of it.
const CLOSE: f64 = 0.15;
/// One step never changes a slowness by more than this factor.
const FACTOR_MOST: f64 = 4.0;
/// Confidence of the bounds that are shown.
const CONFIDENCE: f64 = 0.95;

/// Plays gates with a slowed copy and with one that is not.
///
/// # Errors
/// When a rule or a profile has mistakes, or a copy cannot be started or asked.
pub fn selftest(args: &SelftestArgs) -> Result<Exit, CommandError> {
    let rules: Result<Vec<_>, CommandError> = args
        .fail_on
        .iter()
        .map(|text| parse_rule(text).map_err(|error| CommandError::usage(error.problem).hint(error.hint)))
        .collect();
    let rules = rules?;
    let interrupts = Interrupts::listen()?;
    interrupts.begin_playing();
    let stage = Stage { args, rules, twins: Twins::make()?, interrupts: &interrupts };
    let outcome = match stage.play()? {
        Ok(outcome) => outcome,
        Err(exit) => return Ok(exit),
    };
    interrupts.end_playing();
    let bytes = if args.json { outcome.json(args) } else { outcome.words(args).into_bytes() };
    console::data(&bytes)?;
    Ok(if outcome.is_good() { Exit::Passed } else { Exit::Failed })
}

/// What came out.
struct Outcome {
    slowness: Injection,
    /// What the slowness did to the metric, over all quads of the slowed gates: for the worse is positive.
    effect: Option<f64>,
    /// Gates with the slowed copy, and those that caught it.
    slowed: (u32, u32),
    /// Gates with an unchanged copy, and those that called it slower.
    unchanged: (u32, u32),
}

struct Stage<'a> {
    args: &'a SelftestArgs,
    rules: Vec<Rule>,
    twins: Twins,
    interrupts: &'a Interrupts,
}

/// A contest that was ended from outside has no result but an exit code.
type Ended<T> = Result<T, Exit>;

impl Stage<'_> {
    fn play(&self) -> Result<Ended<Outcome>, CommandError> {
        let goal = self.args.inject.as_ref();
        let slowness = match (goal, &self.args.slowness) {
            (Some(goal), _) => match self.find(goal)? {
                Ok(slowness) => slowness,
                Err(exit) => return Ok(Err(exit)),
            },
            (None, slowness) => slowness.unwrap_or_default(),
        };
        let (mut slowed, mut unchanged, mut effects) = ((0, 0), (0, 0), Vec::new());
        for number in 0..2 * self.args.gates {
            // In turns, so that what the machine does meanwhile happens to both.
            let is_slowed = number % 2 == 0;
            let which = if is_slowed { "slowed" } else { "unchanged" };
            self.talk(&format!("gate {} of {}, {which}", number / 2 + 1, self.args.gates));
            let injection = if is_slowed { slowness } else { Injection::default() };
            let pace = Pace { quads: self.args.quads, ..pace(&self.args.load, self.seed(100 + number)) };
            let record = match self.contest(&injection, pace)? {
                Ok(record) => record,
                Err(exit) => return Ok(Err(exit)),
            };
            let counts = if is_slowed { &mut slowed } else { &mut unchanged };
            counts.0 += 1;
            counts.1 += u32::from(is_caught(&record, goal.filter(|_| is_slowed)));
            if let (true, Some(goal)) = (is_slowed, goal) {
                effects.extend(changes(&record, goal));
            }
        }
        Ok(Ok(Outcome { slowness, effect: median(&effects), slowed, unchanged }))
    }

    /// Mends a first guess until the slowness does what was asked.
    fn find(&self, goal: &Goal) -> Result<Ended<Injection>, CommandError> {
        self.talk(&format!("looking for a slowness that makes {}", goal.text));
        let trial = |number: u32, injection: &Injection| {
            let quads = TRIAL_QUADS;
            let pace = Pace { quads, confirms: false, ..pace(&self.args.load, self.seed(number)) };
            self.contest(injection, pace)
        };
        let quiet = match trial(0, &Injection::default())? {
            Ok(record) => record,
            Err(exit) => return Ok(Err(exit)),
        };
        let value = |metric: &str| baseline(&quiet, metric);
        let (Some(own), cpu_ns) = (value(&goal.metric), value("cpu_per_request").unwrap_or(0.0)) else {
            let message = format!("`{}` had no value in a round", goal.metric);
            return Err(CommandError::target(message).hint("play longer rounds: `--round 5s`"));
        };
        let guess = goal.slowness(own, cpu_ns).unwrap_or_default();
        let mut slowness = guess;
        for number in 1..=TRIALS_MOST {
            let record = match trial(number, &slowness)? {
                Ok(record) => record,
                Err(exit) => return Ok(Err(exit)),
            };
            let effect = median(&changes(&record, goal)).unwrap_or(0.0);
            self.talk(&format!("`{slowness}` makes {} worse by {}", goal.metric, size(goal, effect)));
            let ratio = effect / goal.worse;
            if (ratio - 1.0).abs() <= CLOSE {
                return Ok(Ok(slowness));
            }
            let factor =
                if ratio > 0.0 { (1.0 / ratio).clamp(1.0 / FACTOR_MOST, FACTOR_MOST) } else { FACTOR_MOST };
            slowness = Goal::scaled(&slowness, factor);
        }
        console::warn(
            "the effect of the slowness could not be brought close to what was asked; see what it was below",
        );
        Ok(Ok(slowness))
    }

    fn seed(&self, number: u32) -> u64 {
        self.args.load.seed.wrapping_add(u64::from(number))
    }

    fn talk(&self, line: &str) {
        if !self.args.quiet {
            console::talk(line);
        }
    }

    fn contest(&self, injection: &Injection, pace: Pace) -> Result<Ended<ComparisonRecord>, CommandError> {
        let flags_of_b = match *injection == Injection::default() {
            true => Vec::new(),
            false => vec!["--inject".to_owned(), injection.to_string()],
        };
        let profile = |subject: &Subject| {
            let (choice, machine) = (self.args.choice.choice(), dyno_host::fingerprint());
            Ok(profiles::load(std::slice::from_ref(subject), choice, &machine)?
                .with_rules(self.rules.clone()))
        };
        let contest = Contest {
            arms: self.twins.sides(&flags_of_b),
            question: question(None, &self.args.load)?,
            flags: flags(&self.args.load),
            environment: environment()?,
            name: None,
            pace,
            policy: Policy::default(),
            profile: &profile,
            threshold: None,
            rules: self.args.fail_on.clone(),
            reproduce: String::new(),
        };
        let (mut silent, mut progress) = (Silent, Progress::choose());
        let audience: &mut dyn Audience = if self.args.quiet { &mut silent } else { &mut progress };
        let outcome = contest::play(&contest, self.interrupts, audience)?;
        Ok(match outcome.end {
            End::Played => Ok(outcome.record),
            End::Interrupted => Err(Exit::Interrupted),
            End::Unfit(reason) => {
                console::warn(&format!("this machine is unfit for a gate now: {reason}"));
                Err(Exit::Unreachable)
            }
        })
    }
}

/// Whether a gate failed; with a goal, because of its metric.
fn is_caught(record: &ComparisonRecord, goal: Option<&Goal>) -> bool {
    let regressed = |metric: &str| {
        record
            .rows
            .iter()
            .any(|row| row.metric == metric && row.is_gated && row.verdict == RowVerdict::Regressed)
    };
    record.gate.state == GateState::Fail && goal.is_none_or(|goal| regressed(&goal.metric))
}

/// The baseline's middle value of a metric over all rounds that count.
fn baseline(record: &ComparisonRecord, metric: &str) -> Option<f64> {
    let name = CellKey::whole(metric).to_string();
    let rounds = record.contest.iter().flat_map(|contest| &contest.rounds);
    let counted = rounds.filter(|round| round.side == Side::A && round.discarded.is_none());
    median(&counted.filter_map(|round| round.values.get(&name).copied()).collect::<Vec<f64>>())
}

/// What each quad says of the effect: for the worse is positive.
fn changes(record: &ComparisonRecord, goal: &Goal) -> Vec<f64> {
    let rounds: Vec<_> = record
        .contest
        .iter()
        .flat_map(|contest| &contest.rounds)
        .filter(|round| round.discarded.is_none())
        .collect();
    let of_quad = |quad: &[&dyno_model::RoundRecord]| {
        let of = |side| {
            let mut values = quad
                .iter()
                .filter(|round| round.side == side)
                .filter_map(|round| round.values.get(&goal.metric));
            Some([*values.next()?, *values.next()?])
        };
        let (a, b) = (of(Side::A)?, of(Side::B)?);
        let sign = if goal.kind.direction == dyno_model::Direction::Higher { -1.0 } else { 1.0 };
        let change = match goal.kind.is_difference {
            true => difference(a, b)?,
            false => log_ratio(a, b)?.exp_m1(),
        };
        Some(sign * change)
    };
    rounds.chunks(4).filter_map(of_quad).collect()
}

fn size(goal: &Goal, effect: f64) -> String {
    if goal.kind.is_difference {
        format!("{:.2} pp", effect * 100.0)
    } else {
        format!("{:.1} %", effect * 100.0)
    }
}

impl Outcome {
    /// Caught more often than not, and no more false alarms than chance explains at the promised rate.
    fn is_good(&self) -> bool {
        let is_promised =
            clopper_pearson(self.unchanged.1.into(), self.unchanged.0.into(), CONFIDENCE).0 <= ALPHA;
        2 * self.slowed.1 > self.slowed.0 && is_promised
    }

    /// What so many gates show, and no more.
    fn verdict(&self) -> &'static str {
        let (least, most) = clopper_pearson(self.slowed.1.into(), self.slowed.0.into(), CONFIDENCE);
        match (self.is_good(), 2 * self.slowed.1 > self.slowed.0) {
            (true, _) if least > 0.5 => "This gate finds such a change more often than not.",
            (true, _) => {
                "This gate found such a change, in too few gates to say how often it does: play more (`--gates`)."
            }
            (false, true) => {
                "This gate calls unchanged programs slower too often: calibrate, or use a quieter machine."
            }
            (false, false) if most < 0.5 => {
                "This gate misses such a change: play longer rounds, more quads, or use a quieter machine."
            }
            (false, false) => {
                "This gate missed such a change, in too few gates to say how often it does: play more (`--gates`)."
            }
        }
    }

    fn words(&self, args: &SelftestArgs) -> String {
        let share = |(of, count): (u32, u32)| {
            let (low, high) = clopper_pearson(count.into(), of.into(), CONFIDENCE);
            format!("{count} of {of} ({:.0} % to {:.0} %)", low * 100.0, high * 100.0)
        };
        let effect = match (&args.inject, self.effect) {
            (Some(goal), Some(effect)) => {
                format!(
                    "asked     {}\nput in    {} worse by {}, by `{}`\n",
                    goal.text,
                    goal.metric,
                    size(goal, effect),
                    self.slowness
                )
            }
            _ => format!("put in    `{}`\n", self.slowness),
        };
        format!(
            "{effect}caught    {}\nunchanged {} called slower\n\n{}\n",
            share(self.slowed),
            share(self.unchanged),
            self.verdict()
        )
    }

    fn json(&self, args: &SelftestArgs) -> Vec<u8> {
        let share = |(of, count): (u32, u32)| {
            let (low, high) = clopper_pearson(count.into(), of.into(), CONFIDENCE);
            json!({ "gates": of, "failed": count, "low95": low, "high95": high })
        };
        pretty(&json!({
            "asked": args.inject.as_ref().map(|goal| goal.text.clone()),
            "slowness": self.slowness.to_string(),
            "effect": self.effect,
            "slowed": share(self.slowed),
            "unchanged": share(self.unchanged),
            "is_good": self.is_good(),
        }))
    }
}
