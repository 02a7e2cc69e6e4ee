//! Clients that ask for work and take nothing: each is told to go away, or bounded, while others are served.

use super::case::{Client, Expected, answered, case, check_all, connection_error};
use super::wire::{
    block, code, data, flag, frame, headers, kind, literal, ping, priority, request, request_with, reset,
    settings, window_update,
};
use crate::echo;
use crate::report::Suite;

fn get(stream: u32) -> Vec<u8> {
    headers(flag::WHOLE, stream, &request("GET"))
}

/// The streams of a client, from the first on.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| number * 2 + 1)
}

#[test]
fn floods() {
    let calm = || connection_error(&[code::ENHANCE_YOUR_CALM]);
    let post = || headers(flag::END_HEADERS, 1, &request("POST"));
    let resets: Vec<Vec<u8>> =
        streams(1_000).flat_map(|stream| [get(stream), reset(stream, code::CANCEL)]).collect();
    let begun = [
        &[headers(flag::END_STREAM, 1, &request("GET"))][..],
        &vec![frame(kind::CONTINUATION, 0, 1, &[]); 1_000],
    ];
    check_all(
        "HTTP/2: floods",
        &[
            case("ends on 2,000 PING", "9113 10.5", &vec![ping([0; 8]); 2_000], calm()),
            case("ends on 2,000 SETTINGS", "9113 10.5", &vec![settings(&[(4, 65_535)]); 2_000], calm()),
            case("ends on 2,000 PRIORITY", "9113 10.5", &vec![priority(1, 0, 1); 2_000], calm()),
            case(
                "ends on 2,000 unknown frames",
                "9113 10.5",
                &vec![frame(kind::UNKNOWN, 0, 0, b"x"); 2_000],
                calm(),
            ),
            case(
                "ends on 2,000 WINDOW_UPDATE without a reason",
                "9113 10.5",
                &vec![window_update(0, 1); 2_000],
                calm(),
            ),
            case(
                "ends on 2,000 empty DATA",
                "9113 10.5",
                &[&[post()][..], &vec![data(0, 1, &[]); 2_000]].concat(),
                calm(),
            ),
            case("ends on 1,000 streams that are reset at once", "9113 10.5", &resets, calm()),
            case("ends on 1,000 empty CONTINUATION", "9113 10.5.1", &begun.concat(), calm()),
            case(
                "serves between 900 PING",
                "9113 10.5",
                &[&vec![ping([0; 8]); 900][..], &[get(1)]].concat(),
                answered(1, 200),
            ),
        ],
    );
}

/// One byte on the wire becomes a whole field by an index, which is counted and not only measured.
#[test]
fn large_heads() {
    let many = request_with("GET", "/", &vec![("a", "b"); 101]);
    let cookies = request_with("GET", "/", &vec![("cookie", "b"); 101]);
    let indexed = |count: usize| {
        headers(flag::WHOLE, 1, &[&request("GET")[..], &literal(0x40, "a", "b"), &vec![0xbe; count]].concat())
    };
    let long = request_with("GET", "/", &[("a", &"x".repeat(12_000))]);
    let longer = block(&[("b", &"x".repeat(16_000))]);
    let continued = |count: usize| {
        let end = frame(kind::CONTINUATION, flag::END_HEADERS, 1, &block(&[("c", "d")]));
        [
            &[headers(flag::END_STREAM, 1, &long)][..],
            &vec![frame(kind::CONTINUATION, 0, 1, &longer); count],
            &[end],
        ]
        .concat()
    };
    check_all(
        "HTTP/2: large heads",
        &[
            case(
                "takes a head of 12,000 bytes",
                "9113 10.5.1",
                &[headers(flag::WHOLE, 1, &long)],
                answered(1, 200),
            ),
            case(
                "answers 101 fields more with 431",
                "6585 5",
                &[headers(flag::WHOLE, 1, &many)],
                answered(1, 431),
            ),
            case(
                "counts cookies in pieces",
                "9113 8.2.3",
                &[headers(flag::WHOLE, 1, &cookies)],
                answered(1, 431),
            ),
            case(
                "answers 500 fields of one byte each with 431",
                "9113 10.5.1",
                &[indexed(500)],
                answered(1, 431),
            ),
            case(
                "ends on 4,000 fields of one byte each",
                "9113 10.5.1",
                &[indexed(4_000)],
                connection_error(&[code::ENHANCE_YOUR_CALM]),
            ),
            case("answers a head above its limit with 431", "9113 10.5.1", &continued(2), answered(1, 431)),
            case(
                "ends on a head without end",
                "9113 10.5.1",
                &continued(40),
                Expected::ErrorAnywhere(vec![code::ENHANCE_YOUR_CALM, code::COMPRESSION, code::PROTOCOL]),
            ),
        ],
    );
}

/// RFC 9113 section 5.1.2: streams above the limit are refused, those below it are served.
#[test]
fn streams_above_the_limit() {
    let server = echo::start_with(|limits| limits.http2.streams_max = 10);
    let mut suite = Suite::new("HTTP/2: streams at once");
    let mut client = Client::with_settings(server.local_addrs()[0], &[(4, 0)]);
    // The acknowledgement of the server's settings makes the limit hold.
    let told = client.until("SETTINGS", |frame| frame.kind == kind::SETTINGS && !frame.has(flag::ACK));
    suite.take(
        "tells its limit (9113 5.1.2)",
        told.and_then(|frame| {
            let is_limit = |parameter: &[u8]| parameter == [0, 3, 0, 0, 0, 10];
            if frame.payload.chunks(6).any(is_limit) { Ok(()) } else { Err(format!("{frame:?}")) }
        }),
    );
    streams(11).for_each(|stream| client.send(&get(stream)));
    let refused = client.until("RST_STREAM", |frame| frame.kind == kind::RST_STREAM);
    suite.take(
        "refuses one stream more (9113 5.1.2)",
        refused.and_then(|frame| {
            let is_refused = [code::PROTOCOL, code::REFUSED_STREAM].contains(&frame.code());
            if is_refused && frame.stream == 21 { Ok(()) } else { Err(format!("{frame:?}")) }
        }),
    );
    client.send(&settings(&[(4, 65_535)]));
    suite.take("serves the others (9113 5.1.2)", client.response(19).map(|_| ()));
    suite.finish();
}
