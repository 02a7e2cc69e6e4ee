//! Two sides are started, loaded in turns and judged: what `dyno compare --run` does, and what calibration and the
//! self-test of the gate do with two copies of one program.
//!
//! `arm` starts and ends the sides, `arena` plays rounds on this machine, `referee` asks the gate what to play next,
//! `record` puts together what is kept. Shows nothing itself: an [`Audience`] does. What a change means is decided by
//! `dyno-verdict`.

mod arena;
mod arm;
mod orders;
mod outlook;
mod picture;
mod planning;
mod plans;
mod process;
mod progress;
mod ready;
mod record;
mod referee;
mod settle;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dyno_model::{ComparisonRecord, Evidence, OnInconclusive, Side, Stage, Warmup};
use dyno_plan::{Overrides, PlanSource};
use dyno_verdict::gate::CellProgress;
use dyno_verdict::{ResolvedProfile, Subject};

use crate::error::CommandError;
use crate::play::signals::Interrupts;

pub use arm::{ArmSpec, PORT};
pub use process::{Process, kill_all};
pub use progress::{Progress, Silent};

/// What is to be played.
pub struct Contest<'a> {
    /// Baseline and candidate.
    pub arms: [ArmSpec; 2],
    /// What is asked of both.
    pub question: Question,
    /// Values on top of the plan, from the command line.
    pub flags: Overrides,
    /// The same from the environment.
    pub environment: Overrides,
    /// What people call the comparison; `None` is the plan's name.
    pub name: Option<String>,
    /// How rounds are played.
    pub pace: Pace,
    /// When the gate is content.
    pub policy: Policy,
    /// What each cell of a plan is held to; asked once, when the plan is known.
    pub profile: ProfileOf<'a>,
    /// Stands for the tolerance of every time and rate that no rule is about, as a share of the baseline.
    pub threshold: Option<f64>,
    /// The user's rules, as written.
    pub rules: Vec<String>,
    /// A command that makes the same comparison again; redacted here.
    pub reproduce: String,
}

impl Contest<'_> {
    /// How many builds of each side take turns.
    pub fn builds(&self) -> u32 {
        self.arms.iter().map(ArmSpec::builds).max().unwrap_or(1)
    }
}

/// Gives the profile of a plan with its operations.
pub type ProfileOf<'a> = &'a dyn Fn(&Subject) -> Result<ResolvedProfile, CommandError>;

/// What both sides are asked.
#[derive(Debug, Clone)]
pub enum Question {
    /// The requests of a plan.
    Plan(PlanSource),
    /// GET of a path; `None` is the path of the side's own URL.
    Path(Option<String>),
}

/// How rounds are played.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Quads of the screen.
    pub quads: u32,
    /// Length of a round; `None` is what the target needs and the budget allows.
    pub round: Option<Duration>,
    /// Time for everything.
    pub budget: Option<Duration>,
    /// Load before the first round; `None` is until it is steady.
    pub warmup: Option<Warmup>,
    /// When both sides are started anew.
    pub restart: Restart,
    /// Whether suspicious cells are measured again.
    pub confirms: bool,
    /// The seed of orders, pauses and what is asked.
    pub seed: u64,
    /// How long a side may take to be ready.
    pub ready_timeout: Duration,
}

/// When both sides are started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// For each quad when that is quick, else before the confirmation.
    Auto,
    /// Not at all.
    Never,
    /// For each quad.
    Each,
}

/// When the gate is content. What is not said here is said by the profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    /// The bound of false alarms of the whole gate, 0 to 1.
    pub alpha: Option<f64>,
    /// The least evidence that is enough.
    pub min_evidence: Option<Evidence>,
    /// What is done when the evidence is not enough.
    pub on_inconclusive: Option<OnInconclusive>,
}

/// What came of a contest.
#[derive(Debug)]
pub struct Outcome {
    /// Everything that is kept, redacted.
    pub record: ComparisonRecord,
    /// How it ended.
    pub end: End,
}

/// How a contest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The gate had what it asked for, or its time was over.
    Played,
    /// The user stopped it; what was played until then is judged.
    Interrupted,
    /// The machine or the sides make a comparison impossible, in words.
    Unfit(String),
}

/// Watches a contest.
pub trait Audience {
    /// Something begins.
    fn note(&mut self, line: &str);

    /// A quad has been played.
    fn quad(&mut self, standing: &Standing<'_>);

    /// Nothing more will be played.
    fn close(&mut self);
}

/// How a contest stands after a quad.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The stage that is being played.
    pub stage: Stage,
    /// Quads of it that count.
    pub quads: u32,
    /// Quads of it that the gate wants.
    pub planned: u32,
    /// Why the last quad does not count.
    pub discarded: Option<&'a str>,
    /// Every cell so far.
    pub cells: Vec<CellProgress>,
    /// Time until the stage is complete.
    pub left: Duration,
    /// The bound of false alarms of the gate: a corrected probability at or below it is no chance.
    pub alpha: f64,
}

/// Plays a contest to its end and judges it.
///
/// Signals are counted and not followed: `interrupts` must have begun playing. The record is not stored and not shown.
///
/// # Errors
/// When the plan has mistakes, or when a side cannot be started, dies, or cannot be asked.
pub fn play(
    contest: &Contest<'_>,
    interrupts: &Interrupts,
    audience: &mut dyn Audience,
) -> Result<Outcome, CommandError> {
    let plans = plans::resolve(contest)?;
    dyno_host::limits::raise_open_files(dyno_host::limits::open_files_needed(plans.connections()));
    let logs = Logs::new()?;
    let started = Instant::now();
    let played = referee::play(contest, &plans, interrupts, audience, &logs.path, started);
    audience.close();
    let played = played?;
    let end = played.end.clone();
    let record = record::of(contest, &plans, played);
    Ok(Outcome { record, end })
}

/// `A` and `B`.
fn letter(side: Side) -> &'static str {
    match side {
        Side::A => "A",
        Side::B => "B",
    }
}

/// A directory for the output of programs, gone with the contest.
struct Logs {
    path: PathBuf,
}

impl Logs {
    fn new() -> Result<Self, CommandError> {
        let id = dyno_store::new_run_id(std::time::SystemTime::now());
        let path = std::env::temp_dir().join(format!("dyno-contest-{id}"));
        std::fs::create_dir_all(&path).map_err(|error| {
            CommandError::output(format!("cannot make the directory of logs `{}`", path.display()))
                .because(error)
        })?;
        Ok(Self { path })
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        // Left behind, it harms nobody: it lies among temporary files.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
