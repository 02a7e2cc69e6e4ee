//! Estimates from contests whose scatter is written down, and files that keep what people wrote.

use std::collections::BTreeMap;

use dyno_model::{
    CellKey, ComparisonKind, ComparisonRecord, ContestRecord, Environment, Evidence, GateRecord, GateState,
    Histogram, OnInconclusive, RoundMachine, RoundRecord, Side, Stage, Validity, ValidityState,
};
use dyno_stats::random::SplitMix64;
use serde_json::{Value, json};

use super::{Calibrated, Keeping, Measurement, calibrated, calibration_file};
use crate::profile::tests::{context, machine};
use crate::{Layer, Overrides, ProfileText, ResolvedProfile, resolve_profile};

/// How contests scatter, as standard deviations of logarithms, and how much slower the copy B is.
#[derive(Clone, Copy)]
struct World {
    round: f64,
    process: f64,
    session: f64,
    bias: f64,
}

const WORLD: World = World { round: 0.02, process: 0.01, session: 0.015, bias: 0.0 };

fn session(random: &mut SplitMix64, world: World, quads: u32, state: GateState) -> ComparisonRecord {
    let of_session = world.session * random.normal();
    let mut rounds = Vec::new();
    for quad in 0..quads {
        let of_process = [world.process * random.normal(), world.process * random.normal() + world.bias];
        let order = if quad % 2 == 0 {
            [Side::A, Side::B, Side::B, Side::A]
        } else {
            [Side::B, Side::A, Side::A, Side::B]
        };
        for (position, side) in order.into_iter().enumerate() {
            let log = of_session + of_process[side as usize] + world.round * random.normal();
            let p99 = (0.008_f64.ln() + log).exp() * 1e9;
            let at_ns = u64::from(quad) * 10_000_000_000 + position as u64 * 2_200_000_000;
            rounds.push(RoundRecord {
                stage: Stage::Screen,
                quad,
                position: position as u8,
                side,
                build: 0,
                at_ns,
                length_ns: 2_000_000_000,
                values: BTreeMap::from([("p99".to_owned(), p99), ("errors".to_owned(), 0.0)]),
                attempts: 1_000,
                errors: 1,
                histogram: Histogram::new().pack(),
                machine: RoundMachine { steal_share: 0.001, ..RoundMachine::default() },
                discarded: None,
            });
        }
    }
    record(rounds, quads, state)
}

fn record(rounds: Vec<RoundRecord>, quads: u32, state: GateState) -> ComparisonRecord {
    ComparisonRecord {
        schema: dyno_model::COMPARISON_SCHEMA.to_owned(),
        id: String::new(),
        name: "checkout".to_owned(),
        at: String::new(),
        version: String::new(),
        kind: ComparisonKind::Played,
        arms: Vec::new(),
        gate: GateRecord {
            state,
            reasons: Vec::new(),
            alpha: None,
            evidence: Evidence::E3,
            min_evidence: None,
            on_inconclusive: OnInconclusive::Warn,
            rules: Vec::new(),
            cells: 0,
            confirmed_cells: 0,
            certificate: None,
        },
        rows: Vec::new(),
        mismatches: Vec::new(),
        distributions: BTreeMap::new(),
        overrides: Vec::new(),
        contest: Some(ContestRecord {
            seed: 1,
            round_ns: 2_000_000_000,
            gap_ns: (100_000_000, 300_000_000),
            budget_ns: None,
            warmup_ns: vec![0, 0],
            restarted_each_quad: true,
            restarted_to_confirm: true,
            builds: 1,
            rounds,
            discarded_quads: 1,
            quads: (u64::from(quads), 0),
        }),
        environment: Environment::default(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: String::new(),
    }
}

fn calibrate(seed: u64, world: World, sessions: usize, quads: u32, gates: &[GateState]) -> Calibrated {
    let mut random = SplitMix64::new(seed);
    let sessions: Vec<_> =
        (0..sessions).map(|_| session(&mut random, world, quads, GateState::Pass)).collect();
    let gates: Vec<_> = gates.iter().map(|state| session(&mut random, world, 8, *state)).collect();
    calibrated(&sessions, &gates).unwrap()
}

/// The mean over many calibrations, so that a single draw decides nothing.
fn usual(of: impl Fn(&Calibrated) -> f64) -> f64 {
    let runs = 40;
    (0..runs).map(|seed| of(&calibrate(seed, WORLD, 6, 12, &[]))).sum::<f64>() / runs as f64
}

#[test]
fn scatter_is_found_at_each_level() {
    let noise =
        |found: &Calibrated| found.cells.iter().find(|cell| cell.key == CellKey::whole("p99")).unwrap().noise;
    let (round, process) =
        (usual(|found| noise(found).sigma_round), usual(|found| noise(found).sigma_process.unwrap()));
    assert!((round - WORLD.round).abs() < 0.001, "{round}");
    assert!((process - WORLD.process).abs() < 0.0015, "{process}");
    let session = usual(|found| noise(found).sigma_session.unwrap().powi(2)).sqrt();
    assert!((session - WORLD.session).abs() < 0.003, "{session}");
}

#[test]
fn a_bias_between_the_copies_is_bounded() {
    let bound = |bias: f64| calibrate(3, World { bias, ..WORLD }, 3, 30, &[]).cells[1].bias_upper.unwrap();
    assert!(bound(0.0) < 0.01 && bound(0.05) > 0.05 && bound(0.05) < 0.06, "{} {}", bound(0.0), bound(0.05));
}

#[test]
fn gates_make_the_certificate() {
    let mut states = vec![GateState::Pass; 59];
    states.push(GateState::Fail);
    states.push(GateState::Incomparable);
    let certificate = calibrate(1, WORLD, 2, 10, &states).certificate.unwrap();
    assert_eq!((certificate.gates, certificate.false_alarms), (60, 1));
    // Clopper and Pearson for 1 of 60.
    assert!((certificate.upper95 - 0.0767).abs() < 0.001, "{}", certificate.upper95);
    assert!(certificate.bias_upper["p99"] > 0.0);
    assert_eq!(calibrate(1, WORLD, 2, 10, &[]).certificate, None);
}

#[test]
fn figures_of_the_whole() {
    let found = calibrate(1, WORLD, 2, 10, &[]);
    assert_eq!((found.sessions, found.quads, found.discarded_quads), (2, 20, 2));
    assert_eq!((found.attempts, found.steal_max), ((80_000, 80), 0.001));
    // Ten seconds a quad, of which the last has no end of its own: 98.6 s in all.
    assert!((found.cost.restart_s - 1.06).abs() < 1e-9, "{:?}", found.cost);
    let errors = found.cells.iter().find(|cell| cell.key.metric == "errors").unwrap();
    assert_eq!((errors.value, errors.noise.sigma_round), (0.0, 0.0));
    assert!(calibrated(&[], &[]).is_none());
    assert!(calibrated(&[record(Vec::new(), 0, GateState::Pass)], &[]).is_none());
}

#[test]
fn more_minutes_find_less() {
    let found = calibrate(1, WORLD, 3, 10, &[]);
    let buys = found.cells[1].buys(&found.cost, 0.01, &[60.0, 180.0, 600.0]);
    assert!(buys[0].detectable.is_infinite(), "{buys:?}");
    assert!(buys[1].detectable > buys[2].detectable && buys[2].detectable < 0.05, "{buys:?}");
}

fn file(existing: Option<&Value>, keeping: Keeping, found: &Calibrated) -> Value {
    let environment = machine();
    let measurement = Measurement {
        scenario: SCENARIO,
        environment: &environment,
        id: "machine-00",
        tool: "0.1.0",
        at: "2026-11-25T11:00:00Z",
        target: "embedded target",
        quads: 10,
        seed: 42,
        valid_days: 30,
    };
    calibration_file(existing, keeping, found, &measurement)
}

fn profile(file: &Value) -> ResolvedProfile {
    let texts = [ProfileText { layer: Layer::Local, file: "m.json".to_owned(), text: file.to_string() }];
    let environment = machine();
    resolve_profile(&texts, &Overrides::default(), &context(&environment, &[])).unwrap()
}

const SCENARIO: &str = "sc1:0000000000000001 GET /, closed loop, 4 users";

#[test]
fn the_file_is_a_profile_of_this_machine() {
    let found = calibrate(1, WORLD, 3, 10, &[GateState::Pass; 20]);
    let profile = profile(&file(None, Keeping::Overwrite, &found));
    let (read, written) = (profile.certificate().unwrap(), found.certificate.as_ref().unwrap());
    assert_eq!((read.gates, read.false_alarms, &read.bias_upper), (20, 0, &written.bias_upper));
    // A number may lose its last bit as text.
    assert!((read.upper95 - written.upper95).abs() < 1e-15);
    assert_eq!(file(None, Keeping::Overwrite, &found)["plans"]["checkout"]["scenario"], SCENARIO);
    let noise = profile.noise("checkout", &CellKey::whole("p99")).unwrap();
    assert!((noise.sigma_round - found.cells[1].noise.sigma_round).abs() < 1e-12);
    assert_eq!(profile.noise("other", &CellKey::whole("p99")), None);
}

#[test]
fn what_people_wrote_stays() {
    let found = calibrate(1, WORLD, 3, 10, &[GateState::Pass; 20]);
    let mut old = file(None, Keeping::Overwrite, &found);
    old["policy"]["budget"] = json!("5m");
    old["plans"]["other"]["metrics"]["p99"]["value"] = json!(5);
    old["plans"]["checkout"]["metrics"]["p99"]["limit"] = json!({ "op": "<=", "value": 20_000_000 });
    old["plans"]["checkout"]["metrics"]["p99"]["tolerance"] = json!("auto");
    let fresh = calibrate(2, WORLD, 2, 10, &[]);
    let new = file(Some(&old), Keeping::Overwrite, &fresh);
    for pointer in [
        "/policy",
        "/plans/other",
        "/plans/checkout/metrics/p99/limit",
        "/plans/checkout/metrics/p99/tolerance",
    ] {
        assert_eq!(new.pointer(pointer), old.pointer(pointer), "{pointer}");
    }
    assert_eq!(new["plans"]["checkout"]["metrics"]["p99"]["sessions"].as_array().unwrap().len(), 2);
    // A certificate without gates of its own would be one of another calibration.
    assert_eq!(new["calibration"].get("certificate"), None);
}

#[test]
fn sessions_are_appended_and_pooled() {
    let (first, second) =
        (calibrate(1, WORLD, 3, 10, &[GateState::Pass; 20]), calibrate(2, WORLD, 3, 10, &[GateState::Fail]));
    let both = file(Some(&file(None, Keeping::Overwrite, &first)), Keeping::Append, &second);
    let metric = &both["plans"]["checkout"]["metrics"]["p99"];
    assert_eq!(metric["sessions"].as_array().unwrap().len(), 6);
    assert_eq!((metric["rounds"].as_u64(), both["calibration"]["sessions"].as_u64()), (Some(240), Some(6)));
    assert_eq!(both["calibration"]["certificate"]["gates"], 21);
    assert_eq!(both["calibration"]["certificate"]["false_alarms"], 1);
    let sigma = |found: &Calibrated| found.cells[1].noise.sigma_round;
    let pooled = ((sigma(&first).powi(2) + sigma(&second).powi(2)) / 2.0).sqrt();
    assert!((metric["noise"]["sigma_round"].as_f64().unwrap() - pooled).abs() < 1e-12);
    assert!(metric["noise"]["sigma_session"].as_f64().unwrap() < 0.05);
    assert!(profile(&both).certificate().is_some());
}
