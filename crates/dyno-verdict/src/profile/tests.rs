//! Layers together: what counts, where it comes from, and what is only used on the machine where it was measured.

use std::collections::BTreeMap;

use dyno_model::{CellKey, Environment, GateMode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::rules::parse_rule;

pub(crate) const NOW: &str = "2026-11-25T12:00:00Z";

/// A machine with these facts.
pub(crate) fn machine() -> Environment {
    let facts = [("os", "linux"), ("arch", "x86_64"), ("hypervisor", "KVM"), ("cpu_brand", "Test 9000")];
    Environment {
        fingerprint: "fp1:00000000000000aa".to_owned(),
        identity: facts.map(|(fact, value)| (fact.to_owned(), value.to_owned())).into(),
        config: BTreeMap::from([("kernel".to_owned(), "6.1".to_owned())]),
        ..Environment::default()
    }
}

pub(crate) fn text(layer: Layer, file: &str, mut value: Value) -> ProfileText {
    value["schema"] = json!("dyno-profile/1");
    ProfileText { layer, file: file.to_owned(), text: value.to_string() }
}

pub(crate) fn overrides(text: &str) -> Overrides {
    Overrides::read([("DYNO_PERF_OVERRIDE".to_owned(), text.to_owned())]).unwrap()
}

pub(crate) fn resolve(texts: &[ProfileText], entries: &str) -> ResolvedProfile {
    resolve_with(texts, entries, |_| {}).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

pub(crate) fn resolve_with(
    texts: &[ProfileText],
    entries: &str,
    change: impl FnOnce(&mut ProfileContext<'_>),
) -> Result<ResolvedProfile, Vec<ProfileError>> {
    let (environment, subjects) = (machine(), subjects());
    let mut context = context(&environment, &subjects);
    change(&mut context);
    resolve_profile(texts, &overrides(entries), &context)
}

pub(crate) fn subjects() -> [Subject; 1] {
    [Subject {
        plan: "checkout".to_owned(),
        operations: vec!["browse".to_owned(), "buy".to_owned()],
        scenario: None,
    }]
}

pub(crate) fn context<'a>(environment: &'a Environment, subjects: &'a [Subject]) -> ProfileContext<'a> {
    ProfileContext {
        environment,
        subjects,
        now: NOW,
        wanted: None,
        asked_file: None,
        is_frozen: false,
        denies_overrides: false,
    }
}

/// What a calibration leaves behind.
fn calibrated(file: &str) -> ProfileText {
    text(
        Layer::Local,
        file,
        json!({
            "id": "this-machine",
            "match": { "fingerprint": ["fp1:00000000000000aa"], "os": "linux" },
            "fingerprint": { "config": { "kernel": "6.1" } },
            "calibration": {
                "at": "2026-11-20T12:00:00Z", "valid_days": 30, "quads": 10, "round_ms": 5000,
                "certificate": { "gates": 473, "false_alarms": 1, "upper95": 0.01, "bias_upper": { "p99": 0.004 } },
            },
            "plans": { "checkout": { "metrics": { "p99": {
                "value": 8_000_000, "noise": { "sigma_round": 0.02, "sigma_session": 0.012 }, "tolerance": "auto",
            } } } },
        }),
    )
}

fn team() -> ProfileText {
    text(
        Layer::Repo,
        "dyno-profiles/team.json",
        json!({
            "id": "team",
            "policy": { "alpha_gate": 0.005, "min_evidence": "E2", "on_inconclusive": "fail", "budget": "5m" },
            "plans": {
                "*": { "metrics": { "p99": { "tolerance": { "rel": 0.2 } }, "*/p95": { "gate": "off" } } },
                "checkout": { "metrics": {
                    "p99": { "limit": { "op": "<=", "value": 20_000_000 }, "gate": "both" },
                    "buy/p95": { "gate": "regression", "tolerance": { "abs": 1_000_000 } },
                } },
            },
        }),
    )
}

#[test]
fn without_files_the_table_of_kinds_counts() {
    let profile = resolve(&[], "");
    let cell = profile.cell_rule("checkout", &CellKey::whole("p99")).unwrap();
    assert_eq!(Some(&cell), crate::cell::CellRule::of(&CellKey::whole("p99")).as_ref());
    assert_eq!((profile.certificate(), profile.calibration()), (None, &CalibrationState::None));
    assert!(profile.cell_rule("checkout", &CellKey::whole("colour")).is_none());
    assert_eq!(profile, ResolvedProfile::builtin());
}

#[test]
fn closer_places_count_before_general_ones() {
    let profile = resolve(&[team()], "");
    let settings = |plan: &str, key: &str| profile.settings(plan, &key.parse().unwrap()).unwrap();
    // The limit is that of the plan, the tolerance that of all plans, the floor that of the kind.
    let p99 = settings("checkout", "p99");
    assert_eq!((p99.mode, p99.limit.map(|limit| limit.value)), (GateMode::Both, Some(20e6)));
    assert_eq!((p99.tolerance.relative, p99.tolerance.absolute), (0.2, 50e3));
    assert_eq!(settings("other", "p99").limit, None);
    assert_eq!(settings("other", "p99").tolerance.relative, 0.2);
    // `*/p95` is switched off for all operations but one.
    assert!(profile.cell_rule("checkout", &CellKey::of("browse", "p95")).is_none());
    let buy = profile.cell_rule("checkout", &CellKey::of("buy", "p95")).unwrap();
    assert_eq!((buy.is_gated, buy.tolerance.relative, buy.tolerance.absolute), (true, 0.07, 1e6));
    assert!(profile.cell_rule("checkout", &CellKey::whole("p95")).is_some());
}

#[test]
fn the_policy_is_read() {
    let policy = resolve(&[team()], "").policy();
    assert_eq!((policy.alpha, policy.min_evidence), (Some(0.005), Some(dyno_model::Evidence::E2)));
    assert_eq!(policy.on_inconclusive, Some(dyno_model::OnInconclusive::Fail));
    assert_eq!(policy.budget, Some(std::time::Duration::from_secs(300)));
}

#[test]
fn what_was_measured_counts_on_this_machine_only() {
    let key = CellKey::whole("p99");
    let here = resolve(&[calibrated("a.json"), team()], "");
    assert_eq!(here.noise("checkout", &key).map(|noise| noise.sigma_round), Some(0.02));
    assert_eq!(here.certificate().map(|certificate| certificate.gates), Some(473));
    assert_eq!(here.cell_rule("checkout", &key).unwrap().bias, 0.004);
    assert_eq!(here.settings("checkout", &key).unwrap().value, Some(8e6));

    let other = Environment { fingerprint: "fp1:00000000000000bb".to_owned(), ..machine() };
    let there = resolve_profile(
        &[calibrated("a.json"), team()],
        &Overrides::default(),
        &context(&other, &subjects()),
    )
    .unwrap();
    assert_eq!((there.noise("checkout", &key), there.certificate()), (None, None));
    assert_eq!(there.calibration(), &CalibrationState::OtherMachine);
    let settings = there.settings("checkout", &key).unwrap();
    // Its tolerance is used all the same, but `auto` has no noise to work with.
    assert_eq!((settings.value, settings.is_auto, settings.tolerance.relative), (None, true, 0.10));
    assert_eq!(settings.limit.map(|limit| limit.value), Some(20e6));
}

#[test]
fn a_calibration_of_another_scenario_is_refused_by_both_names() {
    let mut file: serde_json::Value = serde_json::from_str(&calibrated("a.json").text).unwrap();
    file["plans"]["checkout"]["scenario"] = json!("sc1:00000000000000aa GET /, closed loop, 4 users");
    let texts = [ProfileText { text: file.to_string(), ..calibrated("a.json") }];
    let with = |scenario: Option<&str>, environment: &Environment| {
        let [subject] = subjects();
        let subjects = [Subject { scenario: scenario.map(str::to_owned), ..subject }];
        resolve_profile(&texts, &Overrides::default(), &context(environment, &subjects))
    };
    let other = "sc1:00000000000000bb GET /, closed loop, 64 users";
    let errors = with(Some(other), &machine()).unwrap_err();
    let words = errors[0].to_string();
    for part in
        ["profile `a.json`", "`checkout`", "4 users", "64 users", "dyno calibrate --overwrite", "--frozen"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Its words may be those of another version, and a plan that is not known says nothing.
    for same in [Some("sc1:00000000000000aa in other words"), None] {
        let profile = with(same, &machine()).unwrap();
        assert!(profile.noise("checkout", &CellKey::whole("p99")).is_some());
    }
    // What was measured elsewhere is not used here, so that it does not matter what it was.
    let elsewhere = Environment { fingerprint: "fp1:00000000000000bb".to_owned(), ..machine() };
    assert!(with(Some(other), &elsewhere).is_ok());
}

#[test]
fn auto_is_what_nine_of_ten_gates_would_find() {
    let profile = resolve(&[calibrated("a.json"), team()], "");
    let relative = profile.settings("checkout", &CellKey::whole("p99")).unwrap().tolerance.relative;
    // Five minutes of four rounds of 5 s are 15 quads, at alpha 0.005 from the team's policy.
    let expected = (0.004 + dyno_stats::paired::detectable(0.02, 15, 0.005, 0.9)).exp_m1();
    assert!((relative - expected).abs() < 1e-12 && relative < 0.05, "{relative} {expected}");
}

#[test]
fn a_calibration_expires_and_drifts() {
    let state = |now: &str, kernel: &str| {
        let mut environment = machine();
        environment.config.insert("kernel".to_owned(), kernel.to_owned());
        let context = ProfileContext { now, ..context(&environment, &[]) };
        let profile = resolve_profile(&[calibrated("a.json")], &Overrides::default(), &context).unwrap();
        (profile.certificate().is_some(), profile.calibration().hint().unwrap_or_default())
    };
    assert_eq!(state("2026-12-19T12:00:00Z", "6.1"), (true, String::new()));
    let (is_certified, hint) = state("2026-12-25T12:00:00Z", "6.1");
    assert!(!is_certified && hint.contains("expired 5 days ago"), "{hint}");
    let (is_certified, hint) = state("2026-12-01T12:00:00Z", "6.8");
    assert!(!is_certified && hint.contains("kernel 6.1 → 6.8"), "{hint}");
    assert!(!state("yesterday", "6.1").0);
}

#[test]
fn noise_without_a_certificate_is_of_this_machine_and_grows_old() {
    let state = |now: &str| {
        let mut file = calibrated("a.json");
        let mut value: Value = serde_json::from_str(&file.text).unwrap();
        value["calibration"].as_object_mut().unwrap().remove("certificate");
        file.text = value.to_string();
        let environment = machine();
        let context = ProfileContext { now, ..context(&environment, &[]) };
        let profile = resolve_profile(&[file], &Overrides::default(), &context).unwrap();
        assert_eq!(profile.certificate(), None);
        profile.calibration().clone()
    };
    assert!(state("2026-11-21T12:00:00Z").is_valid());
    assert!(state("2026-12-25T12:00:00Z").is_stale());
}

#[test]
fn frozen_knows_neither_environment_nor_local_files() {
    let profile =
        resolve_with(&[calibrated("a.json"), team()], "p99=off", |context| context.is_frozen = true).unwrap();
    assert_eq!(profile.certificate(), None);
    assert!(profile.cell_rule("checkout", &CellKey::whole("p99")).is_some());
    assert!(profile.overrides().is_empty());
    assert_eq!(profile.profiles().count(), 1);
}

#[test]
fn rules_of_the_command_line_lie_on_top() {
    let rules = ["p99:+3%", "p99:+4%"].map(|text| parse_rule(text).unwrap()).to_vec();
    let profile = resolve(&[calibrated("a.json"), team()], "p99~50%;p99=off").with_rules(rules);
    let cell = profile.cell_rule("checkout", &CellKey::whole("p99")).unwrap();
    assert_eq!((cell.is_gated, cell.tolerance.relative, cell.rule.as_deref()), (true, 0.04, Some("p99:+4%")));
}

#[test]
fn the_chain_shows_every_place_and_which_counts() {
    let rules = vec![parse_rule("p99:+3%").unwrap()];
    let profile = resolve(&[calibrated("local.json"), team()], "p99<=25ms~15%").with_rules(rules);
    let mut lines = String::new();
    for key in ["p99", "browse/p95", "errors"] {
        for one in profile.explain("checkout", &key.parse().unwrap()) {
            lines.push_str(&format!("{key} {}: {}\n", one.property, one.value));
            for origin in one.chain {
                let mark = if origin.is_used { "*" } else { " " };
                let (layer, place) = (origin.layer.word(), format!("{} {}", origin.file, origin.pointer));
                lines.push_str(&format!("  {mark} {layer:8} {:14} {}\n", origin.value, place.trim_end()));
            }
        }
    }
    insta::assert_snapshot!(lines);
    assert!(profile.explain("checkout", &CellKey::whole("colour")).is_empty());
}

proptest! {
    #[test]
    fn no_file_panics(
        text in "\\PC{0,60}",
        near in "(\\{|\\}|\\[|\\]|:|,|\"schema\"|\"dyno-profile/1\"|\"plans\"|\"\\*\"|\"metrics\"|\"p99\"|1|null){0,16}",
        value in "(0|-1|1e999|\"auto\"|\\{\\}|null|\\[1\\]|true|\"10%\")",
        key in "(tolerance|limit|gate|noise|value|unit|colour)",
    ) {
        let whole = format!(
            r#"{{"schema":"dyno-profile/1","plans":{{"checkout":{{"metrics":{{"p99":{{"{key}":{value}}}}}}}}}}}"#
        );
        for text in [text, near, whole] {
            let texts = [ProfileText { layer: Layer::Repo, file: "x.json".to_owned(), text }];
            if let Ok(profile) = resolve_with(&texts, "", |_| {}) {
                let _ = profile.explain("checkout", &CellKey::whole("p99"));
                prop_assert!(profile.settings("checkout", &CellKey::whole("p99")).is_some());
            }
        }
    }
}
