//! `load.open.stages`: holds, ramps, stairs, bursts and sines as pieces of a rate curve.

use std::time::Duration;

use dyno_model::{Segment, Shape, units};

use crate::problem::Problem;
use crate::read::{Context, Keys};
use crate::tree::Node;

/// Stairs and bursts may not explode into more pieces than that.
const SEGMENTS_MAX: u64 = 10_000;

const KINDS: [&str; 5] = ["hold", "ramp", "stairs", "burst", "sine"];

pub(super) fn read(context: &mut Context<'_>, node: &Node) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut complete = true;
    for stage in context.list(node, "stages") {
        match read_stage(context, stage) {
            Some(pieces) => segments.extend(pieces),
            None => complete = false,
        }
    }
    if !complete {
        return None;
    }
    if !segments.iter().any(|segment| peak(segment.shape) > 0.0) {
        context.report(Problem::at(&node.span, "no stage has a rate above zero"));
        return None;
    }
    Some(segments)
}

fn peak(shape: Shape) -> f64 {
    match shape {
        Shape::Linear { from_per_s, to_per_s } => from_per_s.max(to_per_s),
        Shape::Sine { mean_per_s, amplitude_per_s, .. } => mean_per_s + amplitude_per_s,
    }
}

fn read_stage(context: &mut Context<'_>, node: &Node) -> Option<Vec<Segment>> {
    let mut keys = context.keys(node, "stages[]")?;
    let given: Vec<&str> = KINDS.into_iter().filter(|kind| keys.take(kind).is_some()).collect();
    let pieces = match given.as_slice() {
        [kind] => read_kind(context, &mut keys, kind),
        _ => {
            let message = match given.as_slice() {
                [] => "a stage needs one of `hold`, `ramp`, `stairs`, `burst` and `sine`".to_owned(),
                several => format!("a stage is one thing, this is `{}`", several.join("` and `")),
            };
            let hint = "write `{ ramp: 100/s..2000/s, over: 30s }` or `{ hold: 2000/s, for: 2m }`";
            context.report(Problem::at(&node.span, message).hint(hint));
            for key in ["for", "over", "steps", "base", "every", "period"] {
                keys.take(key);
            }
            None
        }
    };
    keys.finish(context);
    pieces
}

fn read_kind(context: &mut Context<'_>, keys: &mut Keys<'_>, kind: &str) -> Option<Vec<Segment>> {
    match kind {
        "hold" => {
            let rate = keys.take("hold").and_then(|node| context.rate(node, "`hold`"));
            let duration = length(context, keys, "for", kind);
            Some(vec![linear(duration?, rate?, rate?)])
        }
        "ramp" => {
            let rates = keys.take("ramp").and_then(|node| rates(context, node, "`ramp`"));
            let duration = length(context, keys, "over", kind);
            let (from, to) = rates?;
            Some(vec![linear(duration?, from, to)])
        }
        "stairs" => stairs(context, keys),
        "burst" => burst(context, keys),
        _ => {
            let rates = keys.take("sine").and_then(|node| rates(context, node, "`sine`"));
            let period = length(context, keys, "period", kind);
            let duration = length(context, keys, "over", kind);
            let (low, high) = rates.map(|(a, b)| (a.min(b), a.max(b)))?;
            let (mean_per_s, amplitude_per_s) = (f64::midpoint(low, high), (high - low) / 2.0);
            Some(vec![Segment {
                duration: duration?,
                shape: Shape::Sine { mean_per_s, amplitude_per_s, period: period? },
            }])
        }
    }
}

fn linear(duration: Duration, from_per_s: f64, to_per_s: f64) -> Segment {
    Segment { duration, shape: Shape::Linear { from_per_s, to_per_s } }
}

fn length(context: &mut Context<'_>, keys: &mut Keys<'_>, key: &'static str, kind: &str) -> Option<Duration> {
    let Some(node) = keys.take(key) else {
        let problem = Problem::at(&keys.span, format!("`{kind}` needs `{key}`"));
        context.report(problem.hint(format!("add `{key}: 30s`, for example")));
        return None;
    };
    context.duration_above_zero(node, &format!("`{key}`"))
}

/// `100/s..2000/s`.
fn rates(context: &mut Context<'_>, node: &Node, what: &str) -> Option<(f64, f64)> {
    context.quantity(node, what, |text| {
        let Some((from, to)) = text.split_once("..") else {
            let hint = "write `100/s..2000/s`".to_owned();
            return Err(units::UnitError { problem: format!("`{text}` is not a range of rates"), hint });
        };
        Ok((units::parse_rate(from)?, units::parse_rate(to)?))
    })
}

/// Equal steps from the first to the last rate, each as long as the others.
fn stairs(context: &mut Context<'_>, keys: &mut Keys<'_>) -> Option<Vec<Segment>> {
    let rates = keys.take("stairs").and_then(|node| rates(context, node, "`stairs`"));
    let steps = match keys.take("steps") {
        Some(node) => context.integer(node, "`steps`", 2, SEGMENTS_MAX),
        None => {
            context.report(
                Problem::at(&keys.span, "`stairs` needs `steps`").hint("add `steps: 5`, for example"),
            );
            None
        }
    };
    let over = length(context, keys, "over", "stairs");
    let ((from, to), steps, over) = (rates?, steps?, over?);
    let total_ns = over.as_nanos();
    // Boundaries are computed from the start, so the lengths add up to the whole.
    let boundary = |step: u64| Duration::from_nanos((total_ns * u128::from(step) / u128::from(steps)) as u64);
    let rate = |step: u64| from + (to - from) * step as f64 / (steps - 1) as f64;
    let pieces = (0..steps).map(|step| linear(boundary(step + 1) - boundary(step), rate(step), rate(step)));
    Some(pieces.collect())
}

/// Every period ends with its burst; the last one is cut off where the stage ends.
fn burst(context: &mut Context<'_>, keys: &mut Keys<'_>) -> Option<Vec<Segment>> {
    let peak = keys.take("burst").and_then(|node| context.rate(node, "`burst`"));
    let base = match keys.take("base") {
        Some(node) => context.rate(node, "`base`"),
        None => Some(0.0),
    };
    let every = length(context, keys, "every", "burst");
    let lasting = length(context, keys, "for", "burst");
    let over = length(context, keys, "over", "burst");
    let (peak, base, every, lasting, over) = (peak?, base?, every?, lasting?, over?);
    if lasting >= every {
        let message = format!(
            "a burst of {} does not fit into every {}",
            units::write_duration(lasting),
            units::write_duration(every)
        );
        context.report(Problem::at(&keys.span, message).hint("make `for` shorter than `every`"));
        return None;
    }
    if over.as_nanos() / every.as_nanos() > u128::from(SEGMENTS_MAX) {
        let problem = Problem::at(&keys.span, format!("more than {SEGMENTS_MAX} bursts"));
        context.report(problem.hint("make `every` longer"));
        return None;
    }
    let mut pieces = Vec::new();
    let mut left = over;
    while !left.is_zero() {
        for (length, rate) in [(every - lasting, base), (lasting, peak)] {
            let duration = length.min(left);
            if !duration.is_zero() {
                pieces.push(linear(duration, rate, rate));
            }
            left -= duration;
        }
    }
    Some(pieces)
}
