use std::time::Duration;

use super::super::process::CpuTime;
use super::cases::{self, Kind};
use super::contenders::{Contender, Form};
use super::generators::{self, Counts};
use super::goals;
use super::samples::{CaseResult, Sample};
use super::table;

fn sample(round: u32, server: Contender, user_ms: u64, failed: u64) -> Sample {
    Sample {
        round,
        server,
        counts: Counts { ok: 1_000, failed },
        cpu: CpuTime { user: Duration::from_millis(user_ms), system: Duration::from_millis(2) },
        generator_cpu: Duration::from_millis(99),
        wall: Duration::from_millis(100),
        rss_bytes: 4_000_000,
    }
}

fn result(name: &str, samples: Vec<Sample>) -> CaseResult {
    let play = cases::selected(&[name.to_owned()]).remove(0);
    CaseResult { case: play.case, samples }
}

#[test]
fn ratios_are_those_of_equal_rounds() {
    let samples = vec![
        sample(0, Contender::Dyno, 1, 0),
        sample(0, Contender::Axum, 4, 0),
        sample(1, Contender::Axum, 10, 0),
        sample(1, Contender::Dyno, 4, 0),
        // A round in which the other did not play has no ratio.
        sample(2, Contender::Dyno, 9, 0),
    ];
    let ratio = result("plaintext", samples).ratio(Contender::Dyno, Contender::Axum).unwrap();
    assert_eq!((ratio.min, ratio.max), (0.5, 0.5));
}

#[test]
fn bars_name_what_was_missed_and_what_was_not_measured() {
    let plaintext = result(
        "plaintext",
        vec![
            sample(0, Contender::Dyno, 1, 0),
            sample(0, Contender::Axum, 4, 0),
            sample(0, Contender::Actix, 1, 0),
        ],
    );
    let echo = result("echo", vec![sample(0, Contender::Dyno, 1, 2)]);
    let text = super::super::bars::table(&goals::bars(&[plaintext, echo], &[]));
    for row in [
        "| plaintext: CPU per request, dyno ÷ axum | ≤ 0.75 | 0.50 | ok |",
        "| plaintext: CPU per request, dyno ÷ actix-web | ≤ 0.75 | 1.00 | **missed** |",
        "| plaintext: CPU per request, dyno ÷ floor | ≤ 1.45 | – | not measured |",
        "| echo: failed requests of dyno | ≤ 0 | 2.00 | **missed** |",
        "| idle: connections held by dyno | ≥ 10000 | – | not measured |",
    ] {
        assert!(text.contains(row), "{row} is not in\n{text}");
    }
}

#[test]
fn tables_show_ratios_and_idle_servers() {
    let text = table::results(&[result(
        "json",
        vec![sample(0, Contender::Dyno, 1, 0), sample(0, Contender::Axum, 4, 7)],
    )]);
    assert!(
        text.contains("| axum | 6.00 (6.00–6.00) | 4.00 | 2.00 | 0.50 (0.50–0.50) | 10.0 | 4.0 | 6 % | 7 |"),
        "{text}"
    );
    assert!(text.contains("The core of dyno, axum was not full:"), "{text}");
}

fn check_read(form: Form, output: &str, ok: u64, failed: u64) {
    assert_eq!(generators::read(form, output), Ok(Counts { ok, failed }), "{output}");
}

#[test]
fn generators_are_read() {
    check_read(Form::Http1, "talk\n{\"ok\":12,\"failed\":1}\n", 12, 1);
    check_read(Form::Http3, "{\"ok\":12,\"failed\":0}", 12, 0);
    check_read(Form::Tls, r#"{"totals":{"ok":12,"failed":1,"rejected":2}}"#, 12, 3);
    let line =
        "requests: 900 total, 900 started, 900 done, 890 succeeded, 10 failed, 10 errored, 0 timeout\n";
    check_read(Form::Http2, line, 890, 10);
    for form in [Form::Http1, Form::Tls, Form::Http2, Form::Http3] {
        assert!(generators::read(form, "connection refused").is_err());
    }
}

#[test]
fn patterns_select_cases_and_servers() {
    let names = |pattern: &str| -> Vec<String> {
        cases::selected(&[pattern.to_owned()])
            .iter()
            .flat_map(|play| play.servers.iter().map(|it| format!("{}/{}", play.case.name, it.name())))
            .collect()
    };
    assert_eq!(names("http3/"), ["http3/dyno", "http3/dyno-app", "http3/h3"]);
    assert_eq!(names("pipelined/actix"), ["pipelined/actix-web"]);
    assert_eq!(cases::selected(&[]).len(), cases::all_names().len());
}

#[test]
fn bodies_are_sent_with_post_only() {
    for play in cases::selected(&[]) {
        if let Kind::Load(load) = play.case.kind {
            assert_eq!(load.method == "POST", !load.body.is_empty(), "{}", play.case.name);
            assert!(play.case.form == Form::Http1 || load.body.is_empty(), "only one generator sends bodies");
        }
    }
    assert_eq!(cases::ECHO_BODY.len(), 128);
}
