//! The `load` section: when arrivals start.

mod stages;

use std::time::Duration;

use dyno_model::{Arrivals, Segment, units};

use crate::files;
use crate::problem::Problem;
use crate::read::{Context, Setting};
use crate::tree::Node;

/// More requests in flight than that need more than one machine.
pub(crate) const IN_FLIGHT_MAX: u32 = 1_000_000;

/// What the file says about load; the layers above may still change it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LoadDraft {
    Open(OpenDraft),
    Closed(ClosedDraft),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct OpenDraft {
    pub curve: Option<Setting<Curve>>,
    pub arrivals: Option<Setting<Arrivals>>,
    pub max_in_flight: Option<Setting<u32>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ClosedDraft {
    pub users: Option<Setting<u32>>,
    pub think_time: Option<Setting<Duration>>,
    pub ramp_up: Option<Setting<Duration>>,
}

/// The rate over time, as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Curve {
    /// `rate`: one rate for the whole run.
    Constant(f64),
    /// `stages`: pieces with lengths; the last rate holds.
    Stages(Vec<Segment>),
    /// `arrivals_file`: explicit times in nanoseconds.
    Times(Vec<u64>),
}

pub(crate) fn read(context: &mut Context<'_>, node: &Node) -> Option<LoadDraft> {
    let mut keys = context.keys(node, "load")?;
    let open = keys.take_even_nothing("open");
    let closed = keys.take_even_nothing("closed");
    let span = keys.span.clone();
    keys.finish(context);
    match (open, closed) {
        (Some(open), None) => read_open(context, open).map(LoadDraft::Open),
        (None, Some(closed)) => read_closed(context, closed).map(LoadDraft::Closed),
        (Some(open), Some(closed)) => {
            let problem = Problem::at(&closed.span, "the load is open and closed at once");
            context.report(problem.related(&open.span, "open here").hint("keep one of `open` and `closed`"));
            None
        }
        (None, None) => {
            let hint = "write `open: { rate: 300/s }` or `closed: { users: 64 }`";
            context.report(Problem::at(&span, "`load` has neither `open` nor `closed`").hint(hint));
            None
        }
    }
}

fn read_open(context: &mut Context<'_>, node: &Node) -> Option<OpenDraft> {
    let mut keys = context.keys(node, "load.open")?;
    let mut curves: Vec<Option<Setting<Curve>>> = Vec::new();
    if let Some(node) = keys.take("rate") {
        let rate = context.rate(node, "`rate`").filter(|rate| above_zero(context, node, *rate));
        curves.push(rate.map(|rate| context.setting(node, Curve::Constant(rate))));
    }
    if let Some(node) = keys.take("stages") {
        let segments = stages::read(context, node);
        curves.push(segments.map(|segments| context.setting(node, Curve::Stages(segments))));
    }
    if let Some(node) = keys.take("arrivals_file") {
        let times = read_times(context, node);
        curves.push(times.map(|times| context.setting(node, Curve::Times(times))));
    }
    let arrivals = keys.take("arrivals").and_then(|node| {
        let arrivals = read_arrivals(context, node)?;
        Some(context.setting(node, arrivals))
    });
    let max_in_flight = keys.take("max_in_flight").and_then(|node| {
        let value = context.integer_u32(node, "`max_in_flight`", 1, IN_FLIGHT_MAX)?;
        Some(context.setting(node, value))
    });
    keys.finish(context);
    if curves.len() != 1 {
        let message = match curves.len() {
            0 => "an open load needs a rate",
            _ => "an open load has one of `rate`, `stages` and `arrivals_file`, not several",
        };
        context.report(Problem::at(&node.span, message).hint("write `open: { rate: 300/s }`, for example"));
        return None;
    }
    Some(OpenDraft { curve: curves.remove(0), arrivals, max_in_flight })
}

fn above_zero(context: &mut Context<'_>, node: &Node, rate: f64) -> bool {
    if rate <= 0.0 {
        context.report(Problem::at(&node.span, "the rate must be above zero"));
    }
    rate > 0.0
}

fn read_arrivals(context: &mut Context<'_>, node: &Node) -> Option<Arrivals> {
    match context.text(node, "`arrivals`")?.as_str() {
        "even" => Some(Arrivals::Even),
        "poisson" => Some(Arrivals::Poisson),
        other => {
            let problem = Problem::at(&node.span, format!("`arrivals` cannot be `{other}`"));
            context.report(problem.hint("write `even` or `poisson`"));
            None
        }
    }
}

fn read_closed(context: &mut Context<'_>, node: &Node) -> Option<ClosedDraft> {
    let mut keys = context.keys(node, "load.closed")?;
    let users = keys.take("users").and_then(|node| {
        let value = context.integer_u32(node, "`users`", 1, IN_FLIGHT_MAX)?;
        Some(context.setting(node, value))
    });
    let mut duration = |context: &mut Context<'_>, key, what| {
        let node = keys.take(key)?;
        let value = context.duration(node, what)?;
        Some(context.setting(node, value))
    };
    let think_time = duration(context, "think_time", "`think_time`");
    let ramp_up = duration(context, "ramp_up", "`ramp_up`");
    keys.finish(context);
    Some(ClosedDraft { users, think_time, ramp_up })
}

/// One time per line since the start of the run, in seconds or with a unit, ascending.
fn read_times(context: &mut Context<'_>, node: &Node) -> Option<Vec<u64>> {
    let path = context.text(node, "`arrivals_file`")?;
    let path = context.path(&path);
    let result = files::read_text(&path).and_then(|text| parse_times(&path.display().to_string(), &text));
    match result {
        Ok(times) => Some(times),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}

fn parse_times(path: &str, text: &str) -> Result<Vec<u64>, files::FileProblem> {
    let mut times: Vec<u64> = Vec::new();
    let lines = text.lines().map(str::trim).enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let number = index + 1;
        let with_unit =
            if line.ends_with(|c: char| c.is_ascii_digit()) { format!("{line}s") } else { line.to_owned() };
        let time = units::parse_duration(&with_unit).map_err(|error| {
            (
                format!("`{path}` line {number}: {}", error.problem),
                "write one time per line, such as `1.5`".to_owned(),
            )
        })?;
        let time = u64::try_from(time.as_nanos()).expect("invariant: a parsed duration is below a year");
        if times.last().is_some_and(|last| *last > time) {
            let message = format!("`{path}` line {number}: `{line}` is before the time above it");
            return Err((message, "sort the times".to_owned()));
        }
        times.push(time);
    }
    if times.is_empty() {
        return Err((
            format!("`{path}` holds no times"),
            "write one time per line, such as `1.5`".to_owned(),
        ));
    }
    Ok(times)
}
