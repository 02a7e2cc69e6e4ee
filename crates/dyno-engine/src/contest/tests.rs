mod planning;
mod rules;

use std::time::Duration;

use dyno_model::{
    Arrivals, CellKey, LoadModel, OutcomeStatus, RoundMachine, RoundRecord, RunPlan, ScheduleSpec, Segment,
    Shape, Side, Stage, Warmup,
};

use super::*;
use crate::simulate::simulate;
use crate::simulate::tests::plan;
use crate::{Outcome, Played};

const MS: u64 = 1_000_000;
const ABBA: [Side; 4] = [Side::A, Side::B, Side::B, Side::A];
const BAAB: [Side; 4] = [Side::B, Side::A, Side::A, Side::B];

/// Two sides in virtual time: `service` says how long a request of a side takes at a time of the contest.
struct Virtual<F> {
    now_ns: u64,
    service: F,
    machine: RoundMachine,
    /// Seeds as they were asked for, with their side.
    seeds: Vec<(Side, u64)>,
    stops_after: usize,
}

impl<F: Fn(Side, u64) -> u64> Virtual<F> {
    fn new(service: F) -> Self {
        let machine = RoundMachine {
            arm_cpu_cores: Some(0.5),
            arm_rss_bytes: Some(1 << 20),
            ..RoundMachine::default()
        };
        Self { now_ns: 0, service, machine, seeds: Vec::new(), stops_after: usize::MAX }
    }
}

impl<F: Fn(Side, u64) -> u64> Arena for Virtual<F> {
    type Error = std::convert::Infallible;

    fn play(&mut self, side: Side, plan: &RunPlan) -> Result<Played, Self::Error> {
        self.seeds.push((side, plan.seed));
        let from_ns = self.now_ns;
        let script = |_: u64, start_ns: u64| {
            (start_ns + (self.service)(side, from_ns + start_ns), Outcome::of(OutcomeStatus::Ok(200)))
        };
        let (played, _) = simulate(plan, &script);
        self.now_ns += played.run_ns;
        Ok(played)
    }

    fn begin(&mut self, _: Side) {}

    fn end(&mut self, _: Side, _: &Played) -> RoundMachine {
        self.machine
    }

    fn pause(&mut self, length: Duration) {
        self.now_ns += length.as_nanos() as u64;
    }

    fn is_stopped(&self) -> bool {
        self.seeds.len() >= self.stops_after
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

fn closed(users: u32) -> RunPlan {
    let load = LoadModel::Closed { users, think_time: Duration::ZERO, ramp_up: Duration::from_secs(60) };
    plan(load, Warmup::None, Some(Duration::from_secs(60)), None)
}

fn round() -> Round {
    Pacing::with_length(Duration::from_secs(1), Duration::from_millis(2), Duration::ZERO).round
}

fn cells() -> Vec<Cell> {
    ["p50", "rate", "mean", "errors", "rss", "cpu_per_request"]
        .map(|metric| Cell { key: CellKey::whole(metric), samples_least: 20 })
        .into()
}

fn quad(order: [Side; 4]) -> QuadPlan {
    QuadPlan { stage: Stage::Screen, number: 3, order, build: 0, seed: 7 }
}

/// Mean of the logarithms of B's values less that of A's.
fn effect(rounds: &[RoundRecord], cell: &str) -> f64 {
    let mean = |side| {
        let logs: Vec<f64> = rounds.iter().filter(|r| r.side == side).map(|r| r.values[cell].ln()).collect();
        logs.iter().sum::<f64>() / logs.len() as f64
    };
    mean(Side::B) - mean(Side::A)
}

fn played<F: Fn(Side, u64) -> u64>(arena: &mut Virtual<F>, order: [Side; 4]) -> Vec<RoundRecord> {
    let plan = closed(4);
    play_quad(arena, [&plan, &plan], &quad(order), &round(), &cells()).unwrap()
}

#[test]
fn a_quad_finds_the_difference_of_two_sides() {
    let service = |side, _| if side == Side::A { 2 * MS } else { 2 * MS + MS / 10 };
    let rounds = played(&mut Virtual::new(service), ABBA);
    assert_eq!(rounds.iter().map(|r| r.side).collect::<Vec<_>>(), ABBA);
    assert_eq!(rounds.iter().map(|r| r.position).collect::<Vec<_>>(), [0, 1, 2, 3]);
    for (cell, expected) in
        [("p50", 1.05f64.ln()), ("mean", 1.05f64.ln()), ("rate", -(1.05f64.ln())), ("rss", 0.0)]
    {
        let found = effect(&rounds, cell);
        assert!((found - expected).abs() < 0.006, "{cell}: {found} where {expected} is true");
    }
    assert!(
        rounds.iter().all(|r| r.length_ns == 1_000 * MS && r.errors == 0 && r.attempts > 1_800),
        "{rounds:?}"
    );
    assert!(
        rounds.windows(2).all(|pair| pair[1].at_ns >= pair[0].at_ns + pair[0].length_ns),
        "one after the other"
    );
}

#[test]
fn drift_cancels_out_of_a_quad_and_does_not_out_of_a_pair() {
    // The machine gets slower by 2 % per second, whoever is measured.
    let drifting = |_, at_ns: u64| (2.0 * MS as f64 * (1.0 + 0.02 * at_ns as f64 / 1e9)) as u64;
    let calm_gap = Round { gap: (Duration::from_millis(100), Duration::from_millis(100)), ..round() };
    let plan = closed(4);
    for order in [ABBA, BAAB] {
        let mut arena = Virtual::new(drifting);
        let rounds = play_quad(&mut arena, [&plan, &plan], &quad(order), &calm_gap, &cells()).unwrap();
        let (whole, pair) = (effect(&rounds, "p50"), effect(&rounds[..2], "p50"));
        assert!(whole.abs() < 0.003, "{order:?}: {whole} is left of the drift");
        assert!(pair.abs() > 0.015, "{order:?}: a pair shows {pair}");
    }
}

#[test]
fn both_sides_are_asked_the_same_and_each_quad_something_else() {
    let mut arena = Virtual::new(|_, _| MS);
    let plan = closed(2);
    for (number, order) in [(0, ABBA), (1, BAAB)] {
        let quad = QuadPlan { number, ..quad(order) };
        play_quad(&mut arena, [&plan, &plan], &quad, &round(), &cells()).unwrap();
    }
    let of =
        |side| arena.seeds.iter().filter(move |(s, _)| *s == side).map(|(_, seed)| *seed).collect::<Vec<_>>();
    assert_eq!(of(Side::A), of(Side::B));
    let mut different = of(Side::A);
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 4, "each round of a side has a seed of its own");
}

#[test]
fn a_stopped_quad_has_only_its_whole_rounds() {
    for stops_after in 0..4 {
        let mut arena = Virtual { stops_after, ..Virtual::new(|_, _| MS) };
        // The round in which the stop comes is not whole.
        assert_eq!(
            played(&mut arena, ABBA).len(),
            stops_after.saturating_sub(1),
            "stopped after {stops_after}"
        );
    }
}

#[test]
fn pauses_are_drawn_within_their_range_and_by_seed() {
    let starts = |seed| {
        let mut arena = Virtual::new(|_, _| MS);
        let plan = closed(1);
        let quad = QuadPlan { seed, ..quad(ABBA) };
        let rounds = play_quad(&mut arena, [&plan, &plan], &quad, &round(), &cells()).unwrap();
        rounds.iter().map(|round| round.at_ns).collect::<Vec<_>>()
    };
    assert_eq!(starts(1), starts(1));
    assert_ne!(starts(1), starts(2));
    let (shortest, longest) = round().gap;
    let first = Duration::from_nanos(starts(1)[0]);
    assert!((shortest..=longest).contains(&first), "{first:?}");
}

#[test]
fn a_warm_up_tells_how_fast_a_side_is() {
    let settling =
        |_, at_ns: u64| MS + (20.0 * (-(at_ns as f64) / 5e8).exp() * MS as f64) as u64 + at_ns % 1_000;
    let mut arena = Virtual::new(settling);
    let at_most = Duration::from_secs(30);
    let warm =
        warm_up(&mut arena, Side::A, &closed(4), Warmup::Automatic { at_most }, LOOK).unwrap().unwrap();
    assert!(warm.is_steady && warm.length > Duration::from_secs(5), "{warm:?}");
    assert!((warm.rate_per_s - 4_000.0).abs() < 60.0, "{warm:?}");
    assert_eq!(warm.operation_rates_per_s.len(), 1);
    let never = |_, at_ns: u64| MS + at_ns / 100;
    let warm = warm_up(
        &mut Virtual::new(never),
        Side::A,
        &closed(4),
        Warmup::Automatic { at_most: Duration::from_secs(8) },
        LOOK,
    );
    assert!(!warm.unwrap().unwrap().is_steady);
}

#[test]
fn a_round_asks_steadily_whatever_the_course_of_the_plan() {
    let ramp = Segment {
        duration: Duration::from_secs(10),
        shape: Shape::Linear { from_per_s: 0.0, to_per_s: 100.0 },
    };
    let hold = Segment {
        duration: Duration::from_secs(10),
        shape: Shape::Linear { from_per_s: 100.0, to_per_s: 100.0 },
    };
    let schedule = |segments: &[Segment], hold_last| ScheduleSpec {
        segments: segments.to_vec(),
        arrivals: Arrivals::Poisson,
        hold_last,
    };
    let s = Duration::from_secs;
    for (spec, warmup, measure, expected) in [
        (ScheduleSpec::constant(70.0, Arrivals::Even), Warmup::Time(s(3)), Some(s(5)), 70.0),
        (ScheduleSpec::constant(70.0, Arrivals::Even), Warmup::Automatic { at_most: s(3) }, None, 70.0),
        (schedule(&[ramp, hold], false), Warmup::None, None, 75.0),
        (schedule(&[ramp, hold], false), Warmup::Time(s(10)), Some(s(10)), 100.0),
        (schedule(&[ramp], true), Warmup::Time(s(10)), Some(s(60)), 100.0),
        (schedule(&[ramp, hold], false), Warmup::None, Some(s(600)), 75.0),
    ] {
        let load = LoadModel::Open { schedule: spec, max_in_flight: 9 };
        let of_round = round_plan(&plan(load, warmup, measure, None), &round(), 5);
        let LoadModel::Open { schedule, max_in_flight: 9 } = &of_round.load else { panic!("{of_round:?}") };
        let Shape::Linear { from_per_s, to_per_s } = schedule.segments[0].shape else {
            panic!("{schedule:?}")
        };
        assert!(
            (from_per_s - expected).abs() < 0.1 && from_per_s == to_per_s && schedule.hold_last,
            "{schedule:?}, {expected}"
        );
        assert_eq!((of_round.seed, of_round.phases.measure), (5, Some(round().length)));
    }
    let LoadModel::Closed { ramp_up, .. } = round_plan(&closed(3), &round(), 5).load else {
        panic!("closed stays closed")
    };
    assert_eq!(ramp_up, Duration::ZERO);
}
