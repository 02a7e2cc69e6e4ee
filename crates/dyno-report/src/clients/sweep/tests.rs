use dyno_model::{
    ClientCase, ClientMethod, ClientPlayed, ClientState, ClientWord, ClientsRecord, OperationLeftOut,
};

use super::overview;
use crate::Format;
use crate::clients::sample::record;
use crate::clients::{render, summary};
use crate::text::Style;

const STYLE: Style = Style { colour: false, width: 100 };

/// Two operations; in the second one client fails and another is not told apart.
fn sweep() -> ClientsRecord {
    let one = record();
    let played = |name: &str, method: &str| ClientPlayed {
        name: name.to_owned(),
        case: ClientCase {
            method: method.to_owned(),
            operation: Some(name.to_owned()),
            expected: vec!["200".to_owned()],
            tls: true,
            ..one.case.clone()
        },
        segment_ns: one.segment_ns,
        floor: one.floor.clone(),
        control: one.control.clone(),
        counted_by: dyno_model::CountedBy::Host,
        entries: one.entries.clone(),
        validity: one.validity.clone(),
    };
    let mut cases = vec![played("GET /a|b", "GET"), played("POST /orders", "POST")];
    cases[1].entries[1].state = ClientState::Unranked;
    cases[1].entries[2].verdict.as_mut().unwrap().word = ClientWord::NoDifferenceShown;
    let method = |method: &str, label: &str, ranked: u64| ClientMethod {
        method: method.to_owned(),
        label: label.to_owned(),
        cases: 1,
        ranked,
        cpu_s_per_1000: (ranked > 0).then_some(0.02),
        cpu_ratio: (ranked > 0).then_some(0.02),
        throughput_per_s: (ranked > 0).then_some(1234.0),
        errors: 1 - ranked,
    };
    let left_out =
        vec![OperationLeftOut { operation: "GET /x".to_owned(), reason: "a pattern\u{1b}[2J".to_owned() }];
    ClientsRecord {
        entries: Vec::new(),
        cases,
        methods: vec![method("GET", "requests", 1), method("GET", "pycurl", 1), method("POST", "pycurl", 0)],
        left_out,
        ..one
    }
}

#[test]
fn all_cases_for_a_terminal() {
    insta::assert_snapshot!(overview(&sweep(), STYLE));
}

#[test]
fn all_cases_for_a_pull_request() {
    insta::assert_snapshot!(String::from_utf8(render(Format::Markdown, &sweep())).unwrap());
}

#[test]
fn the_summary_of_a_sweep_has_that_of_each_case() {
    let text = summary(&sweep(), STYLE);
    assert_eq!(text.matches("HTTP clients against").count(), 2, "{text}");
    assert!(text.ends_with(&overview(&sweep(), STYLE)), "{text}");
    assert_eq!(overview(&record(), STYLE), "", "one case needs no table of cases");
}

#[test]
fn many_clients_are_shown_below_each_other() {
    let mut wide = sweep();
    for played in &mut wide.cases {
        let more = (0..12).map(|n| dyno_model::ClientEntry {
            label: format!("client {n} async"),
            ..played.entries[0].clone()
        });
        let more: Vec<_> = more.collect();
        played.entries.extend(more);
    }
    let text = overview(&wide, STYLE);
    for n in 0..12 {
        assert_eq!(text.matches(&format!("client {n} async")).count(), 1, "{text}");
    }
    assert!(
        text.lines().filter(|line| !line.starts_with("all cases")).all(|line| line.chars().count() <= 100),
        "{text}"
    );
}
