//! What a plan can ask beyond a plain request: checks, codings, proxies, sockets, redirects.

use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

use dyno_model::{Body, Check, Credentials, FailureKind, OutcomeStatus, Part, RunPlan, Secret, Template};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::fixture::{
    answer, answering, failure_of, http, message_of, only_step, plan, play, play_with, read_request, server,
};
use crate::HttpDriver;

const BODY: &str = r#"{"id":7,"price":"9.99","tags":["a","b"]}"#;

fn check_of(check: Check) -> (Option<FailureKind>, String) {
    let (address, _) = answering(|_| answer(200, "Content-Type: application/json\r\n", BODY));
    let mut plan = plan(&format!("http://{address}"), "/");
    only_step(&mut plan).checks = vec![check];
    failure_of(&plan)
}

fn json(path: &str, equals: Option<&str>) -> Check {
    Check::Json { path: path.to_owned(), equals: equals.map(Template::literal) }
}

#[test]
fn checks_that_hold_are_successes() {
    let header = |value: Option<&str>| Check::Header {
        name: "content-type".to_owned(),
        value: value.map(Template::literal),
    };
    for check in [
        Check::Status(vec![(200, 204)]),
        header(None),
        header(Some("application/json")),
        Check::BodyContains(Template::literal("price")),
        Check::BodyMatches(r#""id":\d+"#.to_owned()),
        json("$.id", None),
        json("$.id", Some("7.0")),
        json("$.tags", Some(r#"["a", "b"]"#)),
        Check::Size { min: BODY.len() as u64, max: BODY.len() as u64 },
        Check::TimeAtMost(Duration::from_secs(5)),
    ] {
        assert_eq!(check_of(check.clone()), (None, String::new()), "{check:?}");
    }
}

#[test]
fn checks_that_do_not_hold_say_what_came() {
    let header = Check::Header { name: "etag".to_owned(), value: None };
    for (check, expected) in [
        (Check::Status(vec![(201, 201)]), "check `status`: expected 201, the status was 200".to_owned()),
        (header, "check `header`: the answer has no `etag`".to_owned()),
        (
            Check::BodyContains(Template::literal("cost")),
            format!("check `body_contains`: expected `cost`, came `{BODY}` (40 bytes)"),
        ),
        (json("$.id", Some("8")), "check `json` of `$.id`: expected `8`, came `7`".to_owned()),
        (json("$.tags[*]", Some("1")), "check `json` of `$.tags[*]`: expected `1`, came 2 values".to_owned()),
        (Check::Size { min: 1, max: 2 }, "check `size`: expected 1 to 2 bytes, came 40".to_owned()),
    ] {
        assert_eq!(check_of(check), (Some(FailureKind::WrongAnswer), expected));
    }
}

#[test]
fn without_checks_an_error_status_is_a_rejection() {
    let (address, _) = answering(|_| answer(503, "", ""));
    let played = play(&plan(&format!("http://{address}"), "/"));
    assert_eq!((played.all.rejected, played.all.failed()), (1, 0));
    assert_eq!(played.specimens[0].status, OutcomeStatus::Rejected(503));
    assert_eq!(message_of(&played), "the status was 503");
}

#[test]
fn compressed_answers_are_decoded_for_checks() {
    let (address, _) = answering(|request| {
        assert!(request.contains("Accept-Encoding: gzip\r\n"), "{request}");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(BODY.as_bytes()).expect("memory takes everything");
        let body = encoder.finish().expect("memory takes everything");
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    });
    let mut plan = plan(&format!("http://{address}"), "/");
    http(&mut plan).compressed = true;
    only_step(&mut plan).checks = vec![json("$.id", Some("7"))];
    assert_eq!(failure_of(&plan), (None, String::new()));
}

#[test]
fn one_connection_carries_many_requests() {
    let (address, connections) = answering(|_| answer(200, "", "hello"));
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.arrivals = Some(50);
    let played = play(&plan);
    assert_eq!((played.all.ok, connections.load(Ordering::SeqCst)), (50, 1));
    http(&mut plan).connection.keep_alive = false;
    let played = play(&plan);
    assert_eq!((played.all.ok, connections.load(Ordering::SeqCst)), (50, 51));
}

#[test]
fn redirects_keep_or_change_the_method_and_drop_credentials_elsewhere() {
    let (other, _) = answering(|request| {
        let is_clean = request.starts_with("GET /end HTTP/1.1\r\n")
            && !request.contains("Authorization")
            && !request.contains("Content");
        answer(if is_clean { 200 } else { 400 }, "", "")
    });
    let (address, _) = answering(move |request| {
        let is_whole = request.contains("Authorization: Basic dTpw\r\n") && request.ends_with("body");
        match request.split(' ').nth(1).unwrap_or_default() {
            "/start" if is_whole => answer(307, "Location: /middle\r\n", "x"),
            "/middle" if is_whole => answer(303, &format!("Location: http://{other}/end#here\r\n"), ""),
            _ => answer(400, "", ""),
        }
    });
    let mut plan = plan(&format!("http://{address}"), "/start");
    http(&mut plan).redirects_max = 3;
    let step = only_step(&mut plan);
    step.method = "POST".to_owned();
    step.body = Body::Text(Template::literal("body"));
    step.credentials = Some(Credentials::Basic(Secret::new("u:p")));
    let played = play(&plan);
    assert_eq!((played.all.ok, message_of(&played)), (1, String::new()));
}

#[test]
fn large_bodies_go_both_ways_at_once() {
    // The server echoes while it reads, so a client that only writes would wait for ever.
    let address = server(|mut stream, _| {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("the client sends a head");
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n").expect("the client reads");
        let mut left = 16_777_216;
        let mut buffer = vec![0; 65_536];
        while left > 0 {
            let count = stream.read(&mut buffer).expect("the client sends");
            stream.write_all(&buffer[..count]).expect("the client reads");
            left -= count;
        }
    });
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.timeout = Duration::from_secs(20);
    let step = only_step(&mut plan);
    step.method = "PUT".to_owned();
    step.body = Body::Bytes(vec![b'x'; 16_777_216]);
    step.checks = vec![Check::Size { min: 16_777_216, max: 16_777_216 }];
    assert_eq!(failure_of(&plan), (None, String::new()));
}

#[test]
fn line_breaks_in_values_are_not_sent() {
    let (address, connections) = answering(|_| answer(200, "", ""));
    let bad = Template {
        parts: vec![Part::Expression(dyno_model::Expression::Choose(vec!["a\r\nX: y".to_owned()]))],
    };
    for in_header in [true, false] {
        let mut plan = plan(&format!("http://{address}"), "/");
        let step = only_step(&mut plan);
        if in_header {
            step.headers.push(("A".to_owned(), bad.clone()));
        } else {
            step.url.parts.extend(bad.parts.clone());
        }
        let (kind, message) = failure_of(&plan);
        assert_eq!(kind, Some(FailureKind::Other));
        assert!(message.contains("control"), "{message}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn proxies_are_asked_for_a_tunnel() {
    let proxy = server(|mut stream, _| {
        let request = read_request(&mut stream).expect("the client asks");
        assert!(
            request.starts_with("CONNECT target.test:8080 HTTP/1.1\r\nHost: target.test:8080\r\n"),
            "{request}"
        );
        if !request.contains("Proxy-Authorization: Basic dTpw\r\n") {
            let _ = stream.write_all(&answer(407, "", ""));
            return;
        }
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("the client reads");
        let request = read_request(&mut stream).expect("the client asks again");
        assert!(request.starts_with("GET /x HTTP/1.1\r\nHost: target.test:8080\r\n"), "{request}");
        stream.write_all(&answer(200, "", "")).expect("the client reads");
    });
    let mut plan = plan("http://target.test:8080", "/x");
    http(&mut plan).connection.proxy = Some(format!("http://{proxy}"));
    let (kind, message) = failure_of(&plan);
    assert_eq!(kind, Some(FailureKind::Connect));
    assert_eq!(message, "the proxy answered 407 to `CONNECT target.test:8080`");
    http(&mut plan).connection.proxy_credentials = Some(Secret::new("u:p"));
    assert_eq!(failure_of(&plan), (None, String::new()));
}

#[test]
fn names_can_be_sent_elsewhere() {
    let (address, _) = answering(|request| {
        let is_meant = request.contains("\r\nHost: name.test:81\r\n");
        answer(if is_meant { 200 } else { 400 }, "", "")
    });
    let resolved = |plan: &mut RunPlan| {
        let to = (address.ip().to_string(), address.port());
        http(plan).connection.connect_to = vec![(("name.test".to_owned(), 81), to)];
    };
    let mut elsewhere = plan("http://name.test:81", "/");
    resolved(&mut elsewhere);
    assert_eq!(play(&elsewhere).all.ok, 1);
    http(&mut elsewhere).connection.source_addresses = vec!["127.0.0.2".parse().expect("an address")];
    assert_eq!(play(&elsewhere).all.ok, 1);
    let mut given = plan(&format!("http://name.test:{}", address.port()), "/");
    http(&mut given).connection.resolve = vec![("name.test".to_owned(), address.port(), address.ip())];
    assert_eq!(play(&given).all.rejected, 1, "the port is part of the field");
}

#[test]
fn unix_sockets_carry_requests() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("the folder is ours");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client comes");
        while let Some(request) = read_request(&mut stream) {
            assert!(request.contains("Host: name.test\r\n"), "{request}");
            stream.write_all(&answer(200, "", "")).expect("the client reads");
        }
    });
    let mut plan = plan("http://name.test", "/");
    http(&mut plan).connection.unix_socket = Some(path);
    plan.limits.arrivals = Some(3);
    assert_eq!(play(&plan).all.ok, 3);
}

#[test]
fn the_way_is_chosen_by_what_is_asked() {
    let (address, _) = answering(|_| answer(200, "", "hello"));
    let mut plan = plan(&format!("http://{address}"), "/");
    let lean = HttpDriver::new(&plan).expect("the plan can be played");
    assert_eq!(dyno_engine::Driver::name(&lean), "lean HTTP/1.1");
    assert!(lean.why().starts_with("lean because"), "{}", lean.why());
    assert_eq!(play_with(&plan, &lean).all.ok, 1);
    only_step(&mut plan).checks = vec![Check::BodyContains(Template::literal("hello"))];
    let general = HttpDriver::new(&plan).expect("the plan can be played");
    assert_eq!(general.why(), "general because step `get` checks the body");
    assert_eq!(play_with(&plan, &general).all.ok, 1);
    http(&mut plan).connection.pipeline = 4;
    let error = HttpDriver::new(&plan).expect_err("pipelining is lean only");
    assert!(error.reason.ends_with("but step `get` checks the body"), "{}", error.reason);
}

#[test]
fn an_exchange_is_shown_in_full() {
    let (address, _) = answering(|_| {
        let head = "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}5\r\nhello\r\n0\r\n\r\n").into_bytes()
    });
    let mut plan = plan(&format!("http://{address}"), "/x");
    let step = only_step(&mut plan);
    step.method = "POST".to_owned();
    step.body = Body::Form(vec![("a b".to_owned(), Template::literal("c&d"))]);
    let shown = crate::debug::exchange(&plan).expect("the server answers");
    assert_eq!(shown.address, address.to_string());
    let head = String::from_utf8_lossy(&shown.request_head);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        head,
        format!(
            "POST /x HTTP/1.1\r\nHost: {address}\r\nUser-Agent: dyno/{version}\r\nAccept: */*\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n"
        )
    );
    assert_eq!(shown.request_body, b"a+b=c%26d");
    assert_eq!(shown.response_head, b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!((shown.response_body.as_slice(), shown.response_body_bytes), (&b"hello"[..], Some(5)));
    assert_eq!((shown.status, shown.failure, shown.tls), (Some(200), None, None));
}
