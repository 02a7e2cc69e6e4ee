use dyno_model::OperationId;
use dyno_workers::TlsSetup;

use super::*;

/// What makes a good setup a bad one.
type Change = fn(&mut Setup);

fn setup(change: impl FnOnce(&mut Setup)) -> Setup {
    let mut setup = Setup::of_get(Profile::Matched, "async", "http://127.0.0.1:9/a?b=c#d");
    change(&mut setup);
    setup
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Setup), expected: &Refusal) {
    match ready_for(&setup(change)) {
        Err(refusal) => assert_eq!(&refusal, expected),
        Ok(_) => panic!("it is ready, and should be {expected:?}"),
    }
}

#[test]
fn what_the_engine_cannot_do_is_skipped_by_name() {
    let cases: [(Change, &str); 6] = [
        (|setup| setup.mode = "sync".to_owned(), "mode: dyno has no sync interface"),
        (|setup| setup.http = Some("2".to_owned()), "http: dyno asks over HTTP/1.1 only, not HTTP/2"),
        (|setup| setup.retries = Some(2), "retries: dyno repeats nothing: a failure is a result"),
        (|setup| setup.pool = Some(7), "pool: dyno has one connection for each lane, 1 and not 7"),
        (
            |setup| setup.requests[0].method = "STREAM".to_owned(),
            "requests.method: dyno counts no chunks of a body (stream)",
        ),
        (
            |setup| (setup.keep_alive, setup.redirects) = (Some(false), Some(1)),
            "keep_alive: dyno does not time connecting where it plays the general way: general because redirects are followed",
        ),
    ];
    for (change, reason) in cases {
        check_refused(change, &Refusal::Skipped(reason.to_owned()));
    }
}

#[test]
fn what_nobody_could_do_is_an_error_that_names_its_field() {
    let cases: [(Change, &str); 7] = [
        (|setup| setup.requests.clear(), "requests: there is none; name at least one"),
        (|setup| setup.lanes = 0, "lanes: 0 is not between 1 and 10000"),
        (|setup| setup.timeout_ms = 0, "timeout_ms: 0 ms is no time for a request"),
        (|setup| setup.requests[0].url = "/a".to_owned(), "requests[0]: relative URL without a base"),
        (
            |setup| setup.requests[0].url = "ftp://a.test/".to_owned(),
            "requests[0]: the URL is neither http:// nor https://",
        ),
        (
            |setup| setup.requests[0].method = "GET /\r\n".to_owned(),
            "requests[0]: `GET /\\r\\n` is no method",
        ),
        (
            |setup| setup.requests[0].body_b64 = "*".to_owned(),
            "requests[0].body_b64: Invalid symbol 42, offset 0.",
        ),
    ];
    for (change, reason) in cases {
        check_refused(change, &Refusal::Failed(reason.to_owned()));
    }
}

#[test]
fn everything_that_is_honoured_is_in_the_plan() {
    let ready = ready_for(&setup(|setup| {
        (setup.lanes, setup.pool, setup.timeout_ms, setup.seed) = (64, Some(64), 700, 9);
        (setup.redirects, setup.decode, setup.delay_ns) = (Some(3), Some(true), Some(5));
        setup.tls = Some(TlsSetup { verify: false, ca_pem: None });
        setup.requests[0].method = "PUT".to_owned();
        setup.requests[0].body_b64 = STANDARD.encode(b"every \x00 byte");
        setup.requests[0].headers = vec![("Accept".to_owned(), "text/plain".to_owned())];
        let other = ClientRequest { url: "http://127.0.0.2:9/else".to_owned(), ..setup.requests[0].clone() };
        setup.requests.push(other);
    }))
    .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let Workload::Http(http) = &ready.plan.workload;
    assert_eq!((ready.lanes, ready.requests, ready.delay), (64, 2, Duration::from_nanos(5)));
    assert_eq!((ready.plan.seed, ready.plan.limits.timeout), (9, Duration::from_millis(700)));
    assert_eq!((http.redirects_max, http.compressed, http.connection.tls.insecure), (3, true, true));
    assert_eq!(http.base_urls, ["http://127.0.0.1:9/"]);
    let steps: Vec<&HttpStep> = http.scenarios.iter().map(|scenario| &scenario.steps[0]).collect();
    assert_eq!((steps[0].operation, steps[1].operation), (OperationId(0), OperationId(1)));
    assert_eq!(steps[0].url.as_literal(), Some("/a?b=c"));
    assert_eq!(steps[1].url.as_literal(), Some("http://127.0.0.2:9/else"));
    assert_eq!(
        (steps[0].method.as_str(), &steps[0].body),
        ("PUT", &Body::Bytes(b"every \x00 byte".to_vec()))
    );
    let told: Vec<_> =
        steps[0].headers.iter().map(|(name, value)| (name.as_str(), value.as_literal())).collect();
    let expected = [("Accept", "text/plain"), ("user-agent", "dyno"), ("accept-encoding", "gzip")];
    assert_eq!(told, expected.map(|(name, value)| (name, Some(value))));
}

#[test]
fn defaults_are_those_of_the_engine_and_matched_are_those_of_all() {
    let fields = |profile, decode| {
        let setup = setup(|setup| (setup.profile, setup.decode) = (profile, decode));
        let headers = headers_of(&setup, &setup.requests[0]);
        headers
            .into_iter()
            .map(|(name, value)| format!("{name}={}", value.as_literal().unwrap_or("?")))
            .collect::<Vec<String>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(fields(Profile::Defaults, None), none);
    assert_eq!(fields(Profile::Defaults, Some(false)), ["accept-encoding=identity"]);
    assert_eq!(fields(Profile::Matched, None), ["user-agent=dyno", "accept=*/*", "accept-encoding=identity"]);
}

#[test]
fn a_broken_authority_is_an_error_and_leaves_no_file() {
    let broken = |setup: &mut Setup| {
        setup.requests[0].url = "https://127.0.0.1:9/".to_owned();
        setup.tls = Some(TlsSetup { verify: true, ca_pem: Some("no certificate".to_owned()) });
    };
    assert!(matches!(ready_for(&setup(broken)), Err(Refusal::Failed(_))));
    let file = authority_file(&setup(broken)).expect("it can be written").expect("there is one");
    let path = file.path().to_owned();
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "no certificate");
    drop(file);
    assert!(!path.exists());
}
