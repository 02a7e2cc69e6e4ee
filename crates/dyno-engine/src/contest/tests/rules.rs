//! Which quads count, and whether the side at rest is at rest: tables over states of the machine.

use dyno_model::Histogram;

use super::*;

fn rounds(machine: RoundMachine) -> Vec<RoundRecord> {
    let mut histogram = Histogram::new();
    histogram.record_many(4 * MS, 100);
    let round = |(position, side): (usize, Side)| RoundRecord {
        stage: Stage::Screen,
        quad: 0,
        position: position as u8,
        side,
        build: 0,
        at_ns: 0,
        length_ns: 1_000 * MS,
        values: Default::default(),
        attempts: 100,
        errors: 0,
        histogram: histogram.clone(),
        machine,
        discarded: None,
    };
    ABBA.into_iter().enumerate().map(round).collect()
}

#[test]
fn quads_are_left_out_by_the_state_of_the_machine() {
    let calm = RoundMachine::default();
    for (change, expected) in [
        (calm, None),
        (RoundMachine { steal_share: 0.02, ..calm }, None),
        (RoundMachine { steal_share: 0.021, ..calm }, Some("hypervisor took 2.1 %")),
        (RoundMachine { throttled_share: 0.005, ..calm }, None),
        (RoundMachine { throttled_share: 0.006, ..calm }, Some("throttled for 0.6 %")),
        (RoundMachine { generator_lateness_p99_ns: 390_000, ..calm }, None),
        (RoundMachine { generator_lateness_p99_ns: 410_000, ..calm }, Some("late by 410 µs")),
        (
            RoundMachine { cpu_pressure: Some(0.9), other_cpu_cores: 3.0, generator_cpu_share: 1.0, ..calm },
            None,
        ),
    ] {
        // One round is enough for the whole quad, whichever it is.
        for disturbed in 0..4 {
            let mut quad = rounds(calm);
            quad[disturbed].machine = change;
            let reason = reason_to_discard(&quad, &mut Anchors::default());
            match expected {
                None => assert_eq!(reason, None),
                Some(words) => {
                    assert!(reason.as_ref().is_some_and(|r| r.contains(words)), "{reason:?}, {words}");
                }
            }
        }
    }
}

#[test]
fn lateness_below_what_a_kernel_needs_is_no_reason() {
    let mut quad = rounds(RoundMachine { generator_lateness_p99_ns: 240_000, ..RoundMachine::default() });
    for round in &mut quad {
        round.histogram = Histogram::new();
        round.histogram.record_many(100_000, 10);
    }
    assert_eq!(reason_to_discard(&quad, &mut Anchors::default()), None);
}

#[test]
fn a_quad_on_a_slower_machine_is_left_out_when_the_usual_is_known() {
    let at = |ns: u64| {
        rounds(RoundMachine {
            anchor_arithmetic_ns: (ns, ns),
            anchor_memory_ns: (ns, ns),
            ..RoundMachine::default()
        })
    };
    let mut anchors = Anchors::default();
    let mut reasons = [10_000u64, 10_100, 9_950, 10_050, 10_400, 12_000, 10_000, 8_000]
        .map(|ns| reason_to_discard(&at(ns), &mut anchors))
        .into_iter();
    assert!(reasons.by_ref().take(5).all(|reason| reason.is_none()), "a scatter below 10 % is none");
    let slower = reasons.next().unwrap().unwrap();
    assert!(slower.contains("slower than usual at fixed memory work"), "{slower}");
    assert_eq!(reasons.next().unwrap(), None);
    assert!(reasons.next().unwrap().unwrap().contains("faster"), "a faster machine is not the same either");
    // A machine that tells nothing is no reason.
    let mut unknown = Anchors::default();
    assert!((0..9).all(|_| reason_to_discard(&at(0), &mut unknown).is_none()));
}

#[test]
fn the_values_play_no_part() {
    let machine = RoundMachine { steal_share: 0.01, ..RoundMachine::default() };
    let (mut good, mut bad) = (rounds(machine), rounds(machine));
    for (round, factor) in good.iter_mut().chain(&mut bad).zip([1.0, 1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 1.0]) {
        round.values.insert("p99".to_owned(), factor);
        round.errors = factor as u64;
    }
    let anchors = || Anchors::default();
    assert_eq!(reason_to_discard(&good, &mut anchors()), reason_to_discard(&bad, &mut anchors()));
}

#[test]
fn a_side_at_rest_may_use_one_percent() {
    // (idle cores, measured cores, quads, whether the contest goes on)
    for (idle, measured, quads, is_fit) in [
        (0.0, 1.0, 8, true),
        (0.009, 0.1, 8, true),
        (0.011, 0.1, 8, false),
        (0.03, 4.0, 8, true),
        (0.05, 4.0, 8, false),
        (0.5, 1.0, 1, true),
        (0.5, 1.0, 2, false),
    ] {
        let mut watch = IdleWatch::default();
        for _ in 0..quads {
            for mut round in rounds(RoundMachine::default()) {
                // A is at rest in B's rounds, B always.
                let of_idle = if round.side == Side::B { idle } else { 0.0 };
                round.machine.arm_cpu_cores = Some(measured);
                round.machine.idle_arm_cpu_cores = Some(of_idle);
                watch.add(&round);
            }
        }
        let unfit = watch.unfit();
        assert_eq!(unfit.is_none(), is_fit, "{idle} of {measured} cores in {quads} quads: {unfit:?}");
        assert!(unfit.is_none_or(|reason| reason.starts_with("A used")), "it is A that works");
    }
    let mut unknown = IdleWatch::default();
    rounds(RoundMachine::default()).iter().for_each(|round| unknown.add(round));
    assert_eq!(unknown.unfit(), None);
}
