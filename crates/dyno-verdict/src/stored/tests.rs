//! Comparisons of made-up sessions whose truth is known: each grade of evidence, each obstacle, and false alarms.

mod obstacles;

use dyno_model::{
    CellKey, ComparisonRecord, ComparisonRow, Environment, ErrorCount, Evidence, GateState, Histogram,
    Measured, MeasuredInterval, MeasuredOperation, Noise, OnInconclusive, RowVerdict,
};
use dyno_stats::random::SplitMix64;
use proptest::prelude::*;

use super::{ComparePolicy, ComparisonHead, compare};
use crate::cell::CellRule;
use crate::rules::{Rule, parse_rule};

const SECONDS: u64 = 12;
const PER_SECOND: u64 = 300;
/// What sessions differ by, as a standard deviation of the logarithm.
const SESSION_NOISE: f64 = 0.01;

/// A session whose response times are `slower` times a millisecond, with the noise between sessions that the seed draws.
fn session(seed: u64, slower: f64) -> Measured {
    let mut random = SplitMix64::new(seed);
    let level = slower * (SESSION_NOISE * random.normal()).exp();
    let mut measured = Measured::of_tool("dyno", "run");
    measured.run_id = Some(format!("{seed:04}"));
    measured.plan_name = "shop".to_owned();
    measured.started_at = format!("2026-01-01T00:00:{:02}Z", seed % 60);
    let environment = Environment { fingerprint: "fp1:0".to_owned(), ..Environment::default() };
    measured.environment = Some(environment);
    let mut whole = Histogram::new();
    for second in 0..SECONDS {
        let mut histogram = Histogram::new();
        let mut one = || (level * 1e6 * (0.3 * random.normal()).exp()) as u64;
        (0..PER_SECOND).for_each(|_| histogram.record(one()));
        whole.merge(&histogram);
        let errors = ErrorCount { attempts: PER_SECOND, errors: 0 };
        let at_ns = (second + 1) * 1_000_000_000;
        measured.intervals.push(MeasuredInterval { at_ns, length_ns: 1_000_000_000, errors, histogram });
    }
    set_times(&mut measured, None, &whole);
    set_times(&mut measured, Some("browse"), &whole);
    set_times(&mut measured, Some("buy"), &whole);
    let count = SECONDS * PER_SECOND;
    measured.cell(CellKey::whole("rate"), PER_SECOND as f64 * slower / level, count);
    set_errors(&mut measured, 0);
    measured.histogram = Some(whole);
    measured
}

fn set_times(measured: &mut Measured, operation: Option<&str>, histogram: &Histogram) {
    let key =
        |metric: &str| operation.map_or_else(|| CellKey::whole(metric), |name| CellKey::of(name, metric));
    for (metric, q) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
        measured.cell(key(metric), histogram.quantile(q) as f64, histogram.count());
    }
    if let Some(name) = operation {
        let entry = measured.operations.entry(name.to_owned()).or_default();
        *entry = MeasuredOperation { histogram: Some(histogram.clone()), ..entry.clone() };
    }
}

fn set_errors(measured: &mut Measured, errors: u64) {
    let count = ErrorCount { attempts: SECONDS * PER_SECOND, errors };
    measured.errors = Some(count);
    for (second, interval) in (0..SECONDS).zip(&mut measured.intervals) {
        let until = |second: u64| errors * second / SECONDS;
        interval.errors = ErrorCount { attempts: PER_SECOND, errors: until(second + 1) - until(second) };
    }
    measured.cell(CellKey::whole("errors"), count.share().unwrap(), count.attempts);
}

/// What is known beside the two runs.
#[derive(Default)]
struct Known {
    noise: bool,
    stale_noise: Option<&'static str>,
    history: Vec<Measured>,
    sessions: Vec<Vec<Measured>>,
    rules: &'static [&'static str],
    threshold: Option<f64>,
    min_evidence: Option<Evidence>,
    allow_incomparable: bool,
}

fn compared(a: &Measured, b: &Measured, known: Known) -> ComparisonRecord {
    let rules: Vec<Rule> = known.rules.iter().map(|text| parse_rule(text).unwrap()).collect();
    let cell_rule = |key: &CellKey| {
        let mut cell = CellRule::of(key)?;
        rules.iter().filter(|rule| rule.concerns(key)).for_each(|rule| rule.apply(&mut cell));
        Some(cell)
    };
    let noise =
        |_: &CellKey| known.noise.then(|| Noise { sigma_session: Some(SESSION_NOISE), ..Noise::default() });
    let policy = ComparePolicy {
        head: ComparisonHead { name: "shop".to_owned(), ..ComparisonHead::default() },
        alpha: 0.01,
        min_evidence: known.min_evidence,
        on_inconclusive: OnInconclusive::Warn,
        allow_incomparable: known.allow_incomparable,
        cell_rule: &cell_rule,
        noise: &noise,
        rules: rules.clone(),
        threshold: known.threshold,
        history: known.history,
        sessions: known.sessions,
        certificate: None,
        stale_noise: known.stale_noise.map(str::to_owned),
        overrides: Vec::new(),
        seed: 7,
    };
    compare(a, std::slice::from_ref(b), &policy)
}

#[track_caller]
fn row<'a>(record: &'a ComparisonRecord, key: &str) -> &'a ComparisonRow {
    let key: CellKey = key.parse().unwrap();
    let found = record.rows.iter().find(|row| row.operation == key.operation && row.metric == key.metric);
    found.unwrap_or_else(|| panic!("no row {key}"))
}

#[test]
fn without_any_knowledge_only_limits_of_the_user_fail() {
    let (a, slower) = (session(1, 1.0), session(2, 2.0));
    let record = compared(&a, &slower, Known::default());
    assert_eq!((record.gate.state, record.gate.alpha), (GateState::Inconclusive, None));
    assert_eq!((row(&record, "p99").verdict, row(&record, "p99").evidence), (RowVerdict::Info, Evidence::E0));
    assert!(record.gate.reasons[0].detail.contains("--fail-on"), "{:?}", record.gate.reasons);

    let rules = &["p99:+10%", "browse/p50:+1ms"];
    let broken = compared(&a, &slower, Known { rules, ..Known::default() });
    assert_eq!(broken.gate.state, GateState::Fail);
    let p99 = row(&broken, "p99");
    assert_eq!((p99.verdict, p99.rule_false_alarms), (RowVerdict::Regressed, None));
    assert!(p99.detail.contains("no noise model"), "{}", p99.detail);
    assert_eq!(row(&broken, "browse/p50").verdict, RowVerdict::Pass, "it is not yet a millisecond slower");
    assert_eq!(broken.gate.rules, ["p99:+10%", "browse/p50:+1ms"]);
    assert_eq!(
        compared(&a, &session(3, 1.0), Known { rules, ..Known::default() }).gate.state,
        GateState::Pass
    );
}

#[test]
fn a_calibrated_noise_tells_changes_from_chance() {
    let a = session(1, 1.0);
    let known = || Known { noise: true, ..Known::default() };
    let slower = compared(&a, &session(2, 1.3), known());
    assert_eq!(
        (slower.gate.state, slower.gate.evidence, slower.gate.alpha),
        (GateState::Fail, Evidence::E1, Some(0.01))
    );
    assert_eq!(row(&slower, "p50").verdict, RowVerdict::Regressed);
    let same = compared(&a, &session(3, 1.0), known());
    let p50 = row(&same, "p50");
    assert_eq!(p50.verdict, RowVerdict::Pass, "{}", p50.detail);
    let change = p50.change.unwrap();
    assert!(change.low.unwrap() < change.point && change.point < change.high.unwrap());
    assert!((0.03..0.15).contains(&p50.detectable.unwrap()), "{:?}", p50.detectable);
    let faster = compared(&a, &session(4, 0.7), known());
    assert_eq!((row(&faster, "p50").verdict, faster.gate.state), (RowVerdict::Improved, GateState::Pass));
}

#[test]
fn a_stale_calibration_is_one_grade_less() {
    let hint = "the calibration expired 3 days ago";
    let noisy = |slower: f64, stale_noise: Option<&'static str>| {
        compared(
            &session(1, 1.0),
            &session(2, slower),
            Known { noise: true, stale_noise, ..Known::default() },
        )
    };
    let stale = noisy(1.3, Some(hint));
    let p50 = row(&stale, "p50");
    assert_eq!((p50.evidence, p50.verdict, p50.p), (Evidence::E0, RowVerdict::Info, None));
    assert_eq!((stale.gate.state, stale.gate.evidence), (GateState::Inconclusive, Evidence::E0));
    let said = |record: &ComparisonRecord| record.gate.reasons.iter().any(|one| one.detail == hint);
    assert!(said(&stale) && !said(&noisy(1.3, None)), "{:?}", stale.gate.reasons);
    // What stands on stored sessions needs no calibration.
    let history = (10..20).map(|seed| session(seed, 1.0)).collect();
    let known = Known { noise: true, stale_noise: Some(hint), history, ..Known::default() };
    let by_history = compared(&session(19, 1.0), &session(30, 1.2), known);
    assert_eq!((row(&by_history, "p50").evidence, by_history.gate.state), (Evidence::E2, GateState::Fail));
    assert!(!said(&by_history));
}

#[test]
fn limits_say_how_often_they_fire_by_chance() {
    let known = Known { noise: true, rules: &["p50:+1%", "p99:+50%"], ..Known::default() };
    let record = compared(&session(1, 1.0), &session(2, 1.0), known);
    // Two sessions that differ by 1 % each, and their own scatter: one in four lies beyond 1 %.
    let tight = row(&record, "p50");
    assert!((0.15..0.35).contains(&tight.rule_false_alarms.unwrap()), "{:?}", tight.rule_false_alarms);
    assert!(tight.detail.contains("would give 1 %"), "{}", tight.detail);
    let loose = row(&record, "p99");
    assert!(
        loose.rule_false_alarms.unwrap() < 0.001 && !loose.detail.contains("would give"),
        "{}",
        loose.detail
    );
    assert_eq!(record.gate.alpha, None, "limits of the user promise nothing");
}

#[test]
fn stored_sessions_are_the_noise() {
    let history = || -> Vec<Measured> { (10..20).map(|seed| session(seed, 1.0)).collect() };
    let a = session(19, 1.0);
    let known = || Known { history: history(), ..Known::default() };
    let slower = compared(&a, &session(30, 1.2), known());
    let p50 = row(&slower, "p50");
    assert_eq!(
        (slower.gate.state, p50.evidence, p50.verdict),
        (GateState::Fail, Evidence::E2, RowVerdict::Regressed)
    );
    assert_eq!((p50.replicates, p50.a.unwrap().samples), (Some(11), 10));
    let same = compared(&a, &session(31, 1.0), known());
    assert_eq!(row(&same, "p50").verdict, RowVerdict::Pass, "{}", row(&same, "p50").detail);
    // What was another build does not count: the baseline is as slow as the candidate since its last change.
    let changed = (10..26).map(|seed| session(seed, if seed < 18 { 1.0 } else { 1.3 })).collect();
    let record =
        compared(&session(25, 1.3), &session(32, 1.3), Known { history: changed, ..Known::default() });
    assert_eq!(row(&record, "p50").replicates, Some(9), "eight sessions since the change, and the new one");
    assert_ne!(row(&record, "p50").verdict, RowVerdict::Regressed);
    let few = compared(&a, &session(33, 1.0), Known { history: vec![session(19, 1.0)], ..Known::default() });
    assert_eq!(row(&few, "p50").evidence, Evidence::E0, "one session is no history");
}

#[test]
fn sessions_on_both_sides_are_exchanged() {
    let others = |from: u64, slower: f64| -> Vec<Measured> {
        (from..from + 7).map(|seed| session(seed, slower)).collect()
    };
    let known =
        |slower: f64| Known { sessions: vec![others(100, 1.0), others(200, slower)], ..Known::default() };
    let slower = compared(&session(1, 1.0), &session(2, 1.2), known(1.2));
    let p50 = row(&slower, "p50");
    assert_eq!((p50.evidence, p50.verdict, p50.replicates), (Evidence::E3, RowVerdict::Regressed, Some(16)));
    let same = compared(&session(1, 1.0), &session(2, 1.0), known(1.0));
    assert_eq!(row(&same, "p50").verdict, RowVerdict::Pass, "{}", row(&same, "p50").detail);
    assert_ne!(same.gate.state, GateState::Fail);
}

#[test]
fn a_threshold_stands_for_every_time_and_rate_without_a_rule() {
    let known = Known { threshold: Some(0.1), rules: &["p99:+80%"], ..Known::default() };
    let record = compared(&session(1, 1.0), &session(2, 1.5), known);
    assert_eq!(row(&record, "p50").rule.as_deref(), Some("p50:+10%"));
    assert_eq!(row(&record, "rate").rule.as_deref(), Some("rate:-10%"));
    assert_eq!(row(&record, "errors").rule, None);
    assert_eq!(
        (row(&record, "p50").verdict, row(&record, "p99").verdict),
        (RowVerdict::Regressed, RowVerdict::Pass)
    );
}

#[test]
fn evidence_that_was_asked_for_is_demanded() {
    let known = Known { noise: true, min_evidence: Some(Evidence::E3), ..Known::default() };
    let record = compared(&session(1, 1.0), &session(2, 2.0), known);
    assert_eq!(record.gate.state, GateState::Inconclusive);
    assert!(record.gate.reasons.iter().any(|reason| reason.code == "evidence"));
}

#[test]
fn quantiles_that_were_not_measured_are_read_from_the_distribution() {
    let rules = &["p97.5:+10%"];
    let record = compared(&session(1, 1.0), &session(2, 1.0), Known { rules, ..Known::default() });
    let found = row(&record, "p97.5");
    assert!(found.a.unwrap().value > row(&record, "p95").a.unwrap().value && found.a.unwrap().low.is_some());
}

#[test]
fn pictures_show_where_the_change_lies() {
    let record = compared(&session(1, 1.0), &session(2, 1.5), Known::default());
    let all = &record.distributions["all"];
    assert_eq!((all.len(), all[0].shift.len(), all[0].series.len()), (2, 0, SECONDS as usize));
    let median = all[1].shift.iter().find(|point| point.q == 0.5).unwrap();
    assert!((median.b_ns / median.a_ns - 1.5).abs() < 0.08 && median.low.unwrap() > 0.3);
    assert!(record.distributions.contains_key("browse"));
}

#[test]
fn details_read_well() {
    let texts = |record: &ComparisonRecord| -> Vec<String> {
        let line = |row: &ComparisonRow| {
            format!("{:?} {} {:?}: {}", row.evidence, row.metric, row.verdict, row.detail)
        };
        record.rows.iter().filter(|row| row.operation.is_none()).map(line).collect()
    };
    let history: Vec<Measured> = (10..20).map(|seed| session(seed, 1.0)).collect();
    let others = |from: u64, slower: f64| -> Vec<Measured> {
        (from..from + 7).map(|seed| session(seed, slower)).collect()
    };
    let rules = &["p50:+1%", "p99:+10%"];
    let (a, b) = (session(19, 1.0), session(30, 1.12));
    let all = [
        ("nothing", Known { rules, ..Known::default() }),
        ("noise", Known { noise: true, rules, ..Known::default() }),
        ("history", Known { history, ..Known::default() }),
        ("sessions", Known { sessions: vec![others(100, 1.0), others(200, 1.12)], ..Known::default() }),
    ];
    let found: Vec<(&str, Vec<String>)> =
        all.map(|(name, known)| (name, texts(&compared(&a, &b, known)))).into();
    insta::assert_debug_snapshot!(found);
}

#[test]
fn unchanged_sessions_rarely_fail_and_intervals_hold_the_truth() {
    let (mut alarms, mut covered) = ([0; 3], [0; 3]);
    for round in 0..200_u64 {
        let one = |n: u64| session(10_000 + round * 100 + n, 1.0);
        let many = |from: u64, count: u64| -> Vec<Measured> { (from..from + count).map(one).collect() };
        let all = [
            Known { noise: true, ..Known::default() },
            Known { history: many(10, 8), ..Known::default() },
            Known { sessions: vec![many(20, 5), many(40, 5)], ..Known::default() },
        ];
        for (at, known) in all.into_iter().enumerate() {
            let record = compared(&one(1), &one(2), known);
            alarms[at] += u32::from(record.gate.state == GateState::Fail);
            let change = row(&record, "p50").change.unwrap();
            covered[at] += u32::from(change.low.unwrap() <= 0.0 && change.high.unwrap() >= 0.0);
        }
    }
    // At 1 % two of 200 are expected; seven or more happen once in two hundred times.
    assert!(alarms.iter().all(|alarms| *alarms <= 6), "{alarms:?} of 200 comparisons failed");
    // At 95 % ten of 200 miss; nineteen or more do so once in a hundred times.
    assert!(covered.iter().all(|covered| *covered >= 182), "{covered:?} of 200 intervals hold the truth");
}

#[test]
fn a_minute_in_which_neighbours_are_alike_is_known_less_well() {
    let minute = |seed: u64, drift: f64| {
        let (mut random, mut level) = (SplitMix64::new(seed), 0.0);
        let mut measured = session(seed, 1.0);
        let mut whole = Histogram::new();
        measured.intervals = (1..=80)
            .map(|second| {
                level = 0.9 * level + drift * random.normal();
                let mut histogram = Histogram::new();
                let mut one = || (1e6 * (level + 0.3 * random.normal()).exp()) as u64;
                (0..50).for_each(|_| histogram.record(one()));
                whole.merge(&histogram);
                let errors = ErrorCount { attempts: 50, errors: 0 };
                let at_ns = second * 1_000_000_000;
                MeasuredInterval { at_ns, length_ns: 1_000_000_000, errors, histogram }
            })
            .collect();
        set_times(&mut measured, None, &whole);
        measured.histogram = Some(whole);
        measured
    };
    let width = |drift: f64| {
        let known = Known { noise: true, ..Known::default() };
        let change = row(&compared(&minute(1, drift), &minute(2, drift), known), "p50").change.unwrap();
        change.high.unwrap() - change.low.unwrap()
    };
    let (steady, drifting) = (width(0.0), width(0.1));
    assert!(drifting > 1.5 * steady, "{steady} {drifting}");
}

proptest! {
    #[test]
    fn a_result_is_never_worse_than_itself(
        values in prop::collection::vec((0.0..1e12f64, 0u64..100_000), 4), errors in 0u64..3_600, noise: bool,
    ) {
        let mut one = session(1, 1.0);
        for (metric, (value, samples)) in ["p50", "p99", "rate", "rss"].into_iter().zip(values) {
            one.cell(CellKey::whole(metric), value, samples);
        }
        set_errors(&mut one, errors);
        let known = Known { noise, rules: &["p50:+0.1%", "errors:+0.1pp", "rate:-1%"], ..Known::default() };
        let record = compared(&one, &one.clone(), known);
        prop_assert!(record.gate.state != GateState::Fail, "{:?}", record.gate.reasons);
        for row in &record.rows {
            prop_assert!(!matches!(row.verdict, RowVerdict::Regressed | RowVerdict::Improved), "{row:?}");
        }
    }

    #[test]
    fn strange_numbers_are_no_panic(a in any::<f64>(), b in any::<f64>(), samples in any::<u64>(), noise: bool) {
        let (mut one, mut other) = (session(1, 1.0), session(2, 1.0));
        for metric in ["p50", "mean", "rate", "errors", "rss", "cpu_per_request"] {
            one.cell(CellKey::whole(metric), a, samples);
            other.cell(CellKey::whole(metric), b, samples);
        }
        let record = compared(&one, &other, Known { noise, rules: &["mean:+1%"], ..Known::default() });
        let changes = record.rows.iter().filter_map(|row| row.change);
        prop_assert!(changes.into_iter().all(|change| change.point.is_finite()));
    }
}
