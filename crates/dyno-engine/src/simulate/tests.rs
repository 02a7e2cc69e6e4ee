use std::time::Duration;

use dyno_model::{
    Arrivals, Body, Connection, FailureKind, HttpPlan, HttpStep, Limits, OperationKind, OperationTable,
    OutcomeStatus, Phases, Scenario, ScheduleSpec, Share, TargetKind, Template, Warmup, Workload,
};

use super::*;
use crate::SampleLog;

const MS: u64 = 1_000_000;

/// A plan with one operation; the workload only gives it its name.
pub(crate) fn plan(
    load: LoadModel,
    warmup: Warmup,
    measure: Option<Duration>,
    arrivals: Option<u64>,
) -> RunPlan {
    let mut operations = OperationTable::default();
    let operation = operations.add("get", OperationKind::Request);
    let step = HttpStep {
        operation,
        method: "GET".to_owned(),
        url: Template::literal("/"),
        headers: vec![],
        body: Body::Empty,
        credentials: None,
        checks: vec![],
        extracts: vec![],
        pause_before: Duration::ZERO,
    };
    let http = HttpPlan {
        base_urls: vec!["http://simulated".to_owned()],
        connection: Connection::default(),
        scenarios: vec![Scenario { name: "get".to_owned(), weight: 1, steps: vec![step], journey: None }],
        feeders: vec![],
        variables: vec![],
        cookies: false,
        redirects_max: 0,
        compressed: false,
    };
    RunPlan {
        name: "simulated".to_owned(),
        target_kind: TargetKind::Builtin,
        load,
        phases: Phases { warmup, measure, cooldown: Duration::ZERO },
        limits: Limits { arrivals, timeout: Duration::from_secs(10), drain: Duration::from_secs(5) },
        seed: 42,
        share: Share::WHOLE,
        threads: 1,
        operations,
        workload: Workload::Http(Box::new(http)),
        thresholds: vec![],
    }
}

fn open(rate_per_s: f64, max_in_flight: u32) -> LoadModel {
    LoadModel::Open { schedule: ScheduleSpec::constant(rate_per_s, Arrivals::Even), max_in_flight }
}

fn closed(users: u32) -> LoadModel {
    LoadModel::Closed { users, think_time: Duration::ZERO, ramp_up: Duration::ZERO }
}

fn fixed(service_ns: u64) -> impl Fn(u64, u64) -> (u64, Outcome) {
    move |_, start_ns| (start_ns + service_ns, Outcome::ok(200))
}

/// Answers after 1 ms, but stands still for one second in every five.
fn freezing(_: u64, start_ns: u64) -> (u64, Outcome) {
    let (period, frozen) = (5_000 * MS, 1_000 * MS);
    let within = start_ns % period;
    let begin = if within < frozen { start_ns - within + frozen } else { start_ns };
    (begin + MS, Outcome::ok(200))
}

#[track_caller]
fn near(actual_ns: u64, expected_ms: f64) {
    let actual_ms = actual_ns as f64 / 1e6;
    let off = (actual_ms - expected_ms).abs();
    assert!(off <= 1.0 || off <= 0.02 * expected_ms, "{actual_ms} ms where {expected_ms} ms is expected");
}

#[test]
fn a_freeze_shows_in_the_response_time_of_an_open_loop() {
    let plan = plan(open(1_000.0, 4_096), Warmup::None, Some(Duration::from_secs(100)), None);
    let (played, intervals) = simulate(&plan, &freezing);
    let response = &played.all.response_time;
    assert_eq!(played.all.ok, 100_000);
    assert_eq!(played.load.not_started, 0);
    near(response.quantile(0.5), 1.0);
    near(response.quantile(0.9), 501.0);
    near(response.quantile(0.99), 951.0);
    near(response.quantile(0.999), 996.0);
    near(response.max(), 1_001.0);
    let measured: Vec<_> = intervals.iter().filter(|i| i.measured).map(|i| i.at_ns / MS).collect();
    assert_eq!(measured, (1..=100).map(|s| s * 1_000).collect::<Vec<_>>());
    assert_eq!(intervals.iter().map(|i| i.ok).sum::<u64>(), 100_000);
}

#[test]
fn with_few_slots_the_freeze_moves_into_the_lateness_and_stays_in_the_response() {
    let plan = plan(open(1_000.0, 10), Warmup::None, Some(Duration::from_secs(50)), None);
    let (played, _) = simulate(&plan, &freezing);
    near(played.all.response_time.quantile(0.9), 501.0 + 50.0);
    assert!(played.all.service_time.quantile(0.95) < 2 * MS, "the target itself was quick for most");
    assert!(played.all.lateness.quantile(0.95) > 400 * MS, "the limit of ten in flight made them late");
    assert_eq!(played.load.generator_lateness_p99_ns, 0, "and the generator is not to blame");
    assert!(played.load.busy_share > 0.9);
}

#[test]
fn a_closed_loop_hides_the_freeze_and_says_so_by_its_name() {
    let plan = plan(closed(10), Warmup::None, Some(Duration::from_secs(60)), None);
    let (played, _) = simulate(&plan, &freezing);
    assert_eq!(played.load.model, "closed");
    assert_eq!(played.all.response_time, played.all.service_time);
    near(played.all.response_time.quantile(0.99), 1.0);
}

#[test]
fn closed_loop_throughput_is_users_over_service_time() {
    let plan = plan(closed(8), Warmup::None, Some(Duration::from_secs(10)), None);
    let (played, _) = simulate(&plan, &fixed(2 * MS));
    let throughput = played.summary(&plan.operations).totals.throughput_per_s;
    assert!((throughput - 4_000.0).abs() < 10.0, "{throughput}");
}

#[test]
fn a_count_is_played_exactly() {
    for count in [1, 31, 32, 33, 1_000] {
        let plan = plan(closed(7), Warmup::Count(5), None, Some(count));
        let (played, _) = simulate(&plan, &fixed(MS));
        assert_eq!((played.all.ok, played.load.warmup_requests), (count, 5), "count {count}");
    }
}

#[test]
fn warmup_is_not_measured() {
    let plan =
        plan(open(100.0, 256), Warmup::Time(Duration::from_secs(3)), Some(Duration::from_secs(7)), None);
    let slow_start = |_: u64, start_ns: u64| {
        let service = if start_ns < 3_000 * MS { 900 * MS } else { MS };
        (start_ns + service, Outcome::ok(200))
    };
    let (played, intervals) = simulate(&plan, &slow_start);
    assert_eq!(played.all.ok, 700);
    assert_eq!(played.load.warmup_requests, 300);
    assert!(played.all.response_time.max() < 2 * MS);
    assert_eq!(intervals.iter().filter(|i| i.measured).count(), 7);
}

#[test]
fn an_automatic_warmup_ends_when_the_drift_does() {
    let at_most = Duration::from_secs(30);
    let plan = plan(closed(4), Warmup::Automatic { at_most }, Some(Duration::from_secs(5)), None);
    let settling = |n: u64, start_ns: u64| {
        let noise = dyno_datagen::mix(n) % (MS / 5);
        let extra = (20.0 * (-(start_ns as f64) / 5e8).exp() * MS as f64) as u64 + noise;
        (start_ns + MS + extra, Outcome::ok(200))
    };
    let (played, _) = simulate(&plan, &settling);
    let start_s = played.load.measure_start_ns as f64 / 1e9;
    assert!((1.0..20.0).contains(&start_s), "measured from {start_s} s");
    assert_eq!(played.elapsed_ns, 5_000 * MS);
}

#[test]
fn what_never_answers_is_abandoned_and_counted() {
    let plan = plan(open(10.0, 4), Warmup::None, Some(Duration::from_secs(5)), None);
    let (played, _) = simulate(&plan, &|_: u64, _: u64| (u64::MAX, Outcome::ok(200)));
    assert_eq!(played.all.failed_by_kind[FailureKind::Abandoned.index()], 4);
    assert_eq!(played.load.not_started, 46);
    assert_eq!(played.all.ok, 0);
    assert_eq!(played.load.in_flight_at_end, 4);
}

#[test]
fn failures_are_told_apart_and_do_not_raise_throughput() {
    let plan = plan(open(100.0, 64), Warmup::None, Some(Duration::from_secs(10)), None);
    let (played, _) = simulate(&plan, &|n: u64, start_ns: u64| {
        let outcome = match n % 4 {
            0 => Outcome::of(OutcomeStatus::Rejected(503)),
            1 => Outcome::failed(FailureKind::Reset, "reset by peer"),
            _ => Outcome::ok(200),
        };
        (start_ns + MS, outcome)
    });
    let summary = played.summary(&plan.operations);
    assert_eq!((summary.totals.ok, summary.totals.rejected, summary.totals.failed), (500, 250, 250));
    assert!((summary.totals.throughput_per_s - 50.0).abs() < 0.2);
    assert_eq!(summary.specimens.len(), 1, "only failures with words are specimens here");
    assert_eq!(summary.specimens[0].message, "reset by peer");
}

#[test]
fn what_is_sent_is_what_was_asked() {
    let check = |arrivals: Arrivals, cv: std::ops::RangeInclusive<f64>| {
        let load =
            LoadModel::Open { schedule: ScheduleSpec::constant(1_000.0, arrivals), max_in_flight: 1_000 };
        let (played, _) =
            simulate(&plan(load, Warmup::None, Some(Duration::from_secs(60)), None), &fixed(MS));
        let (gap_cv, dispersion) = (played.load.gap_cv.unwrap(), played.load.dispersion_10ms.unwrap());
        assert!(cv.contains(&gap_cv), "coefficient of variation {gap_cv}");
        assert!((dispersion - gap_cv * gap_cv).abs() < 0.1, "dispersion {dispersion}");
    };
    check(Arrivals::Even, 0.0..=0.1);
    check(Arrivals::Poisson, 0.95..=1.05);
}

#[test]
fn equal_seeds_give_equal_runs() {
    let load =
        LoadModel::Open { schedule: ScheduleSpec::constant(500.0, Arrivals::Poisson), max_in_flight: 64 };
    let mut plan = plan(load, Warmup::None, Some(Duration::from_secs(20)), None);
    let first = simulate(&plan, &freezing).0.all;
    assert_eq!(simulate(&plan, &freezing).0.all, first);
    plan.seed += 1;
    assert_ne!(simulate(&plan, &freezing).0.all, first);
}

#[test]
fn an_hour_takes_a_moment() {
    let plan = plan(open(10.0, 64), Warmup::None, Some(Duration::from_secs(3_600)), None);
    let (played, intervals) = simulate(&plan, &fixed(MS));
    assert_eq!(played.all.ok, 36_000);
    assert_eq!(intervals.iter().filter(|i| i.measured).count(), 3_600);
}

#[test]
fn a_log_holds_every_request_of_a_run_once_and_agrees_with_the_histograms() {
    let plan = plan(open(1_000.0, 10), Warmup::None, Some(Duration::from_secs(20)), None);
    let order = LogOrder { most: 1_000_000, counts: Arc::default() };
    let (played, _) = simulate_with(&plan, &freezing, Some(&order));
    let [log] = played.samples.as_slice() else { panic!("one worker keeps one log: {:?}", played.samples) };
    let rows: Vec<_> = log.parts().flatten().collect();
    assert_eq!((log.len() as u64, log.lost()), (played.all.requests(), 0));
    assert_eq!(order.counts.ended(), played.all.requests());
    let mut numbers: Vec<u32> = rows.iter().map(|row| row.n()).collect();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "a number is there twice");
    let (mut response, mut service) = (dyno_model::Histogram::new(), dyno_model::Histogram::new());
    for row in &rows {
        response.record(row.start_ns() + row.duration_ns() - u64::from(row.n()) * MS);
        service.record(row.duration_ns());
    }
    assert_eq!((response, service), (played.all.response_time.clone(), played.all.service_time.clone()));
    let last = rows.iter().map(|row| row.start_ns() + row.duration_ns()).max();
    assert_eq!(last, Some(log.last_end_ns()));
    let late = rows.iter().filter(|row| row.start_ns() > u64::from(row.n()) * MS).count() as u64;
    assert_eq!(order.counts.waited(), late, "only the limit of ten in flight makes anybody late here");
}

#[test]
fn a_log_leaves_out_what_was_abandoned_and_a_run_without_one_keeps_nothing() {
    let script = |n: u64, start_ns: u64| {
        let service_ns = if n == 3 { 3_600_000 * MS } else { 1_000 * MS };
        (start_ns + service_ns, Outcome::ok(200))
    };
    let plan = plan(closed(2), Warmup::None, Some(Duration::from_secs(5)), None);
    let order = LogOrder { most: 100, counts: Arc::default() };
    let (played, _) = simulate_with(&plan, &script, Some(&order));
    let numbers: Vec<u32> = played
        .samples
        .iter()
        .flat_map(SampleLog::parts)
        .flatten()
        .map(super::super::log::LoggedSample::n)
        .collect();
    assert_eq!(numbers, [0, 1, 2, 4, 5, 6]);
    assert_eq!((order.counts.ended(), order.counts.abandoned()), (6, 1));
    assert!(simulate(&plan, &script).0.samples.is_empty());
}

#[test]
fn a_log_that_is_full_changes_nothing_about_the_run() {
    let plan = plan(closed(4), Warmup::None, None, Some(1_000));
    let (without, _) = simulate(&plan, &fixed(MS));
    let order = LogOrder { most: 10, counts: Arc::default() };
    let (with, _) = simulate_with(&plan, &fixed(MS), Some(&order));
    assert_eq!((with.samples[0].len(), with.samples[0].lost()), (10, 990));
    assert_eq!((with.all.ok, with.run_ns), (without.all.ok, without.run_ns));
    assert_eq!(with.all.response_time, without.all.response_time);
}
