//! What plans mean.

use std::time::Duration;

use dyno_model::{
    Arrivals, Body, Check, Credentials, Expression, Extract, LoadModel, OperationKind, Part, Shape,
    TargetKind, Template, Warmup,
};

use super::{http, resolve_text, resolved, surroundings};
use crate::{HttpArguments, Overrides, TEMPLATE_NAMES, builtin_tour, resolve, resolve_http, template};

/// The plan of the interface page.
const CHECKOUT: &str = r#"
# yaml-language-server: $schema=./dyno-plan.schema.json
name: checkout
target: { http: "http://127.0.0.1:8080" }        # or embedded: {}
load:                                            # open: arrivals do not wait for answers
  open: { stages: [ { ramp: 100/s..2000/s, over: 30s }, { hold: 2000/s, for: 2m } ], arrivals: poisson, max_in_flight: 4096 }
  # open: { rate: 300/s }                        # the short form
  # closed: { users: 64, think_time: 0s }
phases: { warmup: 10s, measure: 2m, cooldown: 0s }
scenarios:
  - name: browse
    weight: 9
    steps:
      - get: "/items/{{ zipf(1..100000) }}"
        check: { status: 200, body_contains: "price" }
        extract: { id: "json:$.id" }
  - name: buy
    weight: 1
    steps: [ { post: "/orders", json: { item: "{{ id }}" }, check: { status: 201 } } ]
thresholds: [ "p99 < 20ms", "errors < 0.1%", "browse.p95 < 10ms", "rate > 99% of asked" ]
output: [ report.html, summary.json, junit.xml ]
seed: 42
"#;

fn steps_of(steps: &str) -> String {
    format!("target: {{ http: http://h }}\nscenarios:\n  - name: one\n    steps:\n      - {steps}\n")
}

#[test]
fn the_plan_of_the_interface_works_as_written() {
    let resolved = resolved(CHECKOUT);
    let plan = &resolved.plan;
    assert_eq!(plan.name, "checkout");
    let LoadModel::Open { schedule, max_in_flight } = &plan.load else { panic!("{:?}", plan.load) };
    assert_eq!(*max_in_flight, 4096);
    assert_eq!(schedule.arrivals, Arrivals::Poisson);
    assert_eq!(schedule.segments[0].shape, Shape::Linear { from_per_s: 100.0, to_per_s: 2000.0 });
    assert_eq!(schedule.segments[1].duration, Duration::from_secs(120));
    assert!(schedule.hold_last);
    assert_eq!(plan.phases.measure, Some(Duration::from_secs(120)));
    assert_eq!(plan.phases.warmup, Warmup::Time(Duration::from_secs(10)));
    let http = http(&resolved);
    assert_eq!(http.base_urls, ["http://127.0.0.1:8080"]);
    assert_eq!(http.scenarios[0].steps[0].extracts, [("id".to_owned(), Extract::Json("$.id".to_owned()))]);
    let item = Part::JsonString(Expression::Variable("id".to_owned()));
    let parts = vec![Part::Literal("{\"item\":\"".to_owned()), item, Part::Literal("\"}".to_owned())];
    assert_eq!(http.scenarios[1].steps[0].body, Body::Text(Template { parts }));
    assert_eq!(plan.thresholds.len(), 4);
    assert_eq!(resolved.outputs.len(), 3);
    assert_eq!(plan.threads, 2);
}

#[test]
fn everything_that_comes_with_the_tool_resolves() {
    let none = Overrides::default();
    let tour = resolve(&builtin_tour(), &none, &none, &surroundings()).unwrap_or_else(|e| panic!("{e}"));
    assert!(tour.embedded);
    assert_eq!(tour.plan.target_kind, TargetKind::Builtin);
    assert_eq!(tour.plan.operations.len(), 2);
    for name in TEMPLATE_NAMES {
        let text = template(name).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=./dyno-plan.schema.json\n"), "{name}");
        let resolved = resolved(text);
        assert_eq!(resolved.plan.name, name);
    }
    assert_eq!(template("unknown"), None);
}

#[test]
fn a_resolved_plan_reads_back_as_itself() {
    let texts = TEMPLATE_NAMES.into_iter().filter(|name| *name != "crud-like").filter_map(template);
    for text in texts.chain([CHECKOUT, EVERYTHING]) {
        let first = resolved(text);
        let again = resolved(&first.redacted.to_string());
        assert_eq!(first.redacted, again.redacted);
        assert_eq!(first.plan, again.plan);
    }
}

const EVERYTHING: &str = r#"
name: everything
target: { http: [ "https://a.test/base/", "https://b.test:8443/base" ] }
load:
  open:
    stages:
      - { stairs: 100/s..400/s, steps: 4, over: 10s }
      - { burst: 1k/s, base: 100/s, every: 10s, for: 1s, over: 25s }
      - { sine: 50/s..150/s, period: 1m, over: 2m }
      - { hold: 90/m, for: 500ms }
phases: { warmup: { requests: 500 }, measure: 2m, cooldown: 1s }
limits: { requests: 10000, timeout: 2s, drain: 3s }
http:
  version: http1.1
  pipeline: 4
  connect_timeout: 1s
  cookies: true
  redirects: 3
  compressed: true
  headers: { Accept: "*/*", X-Both: [ a, b ] }
  proxy: http://proxy.test:3128
  resolve: "a.test:443:127.0.0.1"
  connect_to: [ "b.test:8443:localhost:9443" ]
  unix_socket: /run/app.sock
  source_addresses: [ 127.0.0.2, "::1" ]
  tls: { insecure: true, server_name: a.test }
scenarios:
  - name: journey
    weight: 3
    steps:
      - name: first
        post: /login?from={{ choose('a', 'b') }}
        form: { user: "{{ user }}", tags: [ x, "{{ n }}" ] }
        check:
          status: [ 200, 3xx, 404..410 ]
          header: { Content-Type: "text/html", ETag: present }
          body_contains: [ "a {{ '{{' }} b", "$${x}" ]
          body_matches: '\d+ items'
          json: { "$.a": 5, "$.b": { c: [ true, null, "x" ] }, "$.d": present }
          size: 1KiB..2KiB
          time: < 200ms
        extract: { token: "json:$.token", place: "header:Location", number: 'regex:id=(\d+)', sid: "cookie:sid" }
      - put: /things/{{ uuid() }}/{{ int(-5..5) }}/{{ float(0.5..1.5) }}/{{ zipf(1..9, 1.2) }}
        headers: { X-Time: "{{ now() }}", Authorization: "Bearer {{ token }}" }
        json: { a: 1, b: "x \"quoted\" {{ text(5) }}", c: "{{ hex(4) }}" }
        pause: 50ms
      - { method: PROPFIND, url: "/", body: "plain {{ place }}" }
  - name: single
    steps: [ { delete: "http://other.test/x" } ]
thresholds: [ { check: "errors < 1%", abort: true }, "first.p99 < 1s" ]
"#;

#[test]
fn operations_are_named_by_step_scenario_or_request() {
    let resolved = resolved(EVERYTHING);
    let names: Vec<_> = resolved.plan.operations.iter().map(|(_, name, kind)| (name, kind)).collect();
    let expected = [
        ("first", OperationKind::Request),
        (
            "journey/PUT /things/{{ uuid() }}/{{ int(-5..5) }}/{{ float(0.5..1.5) }}/{{ zipf(1..9, 1.2) }}",
            OperationKind::Request,
        ),
        ("journey/PROPFIND /", OperationKind::Request),
        ("journey", OperationKind::Journey),
        ("single", OperationKind::Request),
    ];
    assert_eq!(names, expected);
    assert_eq!(http(&resolved).base_urls, ["https://a.test/base", "https://b.test:8443/base"]);
}

#[test]
fn stages_add_up() {
    let resolved = resolved(EVERYTHING);
    let LoadModel::Open { schedule, .. } = &resolved.plan.load else { panic!() };
    let shown: Vec<String> = schedule
        .segments
        .iter()
        .map(|segment| match segment.shape {
            Shape::Linear { from_per_s, .. } => format!("{from_per_s} for {:?}", segment.duration),
            Shape::Sine { mean_per_s, amplitude_per_s, .. } => {
                format!("{mean_per_s}±{amplitude_per_s} for {:?}", segment.duration)
            }
        })
        .collect();
    let expected = [
        "100 for 2.5s",
        "200 for 2.5s",
        "300 for 2.5s",
        "400 for 2.5s",
        "100 for 9s",
        "1000 for 1s",
        "100 for 9s",
        "1000 for 1s",
        "100 for 5s",
        "100±50 for 120s",
        "1.5 for 500ms",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_plan_without_scenarios_gets_its_url() {
    let plan = resolved("target: { http: \"http://ada:pw@h:81/a/b?c={{ n }}\" }\nphases: { warmup: 0s }");
    let http = http(&plan);
    assert_eq!(http.base_urls, ["http://h:81"]);
    let step = &http.scenarios[0].steps[0];
    assert_eq!(step.method, "GET");
    let parts = vec![Part::Literal("/a/b?c=".to_owned()), Part::Expression(Expression::ArrivalNumber)];
    assert_eq!(step.url, Template { parts });
    assert!(matches!(&step.credentials, Some(Credentials::Basic(user)) if user.expose() == "ada:pw"));
    assert_eq!(plan.plan.operations.iter().next().unwrap().1, "GET /a/b");
    assert_eq!(
        plan.plan.load,
        LoadModel::Closed { users: 50, think_time: Duration::ZERO, ramp_up: Duration::ZERO }
    );
}

#[test]
fn phases_have_defaults() {
    let target = "target: { http: http://h }\n";
    let seconds = Duration::from_secs;
    let cases = [
        ("", Warmup::Time(seconds(1)), Some(seconds(10)), None),
        ("phases: { measure: 2s }", Warmup::Time(Duration::from_millis(200)), Some(seconds(2)), None),
        ("limits: { requests: 10 }", Warmup::None, None, Some(10)),
        ("load: { open: { stages: [ { hold: 5/s, for: 20s } ] } }", Warmup::None, Some(seconds(20)), None),
        (
            "load: { open: { stages: [ { hold: 5/s, for: 20s } ] } }\nphases: { warmup: 5s }",
            Warmup::Time(seconds(5)),
            Some(seconds(15)),
            None,
        ),
        ("phases: { warmup: auto }", Warmup::Automatic { at_most: seconds(30) }, Some(seconds(10)), None),
        ("phases: { warmup: 0s }", Warmup::None, Some(seconds(10)), None),
    ];
    for (text, warmup, measure, arrivals) in cases {
        let plan = resolved(&format!("{target}{text}")).plan;
        assert_eq!(
            (plan.phases.warmup, plan.phases.measure, plan.limits.arrivals),
            (warmup, measure, arrivals),
            "{text}"
        );
        assert_eq!(
            (plan.limits.timeout, plan.limits.drain, plan.seed),
            (seconds(10), seconds(10), 42),
            "{text}"
        );
    }
}

#[test]
fn json_bodies_keep_the_types_of_yaml() {
    let body = |json: &str| {
        let plan = resolved(&steps_of(&format!("{{ post: /, json: {json} }}")));
        let Body::Text(template) = &http(&plan).scenarios[0].steps[0].body else { panic!("{json}") };
        crate::template::write(template)
    };
    assert_eq!(
        body("{ a: 1, b: 1.5, c: true, d: ~, e: '1', f: x y }"),
        r#"{"a":1,"b":1.5,"c":true,"d":null,"e":"1","f":"x y"}"#
    );
    assert_eq!(body("[ 1, \"{{ int(1..5) }}\", 007, \"tab\\t\" ]"), r#"[1,"{{ int(1..5) }}","007","tab\t"]"#);
    assert_eq!(body(r#"'{"id": {{ int(1..5) }}}'"#), r#"{"id": {{ int(1..5) }}}"#);
    assert_eq!(
        body(r#"'{"id": "{{ choose("a", "b") | json }}"}'"#),
        r#"{"id": "{{ choose('a', 'b') | json }}"}"#
    );
    assert_eq!(body(r#"{ a: "{{ choose('x\"y', 'z') }}" }"#), r#"{"a":"{{ choose('x"y', 'z') | json }}"}"#);
}

#[test]
fn variables_and_environment_become_fixed_text() {
    let text = "
target: { http: \"http://${HOST}:${PORT:-81}\" }
variables: { path: a/b, quoted: 'say \"hi\"' }
scenarios:
  - steps:
      - post: /{{ path }}/$${x}/{{ 'a{{b' }}
        json: { text: \"{{ quoted }}\" }
";
    let plan = resolved(text);
    assert_eq!(http(&plan).base_urls, ["http://example.test:81"]);
    let step = &http(&plan).scenarios[0].steps[0];
    assert_eq!(step.url.as_literal(), Some("/a/b/${x}/a{{b"));
    assert_eq!(step.body, Body::Text(Template::literal(r#"{"text":"say \"hi\""}"#)));
    // What the environment gives is never read as a template.
    assert_eq!(plan.plan.name, "plan");
}

#[test]
fn checks_become_ranges_and_templates() {
    let plan = resolved(EVERYTHING);
    let checks = &http(&plan).scenarios[0].steps[0].checks;
    assert_eq!(checks[0], Check::Status(vec![(200, 200), (300, 399), (404, 410)]));
    assert!(checks.contains(&Check::Size { min: 1024, max: 2048 }));
    assert!(checks.contains(&Check::TimeAtMost(Duration::from_millis(200))));
    assert!(checks.contains(&Check::Header { name: "etag".to_owned(), value: None }));
    let equals = Some(Template::literal(r#"{"c":[true,null,"x"]}"#));
    assert!(checks.contains(&Check::Json { path: "$.b".to_owned(), equals }));
}

#[test]
fn feeders_come_from_files_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.csv"), "name,city\nada,London\ngrace,\"New York\"\n").unwrap();
    std::fs::write(folder.path().join("items.json"), r#"[{"id": 1}, {"id": "x"}]"#).unwrap();
    std::fs::write(folder.path().join("times.txt"), "# start\n0\n1.5\n2500ms\n").unwrap();
    std::fs::write(folder.path().join("body.bin"), [0, 255]).unwrap();
    let text = "
target: { http: http://h }
load: { open: { arrivals_file: times.txt } }
feeders:
  users: { csv: users.csv, order: random }
  items: { json: items.json }
  cities: { rows: [ { name: Oslo }, { name: Rome } ] }
scenarios:
  - steps: [ { post: \"/{{ users.name }}/{{ items.id }}/{{ cities.name }}\", file: body.bin } ]
";
    std::fs::write(folder.path().join("feeders.yaml"), text).unwrap();
    let source = crate::read_plan(&folder.path().join("feeders.yaml")).unwrap();
    let none = Overrides::default();
    let plan = resolve(&source, &none, &none, &surroundings()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(plan.plan.name, "feeders");
    let http = http(&plan);
    assert_eq!(http.feeders[0].rows[1], ["grace", "New York"]);
    assert_eq!(http.feeders[1].rows, [["1"], ["x"]]);
    assert_eq!(http.feeders[2].columns, ["name"]);
    assert_eq!(http.scenarios[0].steps[0].body, Body::Bytes(vec![0, 255]));
    assert_eq!(plan.plan.phases.measure, Some(Duration::from_millis(2500)));
    let LoadModel::Open { schedule, .. } = &plan.plan.load else { panic!() };
    assert_eq!(schedule.arrivals, Arrivals::Times(vec![0, 1_500_000_000, 2_500_000_000]));
}

#[test]
fn aliases_share_values() {
    let text = "target: { http: http://h }\nscenarios:\n  - name: a\n    steps: [ { get: /, check: &ok { status: 200 } } ]\n  - name: b\n    steps: [ { get: /b, check: *ok } ]\n";
    let plan = resolved(text);
    assert_eq!(http(&plan).scenarios[0].steps[0].checks, http(&plan).scenarios[1].steps[0].checks);
}

#[test]
fn json_plans_are_plans() {
    let plan =
        resolved(r#"{"name": "j", "target": {"http": "http://h/"}, "load": {"closed": {"users": 3}}}"#);
    assert_eq!(plan.plan.load.max_in_flight(), 3);
}

fn http_arguments(url: &str) -> HttpArguments {
    let overrides = Overrides { urls: vec![url.to_owned()], ..Overrides::default() };
    HttpArguments { overrides, ..HttpArguments::default() }
}

#[test]
fn one_line_tests_resolve_like_plans() {
    let none = Overrides::default();
    let mut arguments = http_arguments("http://h:8080/x?y=1");
    let plan = resolve_http(&arguments, &none, &surroundings()).unwrap();
    assert_eq!(plan.plan.name, "GET http://h:8080/x?y=1");
    assert_eq!(plan.plan.load.max_in_flight(), 50);
    assert!(!plan.plan.load.is_open());
    assert_eq!(plan.plan.phases.measure, Some(Duration::from_secs(10)));

    arguments.overrides.rate_per_s = Some(100.0);
    arguments.overrides.users = Some(7);
    arguments.overrides.requests = Some(1000);
    arguments.data = Some(r#"{"n": {{ n }}}"#.to_owned());
    arguments.overrides.headers = vec!["X-Id: {{ uuid() }}".to_owned()];
    let plan = resolve_http(&arguments, &none, &surroundings()).unwrap();
    assert!(plan.plan.load.is_open());
    assert_eq!(plan.plan.load.max_in_flight(), 7);
    assert_eq!(
        plan.plan.phases,
        dyno_model::Phases { warmup: Warmup::None, measure: None, cooldown: Duration::ZERO }
    );
    let step = &http(&plan).scenarios[0].steps[0];
    assert_eq!(step.method, "POST");
    assert_eq!(step.headers[0], ("Content-Type".to_owned(), Template::literal("application/json")));
    assert_eq!(step.headers[1].0, "X-Id");
}

#[test]
fn several_urls_share_a_path_or_become_scenarios() {
    let none = Overrides::default();
    let mut arguments = http_arguments("http://a/x");
    arguments.overrides.urls.push("http://b/x".to_owned());
    let plan = resolve_http(&arguments, &none, &surroundings()).unwrap();
    assert_eq!(http(&plan).base_urls, ["http://a", "http://b"]);
    assert_eq!(http(&plan).scenarios.len(), 1);
    arguments.overrides.urls.push("http://b/y".to_owned());
    let plan = resolve_http(&arguments, &none, &surroundings()).unwrap();
    assert_eq!(http(&plan).scenarios.len(), 3);
    assert_eq!(http(&plan).scenarios[2].steps[0].url.as_literal(), Some("http://b/y"));
}

#[test]
fn credentials_of_the_url_go_to_its_origin_only() {
    let text = "
target: { http: \"http://ada:pass@h\" }
scenarios:
  - name: a
    steps: [ { get: / } ]
  - name: b
    steps: [ { get: http://h/x } ]
  - name: c
    steps: [ { get: http://h.evil/x } ]
";
    let plan = resolved(text);
    let given: Vec<bool> =
        http(&plan).scenarios.iter().map(|scenario| scenario.steps[0].credentials.is_some()).collect();
    assert_eq!(given, [true, true, false]);
}

#[test]
fn equal_plans_resolve_equally() {
    assert_eq!(resolved(EVERYTHING).plan, resolved(EVERYTHING).plan);
    assert!(resolve_text("").is_err());
}
