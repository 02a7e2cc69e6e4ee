//! Secrets of commands and URLs, and the plans of both sides.

use dyno_model::{HttpPlan, Workload};
use dyno_plan::PlanSource;

use super::*;
use crate::contest::{Pace, Policy, Restart};

fn command(text: &str) -> ArmSpec {
    let ready = "http://127.0.0.1:{port}/health?deep=1".to_owned();
    ArmSpec::Command {
        text: text.to_owned(),
        directory: None,
        rebuilt: Vec::new(),
        ready,
        label: None,
        build: None,
    }
}

#[test]
fn secrets_of_commands_are_found() {
    for (text, expected) in [
        ("./app --port {port}", vec![]),
        ("DB_PASSWORD=hunter2 ./app", vec!["hunter2"]),
        ("./app --api-key 'k 1' --token=abc", vec!["k", "abc"]),
        ("./app postgres://me:pw@db/x?y=1", vec!["me:pw", "pw"]),
        ("./app --tokenizer-threads", vec![]),
    ] {
        assert_eq!(secrets_of(&command(text)), expected, "{text}");
    }
    assert_eq!(secrets_of(&ArmSpec::Url("http://a:b@h/".to_owned())), ["a:b", "b"]);
}

fn plans(arms: [ArmSpec; 2], question: Question) -> Result<Plans, CommandError> {
    let contest = Contest {
        arms,
        question,
        flags: Overrides::default(),
        environment: Overrides::default(),
        name: None,
        pace: Pace {
            quads: 8,
            round: None,
            budget: None,
            warmup: None,
            restart: Restart::Auto,
            confirms: true,
            seed: 1,
            ready_timeout: std::time::Duration::from_secs(1),
        },
        policy: Policy::default(),
        profile: &|_| Ok(ResolvedProfile::builtin()),
        threshold: None,
        rules: Vec::new(),
        reproduce: String::new(),
    };
    resolve(&contest)
}

fn asked(plan: &RunPlan) -> (String, String) {
    let Workload::Http(http) = &plan.workload;
    let HttpPlan { base_urls, scenarios, .. } = &**http;
    (base_urls[0].clone(), scenarios[0].steps[0].url.as_literal().unwrap().to_owned())
}

#[test]
fn without_a_plan_the_path_of_the_url_is_asked_for() {
    let url = |text: &str| ArmSpec::Url(text.to_owned());
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let embedded = ArmSpec::Embedded { program: None, flags: Vec::new() };
    for (arm, path, expected, name) in [
        (url("http://h:1/x?y=2"), None, pair("http://h:1", "/x?y=2"), "GET /x?y=2"),
        (url("http://h:1"), None, pair("http://h:1", "/"), "GET /"),
        (url("http://h:1/x"), Some("/z"), pair("http://h:1", "/z"), "GET /z"),
        (command("./app"), None, pair("http://127.0.0.1:1", "/health?deep=1"), "GET /health?deep=1"),
        (embedded, None, pair("http://127.0.0.1:1", "/plaintext"), "GET /plaintext"),
    ] {
        let plans = plans([arm.clone(), arm], Question::Path(path.map(str::to_owned))).unwrap();
        assert_eq!((asked(&plans.of[0]), plans.of[0].name.as_str()), (expected, name));
        assert_eq!(plans.of[0].operations, plans.of[1].operations);
    }
}

#[test]
fn a_plan_is_played_against_each_side() {
    let text = "name: checkout\ntarget: { http: \"http://staging:8080\" }\nload: { closed: { users: 7 } }\n\
                scenarios:\n  - name: browse\n    steps: [ { get: \"/items\" } ]\n";
    let plan = || Question::Plan(PlanSource::from_text("checkout.yaml", text.to_owned()));
    let plans = plans([ArmSpec::Url("http://old:1/v1".to_owned()), command("./new")], plan()).unwrap();
    assert_eq!(asked(&plans.of[0]), ("http://old:1/v1".to_owned(), "/items".to_owned()));
    assert_eq!(asked(&plans.of[1]), ("http://127.0.0.1:1".to_owned(), "/items".to_owned()));
    assert_eq!((plans.connections(), plans.of[1].name.as_str()), (7, "checkout"));
    let wrong = Question::Plan(PlanSource::from_text("x.yaml", "nme: x\n".to_owned()));
    assert!(super::tests::plans([command("./a"), command("./b")], wrong).is_err());
}
