//! Which quads do not count: by the state of the machine alone, never by what was measured, and always whole ones.
//!
//! The same rule for both sides, so that leaving a quad out cannot favour one of them.

use dyno_model::{RoundRecord, units};

/// More time of the machine than this went to others by the hypervisor's choice.
const STEAL_SHARE_MOST: f64 = 0.02;
/// The control group was stopped for more of the round than this.
const THROTTLED_SHARE_MOST: f64 = 0.005;
/// The generator was late by more than this part of the median …
const LATENESS_SHARE_MOST: f64 = 0.1;
/// … and by more than this, in nanoseconds: less disappears in what a kernel needs to wake a thread.
const LATENESS_FELT_NS: u64 = 250_000;
/// The speed of the machine was off by more robust standard deviations than this …
const ANCHOR_SIGMAS: f64 = 3.0;
/// … and by more than this: a clock that moves less cannot be told from a kernel that scatters.
const ANCHOR_SHARE_LEAST: f64 = 0.1;
/// With fewer quads nobody knows what is usual.
const ANCHOR_QUADS_LEAST: usize = 4;
/// The standard deviation of a normal distribution over the median of its absolute deviations.
const MAD_TO_SIGMA: f64 = 1.4826;

/// When more of the quads than this had to be left out, the machine is not fit to compare on.
pub const DISCARDED_SHARE_MOST: f64 = 0.25;

/// How fast the machine was in each quad so far, by its two fixed pieces of work.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    arithmetic_ns: Vec<f64>,
    memory_ns: Vec<f64>,
}

impl Anchors {
    /// Adds a quad, and says what was unusual about its speed.
    fn add(&mut self, rounds: &[RoundRecord]) -> Option<String> {
        let both = |(before, after): (u64, u64)| [before, after];
        let arithmetic = rounds.iter().flat_map(|round| both(round.machine.anchor_arithmetic_ns)).collect();
        let memory = rounds.iter().flat_map(|round| both(round.machine.anchor_memory_ns)).collect();
        let arithmetic = add(&mut self.arithmetic_ns, arithmetic, "arithmetic");
        add(&mut self.memory_ns, memory, "memory").or(arithmetic)
    }
}

/// Adds the median of a quad to those before; says when it is unusual.
fn add(known: &mut Vec<f64>, of_quad: Vec<u64>, what: &str) -> Option<String> {
    let of_quad: Vec<f64> = of_quad.into_iter().filter(|&ns| ns > 0).map(|ns| ns as f64).collect();
    let now = median(of_quad)?;
    known.push(now);
    let usual = median(known.clone())?;
    let deviation = median(known.iter().map(|ns| (ns - usual).abs()).collect())?;
    let limit = (ANCHOR_SIGMAS * MAD_TO_SIGMA * deviation).max(ANCHOR_SHARE_LEAST * usual);
    (known.len() >= ANCHOR_QUADS_LEAST && (now - usual).abs() > limit).then(|| {
        format!(
            "the machine was {:.0} % {} than usual at fixed {what} work",
            (now / usual - 1.0).abs() * 100.0,
            if now > usual { "slower" } else { "faster" }
        )
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// Why a quad does not count; `None` when it does. Ask once per quad, in the order in which they were played.
pub fn reason_to_discard(rounds: &[RoundRecord], anchors: &mut Anchors) -> Option<String> {
    let speed = anchors.add(rounds);
    let worst = |share: fn(&RoundRecord) -> f64| rounds.iter().map(share).fold(0.0, f64::max);
    let steal = worst(|round| round.machine.steal_share);
    if steal > STEAL_SHARE_MOST {
        return Some(format!("the hypervisor took {:.1} % of the machine", steal * 100.0));
    }
    let throttled = worst(|round| round.machine.throttled_share);
    if throttled > THROTTLED_SHARE_MOST {
        return Some(format!("the control group was throttled for {:.1} % of a round", throttled * 100.0));
    }
    lateness(rounds).or(speed)
}

/// Compares with the median of all four rounds together, so that the faster side is not judged more strictly.
fn lateness(rounds: &[RoundRecord]) -> Option<String> {
    let medians = rounds.iter().filter(|round| !round.histogram.is_empty());
    let usual_ns = median(medians.map(|round| round.histogram.interpolated(0.5)).collect())?;
    let late_ns = rounds.iter().map(|round| round.machine.generator_lateness_p99_ns).max()?;
    let is_late = late_ns > LATENESS_FELT_NS && late_ns as f64 > LATENESS_SHARE_MOST * usual_ns;
    is_late.then(|| format!("the generator itself was late by {}", units::format_ns(late_ns)))
}
