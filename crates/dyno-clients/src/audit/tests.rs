use dyno_model::{Ledger, LedgerHead, LedgerTls, WireAudit, WireTls};
use dyno_workers::{Profile, Setup};

use super::{findings, has_decoded, wire_of, with_tag};

fn setup() -> Setup {
    let mut setup = Setup {
        lanes: 8,
        http: Some("1.1".to_owned()),
        redirects: Some(0),
        decode: Some(true),
        pool: Some(8),
        ..Setup::of_get(Profile::Matched, "sync", "http://127.0.0.1:1/x")
    };
    setup.requests[0].headers = vec![("X-Mine".to_owned(), "1".to_owned())];
    setup
}

fn wire() -> WireAudit {
    WireAudit {
        requests: 200,
        arrived: 200,
        connections: 8,
        request_bytes: 90.0,
        fields: ["host", "accept-encoding", "x-mine"].map(str::to_owned).to_vec(),
        versions: vec!["HTTP/1.1".to_owned()],
        tls: None,
        decodes: Some(true),
        follows_redirects: Some(false),
        findings: Vec::new(),
    }
}

#[test]
fn a_client_that_does_as_asked_has_no_finding() {
    assert_eq!(findings(&wire(), &setup()), Vec::<String>::new());
}

#[test]
fn whatever_differs_is_said() {
    let cases: [(WireAudit, &str); 8] = [
        (WireAudit { arrived: 201, ..wire() }, "200 requests were reported, 201 arrived"),
        (WireAudit { connections: 98, ..wire() }, "98 connections for 8 lanes"),
        (WireAudit { versions: vec!["HTTP/2".to_owned()], ..wire() }, "HTTP/1.1 was asked for, HTTP/2 came"),
        (
            WireAudit {
                fields: ["host", "x-mine", "accept", "accept"].map(str::to_owned).to_vec(),
                ..wire()
            },
            "the field `accept` is sent twice",
        ),
        (WireAudit { follows_redirects: Some(true), ..wire() }, "it follows redirects, which was not asked"),
        (WireAudit { decodes: Some(false), ..wire() }, "it does not decode gzip, which was asked"),
        (
            WireAudit { fields: vec!["host".to_owned()], ..wire() },
            "the field `x-mine` was asked for and did not come",
        ),
        (
            WireAudit { fields: ["host", "x-mine", "priority"].map(str::to_owned).to_vec(), ..wire() },
            "fields that were not asked for: priority",
        ),
    ];
    for (wire, expected) in cases {
        assert_eq!(findings(&wire, &setup()), [expected]);
    }
}

#[test]
fn without_keep_alive_each_request_has_its_connection() {
    let closing = Setup { keep_alive: Some(false), ..setup() };
    assert_eq!(findings(&WireAudit { connections: 200, ..wire() }, &closing), Vec::<String>::new());
    assert_eq!(findings(&wire(), &closing), ["8 connections for 200 requests without keep-alive"]);
}

#[test]
fn the_ledger_names_the_usual_head() {
    let head = |version: &str, fields: &[&str], requests| LedgerHead {
        version: version.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        requests,
    };
    let ledger = Ledger {
        requests: 10,
        bytes_received: 1_000,
        connections: 2,
        tls: Some(LedgerTls {
            handshakes: 2,
            resumed: 1,
            versions: [("TLSv1.3".to_owned(), 2)].into(),
            alpn: [("http/1.1".to_owned(), 1), ("none".to_owned(), 1)].into(),
        }),
        heads: vec![head("HTTP/1.1", &["host"], 1), head("HTTP/1.1", &["host", "accept"], 9)],
        ..Ledger::default()
    };
    let wire = wire_of(&ledger);
    assert_eq!((wire.request_bytes, wire.connections), (100.0, 2));
    let tls = WireTls {
        handshakes: 2,
        resumed: 1,
        versions: vec!["TLSv1.3".to_owned()],
        alpn: vec!["http/1.1".to_owned(), "none".to_owned()],
    };
    assert_eq!(wire.tls, Some(tls));
    assert_eq!(
        (wire.fields, wire.versions),
        (vec!["host".to_owned(), "accept".to_owned()], vec!["HTTP/1.1".to_owned()])
    );
}

#[test]
fn tags_go_to_the_end_of_the_query() {
    assert_eq!(with_tag("http://x/a", "t"), "http://x/a?run=t");
    assert_eq!(with_tag("http://x/a?b=1", "t"), "http://x/a?b=1&run=t");
}

#[test]
fn decoding_is_seen_from_both_sides() {
    assert_eq!(has_decoded(9_000, 9_000, 2_500), Some(true), "less was sent than came back");
    assert_eq!(has_decoded(2_300, 9_000, 2_500), Some(false), "it came as it was sent");
    assert_eq!(has_decoded(9_000, 9_000, 9_200), None, "nobody asked for less");
}
