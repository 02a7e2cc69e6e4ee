//! Whatever the text is, reading it gives a plan or mistakes, never a panic.

use proptest::prelude::*;

use super::{resolve_text, resolved};
use crate::template::{Escape, Names, Scope, parse, write};

const WORDS: [&str; 55] = [
    "target",
    ": ",
    "http",
    "{ ",
    " }",
    "[",
    "]",
    "\n",
    "  ",
    "- ",
    "load",
    "open",
    "rate",
    "stages",
    "hold",
    "ramp",
    "1/s",
    "..",
    "for",
    "over",
    "10s",
    "scenarios",
    "steps",
    "get",
    "/x",
    "{{",
    "}}",
    "${",
    "}",
    "\"",
    "'",
    "check",
    "status",
    "200",
    "json",
    "&a ",
    "*a",
    "extract",
    "$.id",
    "uuid()",
    "zipf(1..5)",
    "choose('a'",
    "thresholds",
    "p99 < 1s",
    "é",
    "\u{10ffff}",
    "#",
    "|",
    ">",
    "? ",
    "!!str ",
    "---",
    "%",
    "\t",
    ",",
];
const KEYS: [&str; 45] = [
    "name",
    "target",
    "http",
    "embedded",
    "load",
    "open",
    "closed",
    "rate",
    "stages",
    "hold",
    "ramp",
    "sine",
    "burst",
    "stairs",
    "for",
    "over",
    "steps",
    "every",
    "base",
    "period",
    "phases",
    "warmup",
    "limits",
    "tls",
    "headers",
    "feeders",
    "rows",
    "scenarios",
    "get",
    "post",
    "json",
    "form",
    "check",
    "status",
    "header",
    "auth",
    "basic",
    "bearer",
    "extract",
    "thresholds",
    "output",
    "seed",
    "variables",
    "users",
    "requests",
];
const LEAVES: [&str; 20] = [
    "~",
    "1",
    "true",
    "x",
    "\"{{ n }}\"",
    "10s",
    "5/s",
    "1/s..2/s",
    "http://h",
    "\"${X}\"",
    "[]",
    "{}",
    "-1",
    "1e400",
    "\"{{ x.y }}\"",
    "p99 < 1s",
    "999999999999999999999",
    "0s",
    "0/s",
    "2xx",
];

/// A few words of the language, to get further than random characters do.
fn fragments() -> impl Strategy<Value = String> {
    let words = prop::sample::select(WORDS.to_vec());
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

/// Any YAML value, as flow text.
fn values() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(KEYS.to_vec());
    let leaf = prop::sample::select(LEAVES.to_vec());
    leaf.prop_map(str::to_owned).prop_recursive(6, 48, 6, move |inner| {
        let entry = (keys.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[ {} ]", items.join(", "))),
            prop::collection::vec(entry, 0..6).prop_map(|entries| format!("{{ {} }}", entries.join(", "))),
        ]
    })
}

fn read(text: &str) {
    match resolve_text(text) {
        Ok(plan) => {
            let again = resolved(&plan.redacted.to_string());
            assert_eq!(again.redacted, plan.redacted);
        }
        Err(errors) => {
            assert!(!errors.problems().is_empty());
            assert!(errors.render(true).contains("mistake"));
            assert!(!errors.render(false).contains('\u{1b}'));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_words_are_read(text in fragments()) {
        read(&text);
    }

    #[test]
    fn any_yaml_is_read(text in values()) {
        read(&text);
    }

    #[test]
    fn templates_write_what_they_read(text in "([a-z{}$' .()]|\\{\\{ (uuid\\(\\)|n|int\\(-5\\.\\.7\\)|choose\\('a', 'b'\\)|'x') \\}\\}){0,12}") {
        let names = Names::default();
        let scope = Scope { names: &names, scenario: 0, step: 0, after_answer: false };
        let (template, flaws) = parse(&text, scope, Escape::None, &mut |text, _| text.to_owned());
        if flaws.is_empty() {
            let unescape = |text: &str, _| text.replace("$${", "${");
            let (again, flaws) = parse(&write(&template), scope, Escape::None, &mut { unescape });
            prop_assert_eq!(flaws, vec![]);
            prop_assert_eq!(again, template);
        }
    }
}
