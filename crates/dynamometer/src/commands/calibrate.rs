//! `dyno calibrate`: a program against itself, until the noise of this machine is known.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use dyno_host::doctor::{CheckState, gate_checks};
use dyno_model::{ComparisonRecord, Environment, Warmup, is_same_scenario};
use dyno_plan::Overrides;
use dyno_verdict::{Calibrated, Keeping, Measurement, Subject, calibrated, calibration_file};
use serde_json::Value;

use crate::args::calibrate::{CalibrateArgs, LoadArgs};
use crate::commands::{doctor, environment, pretty};
use crate::console;
use crate::contest::{
    self, ArmSpec, Audience, Contest, End, Pace, Policy, Progress, Question, Restart, Silent,
};
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::signals::Interrupts;
use crate::profiles::{self, ProfileChoice};
use crate::twins::Twins;

mod table;

/// The bound of false alarms of a gate.
pub const ALPHA: f64 = 0.01;
/// Quads of the first pass of a gate.
pub const SCREEN_QUADS: u32 = 8;
/// No baseline is made of a target that fails more often, as a share of 0 to 1.
const ERRORS_MOST: f64 = 0.01;
/// Digits of a fingerprint that name a profile.
const DIGITS: usize = 8;

/// Calibrates this machine.
///
/// # Errors
/// When there is a profile already, a copy cannot be started or asked, or the profile cannot be written.
pub fn calibrate(args: &CalibrateArgs) -> Result<Exit, CommandError> {
    let machine = dyno_host::fingerprint();
    let place = Place::find(args, &machine)?;
    if args.discover_only {
        console::data(table::discovery(args, &machine, &place.file).as_bytes())?;
        return Ok(Exit::Passed);
    }
    if !args.allow_unfit && !is_fit()? {
        return Ok(Exit::Unreachable);
    }
    let interrupts = Interrupts::listen()?;
    interrupts.begin_playing();
    let stage = Stage::set_up(args, &place, &machine, &interrupts)?;
    let (sessions, gates) = match stage.play(args)? {
        Ok(played) => played,
        Err(exit) => return Ok(exit),
    };
    interrupts.end_playing();
    let calibrated = calibrated(&sessions, &gates).ok_or_else(|| {
        CommandError::target("no metric had a value in two rounds of one copy")
            .hint("play longer rounds: `--round 5s`")
    })?;
    refuse_failing(&calibrated)?;
    let value = place.write(args, &machine, &stage, &calibrated)?;
    if args.json {
        console::data(&pretty(&value))?;
    } else {
        console::data(table::summary(&calibrated, ALPHA).as_bytes())?;
    }
    if !args.quiet {
        console::talk(&format!("wrote {}", place.file.display()));
    }
    Ok(Exit::Passed)
}

/// Whether this machine can gate at all; says on stderr why not.
fn is_fit() -> Result<bool, CommandError> {
    let checks = gate_checks();
    let is_bad = checks.iter().any(|check| check.state == CheckState::Bad);
    let is_slow = cfg!(debug_assertions);
    if is_slow {
        console::warn("this is a build without optimisation: its noise is not that of a release");
    }
    if is_bad {
        console::talk(&doctor::machine_table(&checks));
        console::warn("this machine cannot gate now; `--allow-unfit` calibrates all the same");
    }
    Ok(!is_bad)
}

/// A baseline that fails is fast for the wrong reasons.
fn refuse_failing(calibrated: &Calibrated) -> Result<(), CommandError> {
    let (attempts, errors) = calibrated.attempts;
    let share = errors as f64 / attempts.max(1) as f64;
    if share <= ERRORS_MOST {
        return Ok(());
    }
    let message = format!(
        "{} of all requests failed: no baseline is made of more than {}",
        dyno_model::units::format_share(share),
        dyno_model::units::format_share(ERRORS_MOST)
    );
    Err(CommandError::target(message).hint("`dyno http` shows what fails"))
}

/// Where the profile goes, and what is there.
struct Place {
    id: String,
    file: PathBuf,
    existing: Option<Value>,
}

impl Place {
    fn find(args: &CalibrateArgs, machine: &Environment) -> Result<Self, CommandError> {
        let digits = machine.fingerprint.rsplit(':').next().unwrap_or_default();
        let id = format!("machine-{}", digits.get(..DIGITS).unwrap_or(digits));
        let directory = args.out.clone().or_else(profiles::local_directory).ok_or_else(|| {
            CommandError::usage("no directory for profiles is known").hint("name one with `--out`")
        })?;
        let file = directory.join(format!("{id}.json"));
        let existing = read(&file)?;
        if existing.is_some() && !args.append && !args.overwrite && !args.discover_only {
            let message = format!("there is a profile of this machine already: {}", file.display());
            return Err(CommandError::usage(message)
                .hint("`--append` counts it as earlier sessions, `--overwrite` replaces what was measured"));
        }
        Ok(Self { id, file, existing })
    }

    /// Sessions of another scenario cannot be counted together with those of this one.
    fn refuse_other(&self, subject: &Subject) -> Result<(), CommandError> {
        let then = self.existing.as_ref().and_then(|file| file["plans"][&subject.plan]["scenario"].as_str());
        match (then, &subject.scenario) {
            (Some(then), Some(now)) if !is_same_scenario(then, now) => {
                let (plan, file) = (&subject.plan, self.file.display());
                let message = format!("`{plan}` was calibrated in `{file}` as `{then}` and is now `{now}`");
                Err(CommandError::usage(message).hint("`--overwrite` replaces what was measured then"))
            }
            _ => Ok(()),
        }
    }

    fn write(
        &self,
        args: &CalibrateArgs,
        machine: &Environment,
        stage: &Stage<'_>,
        calibrated: &Calibrated,
    ) -> Result<Value, CommandError> {
        let (target, scenario) = (stage.label(), stage.scenario.borrow());
        let keeping = if args.append { Keeping::Append } else { Keeping::Overwrite };
        let measurement = Measurement {
            environment: machine,
            id: &self.id,
            tool: env!("CARGO_PKG_VERSION"),
            at: &jiff::Timestamp::now().to_string(),
            scenario: &scenario,
            target: &target,
            quads: args.quads,
            seed: args.twin.load.seed,
            valid_days: args.valid_days,
        };
        let value = calibration_file(self.existing.as_ref(), keeping, calibrated, &measurement);
        let written = std::fs::create_dir_all(self.file.parent().unwrap_or(Path::new(".")))
            .and_then(|()| std::fs::write(&self.file, pretty(&value)));
        written.map_err(|error| {
            CommandError::output(format!("cannot write the profile `{}`", self.file.display())).because(error)
        })?;
        Ok(value)
    }
}

fn read(file: &Path) -> Result<Option<Value>, CommandError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(
                CommandError::usage(format!("cannot read the profile `{}`", file.display())).because(error)
            );
        }
    };
    let value = serde_json::from_str(&text).map_err(|error| {
        CommandError::usage(format!("the profile `{}` is no JSON", file.display())).because(error)
    })?;
    Ok(Some(value))
}

/// Both copies and what they are asked.
struct Stage<'a> {
    arms: [ArmSpec; 2],
    question: Question,
    place: &'a Place,
    /// What is asked; known once the first contest has resolved its plan.
    scenario: RefCell<String>,
    machine: &'a Environment,
    interrupts: &'a Interrupts,
    /// The copies of this program live as long as the stage.
    _twins: Option<Twins>,
}

type Played = (Vec<ComparisonRecord>, Vec<ComparisonRecord>);

impl<'a> Stage<'a> {
    fn set_up(
        args: &CalibrateArgs,
        place: &'a Place,
        machine: &'a Environment,
        interrupts: &'a Interrupts,
    ) -> Result<Self, CommandError> {
        let question = question(args.plan.as_deref(), &args.twin.load)?;
        let (arms, twins) = match (&args.twin.start, &args.twin.ready) {
            (Some(start), Some(ready)) => {
                let side = || ArmSpec::Command {
                    text: start.clone(),
                    directory: None,
                    rebuilt: Vec::new(),
                    ready: ready.clone(),
                    label: None,
                    build: None,
                };
                ([side(), side()], None)
            }
            _ => {
                let twins = Twins::make()?;
                (twins.sides(&[]), Some(twins))
            }
        };
        let scenario = RefCell::default();
        Ok(Self { arms, question, place, scenario, machine, interrupts, _twins: twins })
    }

    fn label(&self) -> String {
        self.arms[0].label().to_string()
    }

    /// All sessions and gates, or the exit code of what ended them.
    fn play(&self, args: &CalibrateArgs) -> Result<Result<Played, Exit>, CommandError> {
        let mut played: Played = (Vec::new(), Vec::new());
        for number in 0..args.sessions + args.gates {
            let is_session = number < args.sessions;
            if !args.quiet {
                console::talk(&match is_session {
                    true => format!("session {} of {}", number + 1, args.sessions),
                    false => format!("gate {} of {}", number - args.sessions + 1, args.gates),
                });
            }
            let seed = args.twin.load.seed.wrapping_add(u64::from(number));
            let pace = Pace {
                quads: if is_session { args.quads } else { SCREEN_QUADS },
                restart: if is_session { Restart::Each } else { Restart::Auto },
                confirms: !is_session,
                ready_timeout: args.twin.ready_timeout,
                ..pace(&args.twin.load, seed)
            };
            let outcome = self.contest(args, pace)?;
            match outcome.end {
                End::Played if is_session => played.0.push(outcome.record),
                End::Played => played.1.push(outcome.record),
                End::Interrupted => {
                    console::warn("interrupted: nothing is written");
                    return Ok(Err(Exit::Interrupted));
                }
                End::Unfit(reason) => {
                    console::warn(&format!("this machine cannot be calibrated now: {reason}"));
                    return Ok(Err(Exit::Unreachable));
                }
            }
        }
        Ok(Ok(played))
    }

    fn contest(&self, args: &CalibrateArgs, pace: Pace) -> Result<contest::Outcome, CommandError> {
        // What people ask for by variables belongs to their comparisons and not to this machine.
        let choice = ProfileChoice { is_calibration_only: true, ..ProfileChoice::default() };
        let profile = |subject: &Subject| {
            if args.append {
                self.place.refuse_other(subject)?;
            }
            self.scenario.replace(subject.scenario.clone().unwrap_or_default());
            profiles::load(&[], choice, self.machine)
        };
        let contest = Contest {
            arms: self.arms.clone(),
            question: self.question.clone(),
            flags: flags(&args.twin.load),
            environment: environment()?,
            name: None,
            pace,
            policy: Policy { alpha: Some(ALPHA), ..Policy::default() },
            profile: &profile,
            threshold: None,
            rules: Vec::new(),
            reproduce: String::new(),
        };
        let (mut silent, mut progress) = (Silent, Progress::choose());
        let audience: &mut dyn Audience = if args.quiet { &mut silent } else { &mut progress };
        contest::play(&contest, self.interrupts, audience)
    }
}

/// The plan that is named, or the path that is asked for.
pub fn question(plan: Option<&Path>, load: &LoadArgs) -> Result<Question, CommandError> {
    match (plan, &load.path) {
        (None, path) => Ok(Question::Path(path.clone())),
        (Some(plan), None) => Ok(Question::Plan(dyno_plan::read_plan(plan)?)),
        (Some(_), Some(_)) => {
            Err(CommandError::usage("both a plan and `--path` say what is asked").hint("leave one out"))
        }
    }
}

/// What the flags say on top of the plan.
pub fn flags(load: &LoadArgs) -> Overrides {
    Overrides {
        rate_per_s: load.rate,
        users: load.connections,
        seed: Some(load.seed),
        ..Overrides::default()
    }
}

/// A gate as `dyno compare --run` plays it.
pub fn pace(load: &LoadArgs, seed: u64) -> Pace {
    Pace {
        quads: SCREEN_QUADS,
        round: load.round,
        budget: None,
        warmup: load.warmup,
        restart: Restart::Auto,
        confirms: true,
        seed,
        ready_timeout: std::time::Duration::from_secs(30),
    }
}

/// A warm-up as people write it.
fn warmup_words(warmup: Option<&Warmup>) -> String {
    match warmup {
        Some(Warmup::Time(time)) => dyno_model::units::format_duration(*time),
        Some(Warmup::None) => "none".to_owned(),
        Some(Warmup::Count(count)) => format!("{count} requests"),
        Some(Warmup::Automatic { .. }) | None => "until it is steady".to_owned(),
    }
}
