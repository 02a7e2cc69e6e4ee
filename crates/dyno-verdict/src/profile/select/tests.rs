//! Which profile is used, how much of it, and what is said when nobody can tell.

use serde_json::{Value, json};

use super::super::tests::{machine, resolve, resolve_with, text};
use super::super::{Layer, MatchKind, ProfileText};
use super::{matched, select};
use crate::profile::tree::Node;

fn how(rule: &Value) -> Option<MatchKind> {
    let tree = Node::read(&json!({ "match": rule }), Layer::Local, &"x".into());
    matched(&tree, &machine())
}

#[test]
fn a_rule_fits_closely_loosely_or_not() {
    let here = "fp1:00000000000000aa";
    assert_eq!(how(&json!({ "fingerprint": ["fp1:0", here] })), Some(MatchKind::Fingerprint));
    assert_eq!(how(&json!({ "fingerprint": ["fp1:0"] })), None);
    assert_eq!(how(&json!({ "fingerprint": ["fp1:0"], "os": "linux" })), Some(MatchKind::Class));
    assert_eq!(how(&json!({ "fingerprint": [here], "os": "windows" })), Some(MatchKind::Fingerprint));
    assert_eq!(how(&json!({ "identity": { "cpu_brand": "Test 9000" } })), Some(MatchKind::Identity));
    assert_eq!(how(&json!({ "identity": { "cpu_brand": "Other" } })), None);
    assert_eq!(how(&json!({ "identity": machine().identity })), Some(MatchKind::WholeIdentity));
    assert_eq!(how(&json!({ "os": "linux", "arch": "x86_64", "virt": "any" })), Some(MatchKind::Class));
    assert_eq!(how(&json!({ "os": "linux", "arch": "aarch64" })), None);
    assert_eq!(how(&json!({ "os": "any" })), Some(MatchKind::Any));
    assert_eq!(how(&json!("any")), Some(MatchKind::Any));
    assert!(how(&json!({ "identity": machine().identity })).unwrap().is_this_machine());
    assert!(!how(&json!({ "identity": { "os": "linux" } })).unwrap().is_this_machine());
}

fn profile(layer: Layer, id: &str, rule: &Value, at: Option<&str>, extends: &[&str]) -> ProfileText {
    let mut value = json!({ "id": id, "match": rule, "extends": extends });
    value["plans"]["*"]["metrics"]["p99"]["tolerance"]["rel"] = json!(id.len() as f64 / 100.0);
    if let Some(at) = at {
        value["calibration"]["at"] = json!(at);
    }
    text(layer, &format!("{id}.json"), value)
}

fn used(texts: &[ProfileText]) -> Vec<String> {
    resolve(texts, "").profiles().map(|(_, id, _)| id.to_owned()).collect()
}

#[test]
fn the_closest_of_each_layer_is_used() {
    let (any, class) = (json!("any"), json!({ "os": "linux" }));
    let texts = [
        profile(Layer::Repo, "for-any", &any, None, &[]),
        profile(Layer::Repo, "for-linux", &class, None, &[]),
        profile(Layer::Local, "local-any", &any, None, &[]),
        profile(Layer::Local, "windows", &json!({ "os": "windows" }), None, &[]),
    ];
    assert_eq!(used(&texts), ["local-any", "for-linux"]);
    let older = profile(Layer::Repo, "older", &class, Some("2026-01-01T00:00:00Z"), &[]);
    let newer = profile(Layer::Repo, "newer", &class, Some("2026-02-01T00:00:00Z"), &[]);
    assert_eq!(used(&[texts[1].clone(), older, newer]), ["newer"]);
}

#[test]
fn two_that_fit_equally_are_an_error_and_a_name_decides() {
    let texts = ["one", "two"].map(|id| profile(Layer::Repo, id, &json!("any"), None, &[]));
    let errors = resolve_with(&texts, "", |_| {}).unwrap_err();
    insta::assert_snapshot!(errors[0]);
    let named = resolve_with(&texts, "", |context| context.wanted = Some("two")).unwrap();
    assert_eq!(named.profiles().map(|(_, id, _)| id).collect::<Vec<_>>(), ["two"]);
    let unknown = resolve_with(&texts, "", |context| context.wanted = Some("three")).unwrap_err();
    insta::assert_snapshot!(unknown[0]);
}

#[test]
fn a_file_that_is_asked_for_and_is_for_other_machines_is_a_mistake() {
    let other = [profile(Layer::Local, "other", &json!({ "fingerprint": ["fp1:0"] }), None, &[])];
    assert_eq!(used(&other), Vec::<String>::new(), "nobody asked for it");
    let asked = resolve_with(&other, "", |context| context.asked_file = Some("other.json")).unwrap_err();
    let said = asked[0].to_string();
    for part in
        ["`other.json` is for other machines, and the results are of fp1:00000000000000aa", "dyno calibrate"]
    {
        assert!(said.contains(part), "{said}");
    }
    let any = [profile(Layer::Local, "any", &json!("any"), None, &[])];
    let used = resolve_with(&any, "", |context| context.asked_file = Some("any.json")).unwrap();
    assert_eq!(used.profiles().count(), 1);
}

#[test]
fn parents_lie_below_and_may_not_go_in_circles() {
    let nobody = json!({ "os": "windows" });
    let base = profile(Layer::Repo, "base", &nobody, None, &["builtin:http"]);
    let child = text(
        Layer::Repo,
        "child.json",
        json!({ "id": "child", "extends": ["base"], "plans": { "*": { "metrics": { "p99": { "tolerance": { "abs": 7 } } } } } }),
    );
    let tolerance =
        resolve(&[base.clone(), child], "").settings("checkout", &"p99".parse().unwrap()).unwrap().tolerance;
    assert_eq!((tolerance.relative, tolerance.absolute), (0.04, 7.0));

    let said = |texts: &[ProfileText]| resolve_with(texts, "", |_| {}).unwrap_err()[0].to_string();
    let circle = [
        profile(Layer::Repo, "a", &json!("any"), None, &["b"]),
        profile(Layer::Repo, "b", &nobody, None, &["a"]),
    ];
    insta::assert_snapshot!(said(&circle));
    insta::assert_snapshot!(said(&[profile(Layer::Repo, "a", &json!("any"), None, &["none"])]));
}

#[test]
fn no_profiles_are_no_mistake() {
    assert_eq!(select(&[], &machine(), None, None), Ok(Vec::new()));
}
