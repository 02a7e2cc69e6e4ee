//! The load model from file, environment and flags.

use std::time::Duration;

use dyno_model::{Arrivals, LoadModel, ScheduleSpec, Segment};

use crate::layers::{Layers, Show};
use crate::load::{ClosedDraft, Curve, LoadDraft, OpenDraft};
use crate::problem::Problem;
use crate::read::{Context, Setting};
use crate::{Origin, Overrides};

/// How many arrivals an open load lets be in flight when the plan does not say.
const DEFAULT_MAX_IN_FLIGHT: u32 = 1024;
/// How many users a closed load has when nobody says; as hey and oha.
pub(crate) const DEFAULT_USERS: u32 = 50;

/// The load model, and how long its schedule is when it has an end of its own.
pub(super) struct Load {
    pub model: LoadModel,
    pub schedule_length: Option<Duration>,
}

pub(super) fn resolve(context: &mut Context<'_>, layers: &mut Layers<'_>, file: Option<LoadDraft>) -> Load {
    let rate = layers.flags.rate_per_s.or(layers.environment.rate_per_s);
    match (rate, file) {
        (Some(rate), file) => {
            let file = if let Some(LoadDraft::Open(open)) = file { open } else { OpenDraft::default() };
            if rate <= 0.0 {
                let problem = Problem::anywhere("the rate must be above zero");
                context.report(problem.hint("give `--rate 300/s`, for example"));
            }
            resolve_open(context, layers, OpenDraft { curve: None, ..file }, Curve::Constant(rate))
        }
        (None, Some(LoadDraft::Open(mut open))) => {
            // Without a curve a mistake was reported, so any will do.
            let curve = open.curve.take().unwrap_or(Setting {
                value: Curve::Constant(1.0),
                origin: Origin::Default,
                span: None,
            });
            layers.note("load.open", &curve);
            resolve_open(context, layers, open, curve.value)
        }
        (None, Some(LoadDraft::Closed(closed))) => resolve_closed(context, layers, closed),
        (None, None) => resolve_closed(context, layers, ClosedDraft::default()),
    }
}

fn resolve_open(context: &mut Context<'_>, layers: &mut Layers<'_>, file: OpenDraft, curve: Curve) -> Load {
    refuse(context, layers, "--think-time", "a closed", |o| o.think_time.is_some());
    refuse(context, layers, "--ramp-up", "a closed", |o| o.ramp_up.is_some());
    if layers.flags.rate_per_s.or(layers.environment.rate_per_s).is_some() {
        layers.pick_optional("load.open.rate", "rate", |o| o.rate_per_s.map(Rate), None);
    }
    let flag = in_flight_flag(layers);
    let in_flight = |o: &Overrides| o.max_in_flight.or(o.users);
    let default = || DEFAULT_MAX_IN_FLIGHT;
    let max_in_flight =
        layers.pick("load.open.max_in_flight", flag, in_flight, file.max_in_flight, default).value;
    let mut schedule = match curve {
        Curve::Times(times) => {
            refuse(context, layers, "--arrivals", "another", |o| o.arrivals.is_some());
            let arrivals = Arrivals::Times(times);
            let schedule = ScheduleSpec { segments: Vec::new(), arrivals, hold_last: false };
            let schedule_length = Some(schedule.duration());
            return Load { model: LoadModel::Open { schedule, max_in_flight }, schedule_length };
        }
        Curve::Constant(rate) => ScheduleSpec::constant(rate, Arrivals::Even),
        Curve::Stages(segments) => ScheduleSpec { segments, arrivals: Arrivals::Even, hold_last: true },
    };
    let arrivals = |o: &Overrides| o.arrivals.clone();
    schedule.arrivals =
        layers.pick("load.open.arrivals", "arrivals", arrivals, file.arrivals, || Arrivals::Even).value;
    let length = schedule.duration();
    let schedule_length = (!length.is_zero()).then_some(length);
    Load { model: LoadModel::Open { schedule, max_in_flight }, schedule_length }
}

/// The flag that limits requests in flight: users do it too in an open load.
fn in_flight_flag(layers: &Layers<'_>) -> &'static str {
    let given =
        [layers.flags, layers.environment].into_iter().find(|o| o.max_in_flight.or(o.users).is_some());
    if given.is_some_and(|o| o.max_in_flight.is_none()) { "users" } else { "max-in-flight" }
}

fn resolve_closed(context: &mut Context<'_>, layers: &mut Layers<'_>, file: ClosedDraft) -> Load {
    refuse(context, layers, "--arrivals", "an open", |o| o.arrivals.is_some());
    refuse(context, layers, "--max-in-flight", "an open", |o| o.max_in_flight.is_some());
    let users = layers.pick("load.closed.users", "users", |o| o.users, file.users, || DEFAULT_USERS).value;
    let zero = || Duration::ZERO;
    let think_time =
        layers.pick("load.closed.think_time", "think-time", |o| o.think_time, file.think_time, zero).value;
    let ramp_up = layers.pick("load.closed.ramp_up", "ramp-up", |o| o.ramp_up, file.ramp_up, zero).value;
    Load { model: LoadModel::Closed { users, think_time, ramp_up }, schedule_length: None }
}

/// Reports a flag that has no meaning for this load model.
fn refuse(
    context: &mut Context<'_>,
    layers: &Layers<'_>,
    flag: &str,
    needed: &str,
    is_given: impl Fn(&Overrides) -> bool,
) {
    if is_given(layers.flags) || is_given(layers.environment) {
        let hint = match needed {
            "another" => "the times of `arrivals_file` are the arrivals",
            _ => "a load is open when it has a rate, else closed",
        };
        let problem = Problem::anywhere(format!("`{flag}` needs {needed} load"));
        context.report(problem.hint(hint));
    }
}

#[derive(Clone)]
struct Rate(f64);

impl Show for Rate {
    fn show(&self) -> String {
        format!("{}/s", self.0)
    }
}

impl Show for Arrivals {
    fn show(&self) -> String {
        match self {
            Self::Even => "even".to_owned(),
            Self::Poisson => "poisson".to_owned(),
            Self::Times(times) => format!("{} times", times.len()),
        }
    }
}

impl Show for Curve {
    fn show(&self) -> String {
        match self {
            Self::Constant(rate) => format!("{rate}/s"),
            Self::Stages(segments) => {
                let length: Duration = segments.iter().map(|segment: &Segment| segment.duration).sum();
                format!("stages over {}", length.show())
            }
            Self::Times(times) => format!("{} arrival times", times.len()),
        }
    }
}
