//! Phases and limits: windows over one timeline that starts with the warm-up.
//!
//! Defaults: a run with neither a length nor a count measures 10 s; a schedule of stages or times
//! measures what its warm-up leaves of it. The default warm-up is a tenth of the measurement but at most 1 s;
//! there is none when a count or a schedule with an end says how long the run is.

use std::time::Duration;

use dyno_model::{Limits, Phases, Warmup};

use crate::draft::Draft;
use crate::layers::{Layers, Show};
use crate::problem::Problem;
use crate::read::{Context, Setting};

const DEFAULT_MEASURE: Duration = Duration::from_secs(10);
const DEFAULT_WARMUP: Duration = Duration::from_secs(1);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn resolve(
    context: &mut Context<'_>,
    layers: &mut Layers<'_>,
    draft: &Draft,
    schedule_length: Option<Duration>,
) -> (Phases, Limits) {
    let (file_requests, file_measure) = ends_of_file(layers, draft);
    let requests = layers.pick_optional("limits.requests", "requests", |o| o.requests, file_requests);
    let measure = layers.pick_optional("phases.measure", "duration", |o| o.duration, file_measure);
    if let Some(measure) = measure.as_ref().filter(|measure| measure.value.is_zero()) {
        let problem = Problem::at_or_anywhere(measure.span.as_ref(), "the duration must be longer than 0 s");
        context.report(problem);
    }
    let limited_by_time = schedule_length.is_none() && requests.is_none();
    let default_warmup = || match &measure {
        _ if !limited_by_time => Warmup::None,
        Some(measure) => Warmup::Time(DEFAULT_WARMUP.min(measure.value / 10)),
        None => Warmup::Time(DEFAULT_WARMUP),
    };
    let file_warmup = draft.phases.warmup.clone();
    let warmup = layers.pick("phases.warmup", "warmup", |o| o.warmup, file_warmup, default_warmup);
    let measure = match (measure, schedule_length) {
        (Some(measure), _) => Some(measure.value),
        (None, _) if requests.is_some() => None,
        (None, Some(length)) => Some(rest_of_schedule(context, layers, &warmup, length)),
        (None, None) => {
            Some(layers.pick("phases.measure", "duration", |_| None, None, || DEFAULT_MEASURE).value)
        }
    };
    let zero = || Duration::ZERO;
    let cooldown = draft.phases.cooldown.clone();
    let cooldown = layers.pick("phases.cooldown", "cooldown", |o| o.cooldown, cooldown, zero).value;
    let timeout = draft.limits.timeout.clone();
    let timeout = layers.pick("limits.timeout", "timeout", |o| o.timeout, timeout, || DEFAULT_TIMEOUT);
    if timeout.value.is_zero() {
        context.report(Problem::anywhere("the timeout must be longer than 0 s"));
    }
    let drain = draft.limits.drain.clone();
    let drain = layers.pick("limits.drain", "drain", |o| o.drain, drain, || timeout.value).value;
    let arrivals = requests.map(|requests| requests.value);
    let limits = Limits { arrivals, timeout: timeout.value, drain };
    (Phases { warmup: warmup.value, measure, cooldown }, limits)
}

type End<T> = Option<Setting<T>>;

/// What the file says about the end of the run, unless a higher layer says something else about it.
fn ends_of_file(layers: &Layers<'_>, draft: &Draft) -> (End<u64>, End<Duration>) {
    let time_on_top = layers.flags.duration.or(layers.environment.duration).is_some();
    let count_on_top = layers.flags.requests.or(layers.environment.requests).is_some();
    let requests = draft.limits.requests.clone().filter(|_| !time_on_top);
    let measure = draft.phases.measure.clone().filter(|_| !count_on_top);
    (requests, measure)
}

/// What the warm-up leaves of a schedule with an end.
fn rest_of_schedule(
    context: &mut Context<'_>,
    layers: &mut Layers<'_>,
    warmup: &Setting<Warmup>,
    length: Duration,
) -> Duration {
    let warmup_length = match warmup.value {
        Warmup::None => Duration::ZERO,
        Warmup::Time(time) => time,
        Warmup::Count(_) | Warmup::Automatic { .. } => {
            let message = "it is not known how long the warm-up takes, so `measure` must be given";
            let problem = Problem::at_or_anywhere(warmup.span.as_ref(), message);
            context.report(problem.hint("add `measure: 1m` to `phases`, or make the warm-up a time"));
            return length;
        }
    };
    let rest = length.saturating_sub(warmup_length);
    if rest.is_zero() {
        let message = format!(
            "the warm-up of {} leaves nothing of a schedule of {}",
            warmup_length.show(),
            length.show()
        );
        let problem = Problem::at_or_anywhere(warmup.span.as_ref(), message);
        context
            .report(problem.hint("the schedule starts with the warm-up: make it longer, or give `measure`"));
    }
    layers.pick("phases.measure", "duration", |_| None, None, || rest).value
}

impl Show for Warmup {
    fn show(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Time(time) => time.show(),
            Self::Count(requests) => format!("{requests} requests"),
            Self::Automatic { .. } => "auto".to_owned(),
        }
    }
}
