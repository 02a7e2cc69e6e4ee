//! Each reason for doubt with its sentence, and how it is graded.

use dyno_model::ValidityState::{self, Invalid, Suspect, Valid};

use super::{ValidityInput, validity};
use crate::tests::record;

/// An undisturbed run in an open loop.
fn quiet() -> ValidityInput {
    ValidityInput {
        is_open_loop: true,
        elapsed_s: 60.0,
        requests: 60_000,
        ok: 60_000,
        response_p50_ns: 2_000_000,
        lateness_p99_ns: 30_000,
        generator_lateness_p99_ns: 30_000,
        in_flight_limit: 64,
        asked_rate_per_s: Some(1000.0),
        achieved_rate_per_s: 1000.0,
        generator_cpu_share: 0.3,
        threads: 2,
        ..ValidityInput::default()
    }
}

fn closed() -> ValidityInput {
    ValidityInput { is_open_loop: false, asked_rate_per_s: None, ..quiet() }
}

fn check(input: &ValidityInput, state: ValidityState, codes: &[&str]) {
    let validity = validity(input);
    let seen: Vec<&str> = validity.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!((validity.state, seen.as_slice()), (state, codes), "{:#?}", validity.reasons);
}

#[test]
fn a_quiet_run_is_valid() {
    check(&quiet(), Valid, &[]);
    check(&closed(), Valid, &[]);
}

#[test]
fn a_slow_generator_is_told_apart_from_a_busy_target() {
    let late = |ns| ValidityInput { generator_lateness_p99_ns: ns, lateness_p99_ns: ns, ..quiet() };
    check(&late(300_000), Suspect, &["generator_late"]);
    check(&late(1_500_000), Invalid, &["generator_late"]);
    // A tenth of a tiny response time is nothing that an idle core avoids.
    check(&ValidityInput { response_p50_ns: 50_000, ..late(90_000) }, Valid, &[]);
    let busy = ValidityInput { lateness_p99_ns: 900_000_000, busy_share: 0.6, ..quiet() };
    check(&busy, Valid, &["in_flight_limit_reached"]);
    let starved = ValidityInput { achieved_rate_per_s: 600.0, not_started: 24_000, ..busy };
    check(&starved, Valid, &["target_slower_than_asked", "in_flight_limit_reached"]);
    let slow = ValidityInput { achieved_rate_per_s: 980.0, not_started: 1_200, ..quiet() };
    check(&slow, Suspect, &["rate_not_reached"]);
    check(&ValidityInput { achieved_rate_per_s: 600.0, ..quiet() }, Invalid, &["rate_not_reached"]);
}

#[test]
fn full_load_threads_are_judged_by_the_load_model() {
    let with = |share, input| ValidityInput { generator_cpu_share: share, ..input };
    check(&with(0.85, closed()), Suspect, &["generator_saturated"]);
    check(&with(0.97, closed()), Invalid, &["generator_saturated"]);
    check(&with(0.85, quiet()), Valid, &[]);
    check(&with(0.97, quiet()), Suspect, &["generator_saturated"]);
    let full =
        ValidityInput { target_cpu_cores: vec![1.99; 10], target_cores: Some(2.0), ..with(0.97, closed()) };
    check(&full, Suspect, &["generator_saturated", "target_saturated"]);
}

#[test]
fn disturbances_of_the_machine_are_graded() {
    check(&ValidityInput { run_queue_wait_s: 12.0, ..quiet() }, Suspect, &["generator_waited_for_cpu"]);
    check(&ValidityInput { run_queue_wait_s: 70.0, ..quiet() }, Invalid, &["generator_waited_for_cpu"]);
    check(&ValidityInput { steal_share: 0.02, ..quiet() }, Suspect, &["steal"]);
    check(&ValidityInput { steal_share: 0.2, ..quiet() }, Invalid, &["steal"]);
    check(&ValidityInput { cgroup_throttled: 3, ..quiet() }, Suspect, &["cgroup_throttled"]);
    check(&ValidityInput { cgroup_throttled: 100, ..quiet() }, Invalid, &["cgroup_throttled"]);
    check(&ValidityInput { memory_stall_share: Some(0.05), ..quiet() }, Suspect, &["memory_pressure"]);
    check(&ValidityInput { open_files_exhausted: 4, ..quiet() }, Suspect, &["open_files_exhausted"]);
    check(&ValidityInput { ports_exhausted: 4_000, ..quiet() }, Invalid, &["ports_exhausted"]);
    check(
        &ValidityInput { target_cpu_cores: vec![1.0; 6], ..quiet() },
        Valid,
        &["target_one_core_saturated"],
    );
    check(&ValidityInput { target_cpu_cores: vec![0.5, 1.5, 0.5, 1.5, 1.0], ..quiet() }, Valid, &[]);
}

#[test]
fn a_rate_limiter_is_not_the_service() {
    let limited = ValidityInput { ok: 30_000, status_429: 30_000, seconds: vec![(500, 500); 60], ..quiet() };
    check(&limited, Invalid, &["rate_limited"]);
    check(
        &ValidityInput { seconds: vec![(900, 100), (100, 900)], ..limited.clone() },
        Suspect,
        &["rate_limited"],
    );
    check(
        &ValidityInput { status_429: 0, status_503: 30_000, ..limited.clone() },
        Suspect,
        &["rate_limited"],
    );
    check(&ValidityInput { status_429: 600, ..limited }, Valid, &[]);
}

#[test]
fn nothing_and_little_are_said() {
    check(&ValidityInput { requests: 0, ok: 0, ..quiet() }, Invalid, &["no_samples"]);
    check(&ValidityInput { ok: 0, ..quiet() }, Invalid, &["all_failed"]);
    check(&ValidityInput { requests: 500, ok: 500, ..quiet() }, Valid, &["few_samples_for_p99"]);
    check(&ValidityInput { requests: 5000, ok: 5000, ..quiet() }, Valid, &["few_samples_for_p99_9"]);
    check(&ValidityInput { elapsed_s: 0.5, ..quiet() }, Valid, &["short"]);
}

#[test]
fn the_heaviest_reason_comes_first_and_all_have_figures() {
    let everything = ValidityInput {
        elapsed_s: 0.9,
        requests: 900,
        ok: 300,
        status_429: 600,
        lateness_p99_ns: 5_000_000,
        generator_lateness_p99_ns: 900_000,
        busy_share: 0.3,
        achieved_rate_per_s: 700.0,
        not_started: 300,
        seconds: vec![(60, 120); 5],
        generator_cpu_share: 0.99,
        run_queue_wait_s: 0.2,
        steal_share: 0.03,
        cgroup_throttled: 2,
        memory_stall_share: Some(0.2),
        open_files_exhausted: 3,
        ports_exhausted: 1,
        target_cpu_cores: vec![1.0; 5],
        ..quiet()
    };
    let lines =
        validity(&everything).reasons.into_iter().map(|r| format!("{:?} {}: {}", r.state, r.code, r.detail));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r##"
    Invalid cgroup_throttled: the control group of the generator was held back 2 times, each up to 100 ms; raise or remove its CPU limit (`cpu.max`, `--cpus`)
    Invalid memory_pressure: tasks waited for memory in 20.0 % of the time; stop something that holds memory, or use fewer connections
    Invalid rate_limited: 66.7 % of the answers were 429 or 503, and the successes per second stayed level: a rate limiter was measured and not the service; stay below its limit or lift it for this client
    Suspect generator_late: the generator started requests late by itself: p99 900 µs, which is 45.0 % of the median response time (2.00 ms); lower the rate, add `--threads`, or give the generator quiet cores
    Suspect generator_saturated: load threads were busy 99.0 % of the time (2 threads), so the generator and not the target may set the pace; add `--threads`, use more machines, or give a rate
    Suspect generator_waited_for_cpu: load threads waited 11.1 % of their time for a core that something else used; put generator and target on different cores (`taskset`) or machines, or stop other work
    Suspect steal: the hypervisor took 3.00 % of the machine's time; use a dedicated machine, or compare in interleaved rounds
    Suspect open_files_exhausted: 3 connections failed on this machine because no file could be opened; raise the limit (`ulimit -n`) or use fewer connections
    Suspect ports_exhausted: 1 connections failed on this machine because no local port was left; keep connections alive, widen `net.ipv4.ip_local_port_range`, or use more source addresses
    Valid target_slower_than_asked: asked 1,000/s, sent 700/s, 300 arrivals never started: all 64 allowed requests were in flight, so the target was slower than the asked rate; this is a finding about the target, or raise the in-flight limit (`-c`)
    Valid in_flight_limit_reached: arrivals waited for a connection to be free or to open (at most 64 requests in flight): 30.0 % of the response time, lateness p99 5.00 ms; this is the target or the limit, not the generator; with a higher limit (`-c`) its queue shows instead
    Valid target_one_core_saturated: the target used 1.00 cores in every second: it looks single-threaded and full
    Valid few_samples_for_p99: p99 and above stand on 300 samples, 1,000 are needed; measure longer
    Valid short: only 0.90 s were measured, so start-up effects weigh much; measure longer
    "##);
}

#[test]
fn a_record_gives_its_evidence() {
    let input = ValidityInput::from_record(&record(&[2; 1000], 0));
    assert_eq!((input.is_open_loop, input.requests, input.ok, input.threads), (true, 1000, 1000, 1));
    assert_eq!((input.asked_rate_per_s, input.elapsed_s), (Some(100.0), 10.0));
    assert_eq!(validity(&input).state, Valid);
    assert_eq!(validity(&ValidityInput::from_record(&record(&[], 0))).state, Invalid);
}
