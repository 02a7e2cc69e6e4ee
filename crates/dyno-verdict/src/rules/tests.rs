//! Rules as people write them, and what is said of those that cannot be read.

use dyno_model::CellKey;
use proptest::prelude::*;

use super::{Rule, parse_rule};
use crate::cell::CellRule;

fn rule(text: &str) -> Rule {
    parse_rule(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn rules_are_read() {
    for (text, operation, metric, relative, absolute) in [
        ("p99:+10%", None, "p99", 0.10, 0.0),
        ("browse/p99:+5ms", Some("browse"), "p99", 0.0, 5e6),
        ("errors:+0.1pp", None, "errors", 0.0, 0.001),
        ("rate:-5%", None, "rate", 0.05, 0.0),
        ("GET /users:1/p99.9 : +10%,50us", Some("GET /users:1"), "p99.9", 0.10, 50e3),
        ("*/service.p95:+7%", Some("*"), "service.p95", 0.07, 0.0),
        ("rss:+4MiB", None, "rss", 0.0, 4_194_304.0),
    ] {
        let rule = rule(text);
        assert_eq!(
            (
                rule.operation.as_deref(),
                rule.metric.as_str(),
                rule.tolerance.relative,
                rule.tolerance.absolute
            ),
            (operation, metric, relative, absolute),
            "{text}"
        );
    }
}

#[test]
fn mistakes_say_what_to_write() {
    let texts = [
        "",
        "p99",
        "p99+10%",
        "rate 5%",
        "p99<+10%",
        "latency:+10%",
        "browse.p99:+10%",
        "cpu_per_req:+5%",
        "colour:+5%",
        "p99:-10%",
        "rate:+5%",
        "p99:10%",
        "p99:+",
        "p99:+10",
        "p99:+10%,5%",
        "p99:+1000/s",
        "p99:+auto",
        "errors:+10%",
    ];
    let said: Vec<String> =
        texts.iter().map(|text| format!("{text:<18} {}", parse_rule(text).unwrap_err())).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_rule_concerns_its_cells_and_no_others() {
    let (whole, browse, buy) =
        (CellKey::whole("p99"), CellKey::of("browse", "p99"), CellKey::of("buy", "p99"));
    let concerned = |text: &str| [&whole, &browse, &buy].map(|key| rule(text).concerns(key));
    assert_eq!(concerned("p99:+10%"), [true, false, false]);
    assert_eq!(concerned("browse/p99:+10%"), [false, true, false]);
    assert_eq!(concerned("*/p99:+10%"), [false, true, true]);
    assert_eq!(concerned("p95:+10%"), [false, false, false]);
}

#[test]
fn a_rule_gates_what_is_otherwise_shown() {
    let mut cell = CellRule::of(&CellKey::whole("p99.9")).unwrap();
    assert!(!cell.is_gated);
    rule("p99.9:+20%").apply(&mut cell);
    assert!(cell.is_gated);
    assert_eq!((cell.tolerance.relative, cell.rule.as_deref()), (0.20, Some("p99.9:+20%")));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,30}", near in "(p9|rate|errors|a/|\\*/|:|\\+|-|%|9|,|\\.){0,12}") {
        for text in [text, near] {
            if let Ok(rule) = parse_rule(&text) {
                prop_assert!(rule.tolerance.relative >= 0.0 && rule.tolerance.absolute >= 0.0);
                prop_assert_eq!(parse_rule(&rule.text), Ok(rule));
            }
        }
    }
}
