//! Flags over environment over file over defaults, and where each value came from.

use std::time::Duration;

use dyno_model::{Arrivals, LoadModel, Warmup};

use super::{resolve_with, resolved};
use crate::{Origin, Overrides};

const FILE: &str = "name: file\ntarget: { http: http://file }\nload: { closed: { users: 3 } }\nphases: { measure: 3s, warmup: 3s }\nlimits: { timeout: 3s }\nseed: 3\nthreads: 1\n";
const BARE: &str = "target: { http: http://file }";

fn layer(n: u32) -> Overrides {
    let seconds = Duration::from_secs(u64::from(n));
    Overrides {
        name: Some(format!("layer {n}")),
        urls: vec![format!("http://layer{n}")],
        users: Some(n),
        duration: Some(seconds),
        warmup: Some(Warmup::Time(seconds)),
        timeout: Some(seconds),
        seed: Some(u64::from(n)),
        threads: Some(n),
        ..Overrides::default()
    }
}

fn origin_of(resolved: &crate::Resolved, key: &str) -> Origin {
    let found = resolved.provenance.iter().find(|(known, _, _)| known == key);
    found.unwrap_or_else(|| panic!("{key}: {:?}", resolved.provenance)).2.clone()
}

#[test]
fn the_higher_layer_wins() {
    let none = Overrides::default();
    // (plan, environment, flags, expected users, seed, seconds, and the origin of the seed)
    let cases = [
        (BARE, &none, &none, 50, 42, 10, Origin::Default),
        (FILE, &none, &none, 3, 3, 3, Origin::File { line: 6 }),
        (FILE, &layer(5), &none, 5, 5, 5, Origin::Environment("DYNO_SEED".to_owned())),
        (FILE, &layer(5), &layer(7), 7, 7, 7, Origin::Flag("seed")),
        (FILE, &none, &layer(7), 7, 7, 7, Origin::Flag("seed")),
        (BARE, &layer(5), &none, 5, 5, 5, Origin::Environment("DYNO_SEED".to_owned())),
    ];
    for (plan, environment, flags, users, seed, seconds, origin) in cases {
        let resolved = resolve_with(plan, environment, flags).unwrap();
        assert_eq!(resolved.plan.load.max_in_flight(), users);
        assert_eq!(resolved.plan.seed, seed);
        assert_eq!(resolved.plan.phases.measure, Some(Duration::from_secs(seconds)));
        assert_eq!(resolved.plan.limits.timeout, Duration::from_secs(seconds));
        assert_eq!(origin_of(&resolved, "seed"), origin);
    }
}

#[test]
fn a_rate_on_top_makes_the_load_open() {
    let flags =
        Overrides { rate_per_s: Some(200.0), arrivals: Some(Arrivals::Poisson), ..Overrides::default() };
    let resolved = resolve_with(FILE, &Overrides::default(), &flags).unwrap();
    let LoadModel::Open { schedule, max_in_flight } = &resolved.plan.load else { panic!() };
    assert_eq!((*max_in_flight, &schedule.arrivals), (1024, &Arrivals::Poisson));
    assert_eq!(origin_of(&resolved, "load.open.rate"), Origin::Flag("rate"));
    let open = "target: { http: http://h }\nload: { open: { rate: 5/s, max_in_flight: 9 } }";
    let users = Overrides { users: Some(4), ..Overrides::default() };
    let resolved = resolve_with(open, &Overrides::default(), &users).unwrap();
    assert_eq!(resolved.plan.load.max_in_flight(), 4);
    assert_eq!(origin_of(&resolved, "load.open.max_in_flight"), Origin::Flag("users"));
    let zero = Overrides { users: Some(0), requests: Some(0), ..Overrides::default() };
    assert!(resolve_with(open, &zero, &zero).is_err());
}

#[test]
fn a_count_on_top_replaces_a_time_below_and_the_other_way_round() {
    let count = Overrides { requests: Some(10), ..Overrides::default() };
    let plan = resolve_with(FILE, &Overrides::default(), &count).unwrap().plan;
    assert_eq!((plan.phases.measure, plan.limits.arrivals), (None, Some(10)));
    let time = Overrides { duration: Some(Duration::from_secs(4)), ..Overrides::default() };
    let plan =
        resolve_with("target: { http: http://h }\nlimits: { requests: 5 }", &Overrides::default(), &time);
    let plan = plan.unwrap().plan;
    assert_eq!((plan.phases.measure, plan.limits.arrivals), (Some(Duration::from_secs(4)), None));
}

#[test]
fn lists_on_top_replace_and_thresholds_add() {
    let flags = Overrides {
        thresholds: vec!["p99 < 1s".to_owned()],
        headers: vec!["accept: text/html".to_owned()],
        ..Overrides::default()
    };
    let plan = "target: { http: http://h }\nhttp: { headers: { Accept: a, X: b } }\nthresholds: [ p50 < 1s ]";
    let resolved = resolve_with(plan, &Overrides::default(), &flags).unwrap();
    assert_eq!(resolved.plan.thresholds.len(), 2);
    let names: Vec<_> =
        super::http(&resolved).scenarios[0].steps[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["X", "accept"]);
}

#[test]
fn the_environment_is_read_from_variables() {
    let values = [
        ("DYNO_RATE", "1.5k/s"),
        ("DYNO_DURATION", "30s"),
        ("DYNO_USERS", "8"),
        ("DYNO_SEED", "7"),
        ("DYNO_WARMUP", "auto"),
        ("DYNO_TIMEOUT", "2s"),
        ("DYNO_THREADS", "2"),
        ("DYNO_TARGET", "http://env"),
    ];
    let lookup =
        |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let read = Overrides::from_environment(lookup).unwrap();
    assert_eq!(read.rate_per_s, Some(1500.0));
    assert_eq!((read.users, read.seed, read.threads), (Some(8), Some(7), Some(2)));
    assert_eq!(read.duration, Some(Duration::from_secs(30)));
    assert_eq!(read.urls, ["http://env"]);
    assert_eq!(Overrides::from_environment(|_| None).unwrap(), Overrides::default());
    assert_eq!(Overrides::from_environment(|_| Some(String::new())).unwrap(), Overrides::default());

    let errors = Overrides::from_environment(|_| Some("nonsense".to_owned())).unwrap_err();
    insta::assert_snapshot!(errors, @r#"
environment: `DYNO_RATE`: rate `nonsense` has no unit; write `nonsense/s`
environment: `DYNO_USERS` must be a whole number from 1, not `nonsense`
environment: `DYNO_DURATION`: `nonsense` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`
environment: `DYNO_REQUESTS` must be a whole number from 1, not `nonsense`
environment: `DYNO_WARMUP`: `nonsense` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`
environment: `DYNO_TIMEOUT`: `nonsense` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`
environment: `DYNO_THREADS` must be a whole number from 1, not `nonsense`
environment: `DYNO_SEED` must be a whole number, not `nonsense`
"#);
}

#[test]
fn flags_that_do_not_fit_the_load_are_refused() {
    let flags = Overrides { max_in_flight: Some(1), arrivals: Some(Arrivals::Even), ..Overrides::default() };
    insta::assert_snapshot!(resolve_with(BARE, &Overrides::default(), &flags).unwrap_err(), @r#"
plan.yaml: `--arrivals` needs an open load; a load is open when it has a rate, else closed
plan.yaml: `--max-in-flight` needs an open load; a load is open when it has a rate, else closed
"#);
    let flags = Overrides { rate_per_s: Some(0.0), think_time: Some(Duration::ZERO), ..Overrides::default() };
    insta::assert_snapshot!(resolve_with(BARE, &Overrides::default(), &flags).unwrap_err(), @r#"
plan.yaml: the rate must be above zero; give `--rate 300/s`, for example
plan.yaml: `--think-time` needs a closed load; a load is open when it has a rate, else closed
"#);
}

#[test]
fn the_origin_of_every_value_is_told() {
    let resolved = resolved(FILE);
    let lines: Vec<String> = resolved
        .provenance
        .iter()
        .map(|(key, value, origin)| format!("{key} = {value} ({origin})"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
name = file (line 1)
target = http://file (line 2)
load.closed.users = 3 (line 3)
load.closed.think_time = 0s (default)
load.closed.ramp_up = 0s (default)
phases.measure = 3s (line 4)
phases.warmup = 3s (line 4)
phases.cooldown = 0s (default)
limits.timeout = 3s (line 5)
limits.drain = 3s (default)
http.pipeline = 1 (default)
http.keep_alive = true (default)
http.connect_timeout = 3s (default)
http.tls.insecure = false (default)
http.cookies = false (default)
http.redirects = 0 (default)
http.compressed = false (default)
seed = 3 (line 6)
threads = 1 (line 7)
output =  (default)
"#);
}
