//! Can two results be compared? What differs, how much that matters, and what to do about it.

use std::collections::BTreeSet;

use dyno_model::{ErrorCount, Measured, Mismatch, MismatchEffect, PlanGroup};

use super::ERROR_SHARE_MOST;

/// Shares of errors this close leave the same requests to be timed in both results.
const ERROR_SHARES_ALIKE: f64 = 0.001;
/// Characters of a differing value that are shown.
const VALUE_SHOWN: usize = 80;

/// Everything in which a candidate is not like the baseline.
pub(super) fn mismatches(baseline: &Measured, candidate: &Measured, index: usize) -> Vec<Mismatch> {
    let mut found = Vec::new();
    found.extend(tool(baseline, candidate));
    found.extend(plan(baseline, candidate));
    found.extend(machine(baseline, candidate));
    found.extend(operations(baseline, candidate));
    found.extend(errors(baseline, candidate));
    for one in &mut found {
        one.candidate = index;
    }
    found
}

fn mismatch(code: &str, what: &str, a: &str, b: &str, effect: MismatchEffect, advice: &str) -> Mismatch {
    Mismatch {
        candidate: 0,
        code: code.to_owned(),
        what: what.to_owned(),
        a: clip(a),
        b: clip(b),
        effect,
        advice: advice.to_owned(),
    }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(VALUE_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Other tools measure other things; so may another major version.
fn tool(a: &Measured, b: &Measured) -> Option<Mismatch> {
    let advice = "measure both with one tool";
    let incomparable = MismatchEffect::Incomparable;
    if a.tool != b.tool {
        return Some(mismatch("tool", "tool", &a.tool, &b.tool, incomparable, advice));
    }
    let (version_a, version_b) = (a.tool_version.as_deref()?, b.tool_version.as_deref()?);
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version_a) != major(version_b) {
        let advice = "measure both with one version";
        return Some(mismatch("tool", "major version", version_a, version_b, incomparable, advice));
    }
    let differs = version_a != version_b;
    differs.then(|| mismatch("tool", "version", version_a, version_b, MismatchEffect::Note, ""))
}

fn plan<'a>(a: &'a Measured, b: &'a Measured) -> impl Iterator<Item = Mismatch> {
    a.plan_differences(b).into_iter().map(|(what, in_a, in_b)| {
        let (effect, advice) = match in_a.group {
            PlanGroup::Plan | PlanGroup::LoadModel | PlanGroup::Protocol => {
                (MismatchEffect::Incomparable, "ask both the same: play one plan twice")
            }
            PlanGroup::Setting => (MismatchEffect::Weaker, "keep the generator's settings alike"),
            PlanGroup::Note => (MismatchEffect::Note, ""),
        };
        mismatch(in_a.group.code(), what, &in_a.value, &in_b.value, effect, advice)
    })
}

fn machine(a: &Measured, b: &Measured) -> Vec<Mismatch> {
    const UNKNOWN: &str = "unknown";
    let (Some(of_a), Some(of_b)) = (&a.environment, &b.environment) else {
        let known =
            |one: &Measured| one.environment.as_ref().map_or(UNKNOWN, |found| &found.fingerprint).to_owned();
        let advice = "make sure that it was the same machine; results of `dyno` say it themselves";
        return vec![mismatch("machine", "machine", &known(a), &known(b), MismatchEffect::Weaker, advice)];
    };
    let differing = |left: &std::collections::BTreeMap<String, String>,
                     right: &std::collections::BTreeMap<String, String>| {
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        let value = |map: &std::collections::BTreeMap<String, String>, name: &String| {
            map.get(name).map_or(UNKNOWN, String::as_str).to_owned()
        };
        let all = names.into_iter().map(|name| (name.clone(), value(left, name), value(right, name)));
        all.filter(|(_, a, b)| a != b).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for (name, in_a, in_b) in differing(&of_a.identity, &of_b.identity) {
        let advice = "measure both on one machine: `dyno compare --run`";
        found.push(mismatch("machine", &name, &in_a, &in_b, MismatchEffect::Incomparable, advice));
    }
    if found.is_empty() && of_a.fingerprint != of_b.fingerprint {
        let advice = "measure both on one machine: `dyno compare --run`";
        let (in_a, in_b) = (&of_a.fingerprint, &of_b.fingerprint);
        found.push(mismatch("machine", "fingerprint", in_a, in_b, MismatchEffect::Incomparable, advice));
    }
    for (name, in_a, in_b) in differing(&of_a.config, &of_b.config) {
        let advice = "set the machine up alike, or measure both now";
        found.push(mismatch("setting", &name, &in_a, &in_b, MismatchEffect::Weaker, advice));
    }
    found
}

fn operations(a: &Measured, b: &Measured) -> Option<Mismatch> {
    let (in_a, in_b): (BTreeSet<_>, BTreeSet<_>) =
        (a.operations.keys().collect(), b.operations.keys().collect());
    if in_a == in_b {
        return None;
    }
    let names = |set: &BTreeSet<&String>| {
        let names: Vec<&str> = set.iter().map(|name| name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let has_common = in_a.intersection(&in_b).next().is_some();
    // With operations on one side only, there is nothing that the other one says of them.
    let effect = if has_common || in_a.is_empty() || in_b.is_empty() {
        MismatchEffect::Note
    } else {
        MismatchEffect::Incomparable
    };
    let advice =
        if has_common { "only what both have is compared" } else { "compare results of the same operations" };
    Some(mismatch("operations", "operations", &names(&in_a), &names(&in_b), effect, advice))
}

/// Where other requests failed, other requests were timed.
fn errors(a: &Measured, b: &Measured) -> Option<Mismatch> {
    let (in_a, in_b) = (a.errors?, b.errors?);
    let limit = |one: &Measured| one.errors_limit.unwrap_or(ERROR_SHARE_MOST);
    is_unlike(in_a, in_b, limit(a).min(limit(b))).then(|| {
        let words = |count: ErrorCount| dyno_model::units::format_share(count.share().unwrap_or_default());
        let advice = "fast failures leave only the easy requests to be timed: mend the errors first";
        mismatch("errors", "share of errors", &words(in_a), &words(in_b), MismatchEffect::Note, advice)
    })
}

/// Whether so many more requests failed in one result that times of the others say nothing.
pub(super) fn is_unlike(a: ErrorCount, b: ErrorCount, limit: f64) -> bool {
    let (Some(a), Some(b)) = (a.share(), b.share()) else { return false };
    a.max(b) > limit && (a - b).abs() > ERROR_SHARES_ALIKE
}
