//! What our server is to reach beside the others, and whether it did.
//!
//! Compares numbers of one run only. Called by `server`.

use super::super::bars::Bar;
use super::super::spread::{Spread, count};
use super::contenders::Contender;
use super::contenders::Contender::{Actix, App, Axum, Dyno, H3, Hyper, Raw};
use super::idle::IdleResult;
use super::samples::CaseResult;

/// Those of our servers that the bars are for.
pub const OURS: &[Contender] = &[Dyno, App];

/// A ratio of CPU time per request that is not to be exceeded.
struct RatioGoal {
    case: &'static str,
    other: Contender,
    limit: f64,
}

const RATIOS: &[RatioGoal] = &[
    RatioGoal { case: "plaintext", other: Axum, limit: 0.75 },
    RatioGoal { case: "plaintext", other: Actix, limit: 0.75 },
    RatioGoal { case: "plaintext", other: Raw, limit: 1.45 },
    RatioGoal { case: "json", other: Axum, limit: 0.75 },
    RatioGoal { case: "json", other: Actix, limit: 0.75 },
    RatioGoal { case: "json", other: Raw, limit: 1.45 },
    RatioGoal { case: "pipelined", other: Actix, limit: 0.3 },
    RatioGoal { case: "http2", other: Hyper, limit: 1.0 },
    RatioGoal { case: "http3", other: H3, limit: 1.0 },
];
const IDLE_CONNECTION_KB_MAX: f64 = 10.0;

/// All bars, in the order of the cases; of what was not played, `not measured`.
pub fn bars(results: &[CaseResult], idle: &[IdleResult]) -> Vec<Bar> {
    OURS.iter().flat_map(|&ours| bars_of(ours, results, idle)).collect()
}

fn bars_of(ours: Contender, results: &[CaseResult], idle: &[IdleResult]) -> Vec<Bar> {
    let name = ours.name();
    let case = |name: &str| results.iter().find(|result| result.case.name == name);
    let mut bars: Vec<Bar> = RATIOS
        .iter()
        .map(|goal| {
            let measured: Option<Spread> = case(goal.case).and_then(|it| it.ratio(ours, goal.other));
            let what = format!("{}: CPU per request, {name} ÷ {}", goal.case, goal.other.name());
            Bar::at_most(what, measured.map(|it| it.median), goal.limit)
        })
        .collect();
    let played = case("echo").filter(|it| it.of(ours).next().is_some());
    bars.push(Bar::at_most(
        format!("echo: failed requests of {name}"),
        played.map(|it| count(it.failed(ours))),
        0.0,
    ));
    let idle = idle.iter().find(|result| result.server == ours);
    bars.push(Bar::at_most(
        format!("idle: KB per connection of {name}"),
        idle.map(|it| it.bytes_per_connection() / 1e3),
        IDLE_CONNECTION_KB_MAX,
    ));
    bars.push(Bar::at_least(
        format!("idle: connections held by {name}"),
        idle.map(|it| f64::from(it.held)),
        10_000.0,
    ));
    bars
}
