//! The grammar, what entries change and record, and what is said of those that concern nothing.

use dyno_model::{CellKey, GateMode};
use proptest::prelude::*;
use serde_json::json;

use super::{Overrides, is_like, metric_of_variable, variable_word};
use crate::profile::tests::{resolve, resolve_with, text};
use crate::profile::{Layer, ProfileText, ResolvedProfile, resolve_profile};

fn team() -> ProfileText {
    text(
        Layer::Repo,
        "team.json",
        json!({ "plans": { "checkout": { "metrics": {
        "p99": { "limit": { "op": "<=", "value": 20_000_000 }, "gate": "both" },
        "buy/rate": { "limit": { "op": ">=", "value": 1_000 }, "gate": "limit" },
    } } } }),
    )
}

fn records(profile: &ResolvedProfile) -> String {
    let lines = profile.overrides().iter().map(|one| {
        let sign = if one.loosens { "!" } else { " " };
        format!("{sign} {} | {} | {} | {} -> {}", one.source, one.text, one.target, one.from, one.to)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_change_is_made_and_recorded() {
    let entries = "p99<=25ms~12%; checkout@p50~+1%,1ms; p99=regression; p99x2; p99-10%; buy/rate-20%; *~20%; p95=off; \
                   errors~0.05pp; p90~auto; browse/p99.9=both";
    // `~+1%` is no tolerance: the sign belongs to rules.
    let wrong = Overrides::read([("DYNO_PERF_OVERRIDE".to_owned(), entries.to_owned())]).unwrap_err();
    assert_eq!(wrong.len(), 1);
    let profile = resolve(&[team()], &entries.replace("~+1%", "~1%"));
    insta::assert_snapshot!(records(&profile));
    let settings = |key: &str| profile.settings("checkout", &key.parse().unwrap()).unwrap();
    let p99 = settings("p99");
    assert_eq!((p99.mode, p99.limit.map(|limit| limit.value)), (GateMode::Regression, Some(45e6)));
    assert_eq!((p99.tolerance.relative, p99.tolerance.absolute), (0.20, 50e3));
    assert_eq!(settings("buy/rate").limit.map(|limit| limit.value), Some(800.0));
    assert_eq!(settings("browse/p50").tolerance.relative, 0.20);
    assert!(profile.cell_rule("checkout", &CellKey::whole("p95")).is_none());
    assert!(profile.cell_rule("checkout", &CellKey::of("browse", "p99.9")).unwrap().is_gated);
    assert!(!profile.cell_rule("checkout", &CellKey::of("buy", "p99.9")).unwrap().is_gated);
}

#[test]
fn variables_of_their_own_and_the_scale() {
    let variables = [
        ("DYNO_PERF_SET__CHECKOUT__P99", "<=30ms~10%"),
        ("DYNO_PERF_SET__CHECKOUT__BUY__FIRST_BYTE_P99_9", "=regression"),
        ("DYNO_PERF_SET__P50", "~3%"),
        ("DYNO_PERF_TOLERANCE_SCALE", "1.5"),
        ("DYNO_PERF_SEED", "7"),
        ("PATH", "p99=off"),
    ];
    let overrides =
        Overrides::read(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let profile = resolve_all(&overrides).unwrap();
    let settings = |key: &str| profile.settings("checkout", &key.parse().unwrap()).unwrap();
    assert_eq!(settings("p99").limit.map(|limit| limit.value), Some(30e6));
    assert!((settings("p99").tolerance.relative - 0.15).abs() < 1e-12);
    assert!((settings("p50").tolerance.relative - 0.045).abs() < 1e-12);
    assert!((settings("p50").tolerance.absolute - 75e3).abs() < 1e-9);
    assert_eq!(settings("buy/first_byte.p99.9").mode, GateMode::Regression);
    assert!(profile.overrides().iter().any(|one| one.source == "DYNO_PERF_TOLERANCE_SCALE" && one.loosens));
}

fn resolve_all(overrides: &Overrides) -> Result<ResolvedProfile, Vec<crate::profile::ProfileError>> {
    let (environment, subjects) = (crate::profile::tests::machine(), crate::profile::tests::subjects());
    let context = crate::profile::tests::context(&environment, &subjects);
    resolve_profile(&[team()], overrides, &context)
}

#[test]
fn texts_that_cannot_be_read_are_named() {
    let entries = [
        "p99",
        "latency<=5ms",
        "browse.p99<=5ms",
        "p99<=25",
        "p99>=25ms",
        "rate<=5/s",
        "*<=5ms",
        "*~5ms",
        "p99=on",
        "p99+5ms",
        "p99-100%",
        "p99x",
        "p99x0",
        "p99~",
        "p99~x",
        "checkout@",
        "@p99",
        "p99<25ms",
        "errors<=5",
    ];
    let said = entries.map(|text| {
        let errors = Overrides::read([("DYNO_PERF_OVERRIDE".to_owned(), text.to_owned())]);
        errors.map_or_else(|errors| errors[0].to_string(), |_| format!("{text} is fine"))
    });
    insta::assert_snapshot!(said.join("\n"));
    for (name, value) in [
        ("DYNO_PERF_TOLERANCE_SCALE", "0"),
        ("DYNO_PERF_TOLERANCE_SCALE", "nan"),
        ("DYNO_PERF_SET__A__B__C__P99", "=off"),
        ("DYNO_PERF_SET__A__COLOUR", "=off"),
        ("DYNO_PERF_SET__A__P99", "off"),
    ] {
        assert!(Overrides::read([(name.to_owned(), value.to_owned())]).is_err(), "{name}={value}");
    }
}

#[test]
fn what_concerns_nothing_is_a_mistake_unless_lenient() {
    let entries = ["chekout@p99=off", "bro/p99=off", "p50+10%", "p50x2", "*@p99=off", "check*@b*/p99=off"];
    let said = entries.map(|text| match resolve_with(&[team()], text, |_| {}) {
        Ok(profile) => records(&profile),
        Err(errors) => errors[0].to_string(),
    });
    insta::assert_snapshot!(said.join("\n"));

    let lenient = [("DYNO_PERF_OVERRIDE", "chekout@p99=off;p99=off"), ("DYNO_PERF_OVERRIDE_LENIENT", "1")];
    let overrides =
        Overrides::read(lenient.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let profile = resolve_all(&overrides).unwrap();
    assert_eq!((profile.warnings().len(), profile.overrides().len()), (1, 1));
    assert!(profile.warnings()[0].contains("chekout"));
}

#[test]
fn they_can_be_denied() {
    let denied = resolve_with(&[team()], "p99=off", |context| context.denies_overrides = true).unwrap_err();
    insta::assert_snapshot!(denied[0]);
    assert!(resolve_with(&[team()], "", |context| context.denies_overrides = true).is_ok());
}

#[test]
fn names_are_like_patterns() {
    for (glob, name, is) in [
        ("*", "", true),
        ("a*", "abc", true),
        ("*c", "abc", true),
        ("a*c*e", "abcde", true),
        ("a*b", "ab", true),
        ("ab*ba", "aba", false),
        ("abc", "abcd", false),
        ("*x*", "abc", false),
    ] {
        assert_eq!(is_like(glob, name), is, "{glob} {name}");
    }
    assert_eq!(variable_word("GET /users/{id}"), "GET_USERS_ID");
    assert_eq!(metric_of_variable("FIRST_BYTE_P99_9").as_deref(), Some("first_byte.p99.9"));
    assert_eq!(metric_of_variable("CPU_PER_REQUEST").as_deref(), Some("cpu_per_request"));
    assert_eq!(metric_of_variable("COLOUR"), None);
}

proptest! {
    #[test]
    fn no_text_panics(
        text in "\\PC{0,30}",
        near in "(checkout|@|browse|/|p99|\\*|<=|>=|~|\\+|-|x|=off|9|%|ms|;|,|auto){0,12}",
        name in "[A-Z0-9_]{0,16}",
    ) {
        for text in [text, near] {
            for name in ["DYNO_PERF_OVERRIDE".to_owned(), format!("DYNO_PERF_SET__{name}"), "DYNO_PERF_TOLERANCE_SCALE".to_owned()] {
                if let Ok(overrides) = Overrides::read([(name, text.clone())]) {
                    let _ = resolve_all(&overrides);
                }
            }
        }
    }

    #[test]
    fn scaling_down_never_loosens(scale in 0.01..1.0_f64) {
        let variable = ("DYNO_PERF_TOLERANCE_SCALE".to_owned(), scale.to_string());
        let profile = resolve_all(&Overrides::read([variable]).unwrap()).unwrap();
        prop_assert!(profile.overrides().iter().all(|one| !one.loosens));
    }
}
