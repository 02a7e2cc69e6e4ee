//! The limits of HTTP/3, each by a client that goes beyond it.

use std::future::Future;
use std::time::Duration;

use dyno_server::Limits;

use super::case::{case, check_all, on_request, seen, status};
use super::raw::{self, Outcome, closed, data, headers, read_answer, request_fields, send_request};
use crate::echo;

const NO_ERROR: u64 = 0x100;
const EXCESSIVE_LOAD: u64 = 0x107;
const REQUEST_CANCELLED: u64 = 0x10c;

#[test]
fn sizes() {
    let get = |more: &[(&str, &str)]| [on_request(headers(&request_fields("GET", "/", more)))];
    let long = |bytes: usize| "x".repeat(bytes);
    check_all(
        "HTTP/3: sizes",
        &[
            case("takes 100 fields", "9114 4.2.2", get(&[("x", "y"); 100]), seen("GET / a")),
            case("refuses 101 fields", "9114 10.5.1", get(&[("x", "y"); 101]), status(431)),
            case("counts each crumb of a cookie", "9114 10.5.1", get(&[("cookie", "a=b"); 101]), status(431)),
            case(
                "takes a field section of 30 KiB",
                "9114 4.2.2",
                get(&[("x", &long(30 * 1024))]),
                seen("GET / a"),
            ),
            case("refuses one above 32 KiB", "9114 4.2.2", get(&[("x", &long(33 * 1024))]), status(431)),
            case(
                "refuses one above 32 KiB by its overhead",
                "9114 4.2.2",
                get(&[("", ""); 1_100]),
                status(431),
            ),
            case(
                "keeps nothing of an endless one",
                "9114 10.5.1",
                [on_request([vec![1], raw::varint(1 << 40), vec![7; 200_000]].concat()).open()],
                status(431),
            ),
            case(
                "refuses a body that tells too large a length",
                "9110 15.5.14",
                [on_request(headers(&request_fields("POST", "/", &[("content-length", "2000000")]))).open()],
                status(413),
            ),
            case(
                "refuses a body that becomes too large",
                "9110 15.5.14",
                [on_request([headers(&request_fields("POST", "/", &[])), data(vec![7; 1_100_000])].concat())],
                status(413),
            ),
        ],
    );
}

/// Runs `client` with a connection to a server of these limits.
fn with_limits<F: Future>(tune: impl FnOnce(&mut Limits), client: impl FnOnce(quinn::Connection) -> F) {
    let (server, certificate) = echo::start_quic(tune);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Small windows, so that a client that does not read is felt at once.
        let quic = raw::connect(server.quic_addrs()[0], &certificate, |transport| {
            transport.stream_receive_window(65_536_u32.into()).receive_window(65_536_u32.into());
        });
        let quic = quic.await;
        let mut control = quic.open_uni().await.unwrap();
        control.write_all(&raw::control_start()).await.unwrap();
        client(quic).await;
    });
}

const SHORT: Duration = Duration::from_millis(1);

fn post() -> Vec<u8> {
    headers(&request_fields("POST", "/", &[]))
}

#[test]
fn a_head_that_does_not_come_gets_408() {
    with_limits(
        |limits| limits.http1.head_time_max = Duration::from_millis(600),
        async |quic| {
            let (_send, receive) = send_request(&quic, &[1, 20, 0, 0], false).await.unwrap();
            assert!(matches!(read_answer(&quic, receive).await, Outcome::Answered(408, _)));
        },
    );
}

#[test]
fn a_body_that_does_not_come_gets_408() {
    with_limits(
        |limits| limits.http1.body_read_time_max = SHORT,
        async |quic| {
            let (_send, receive) = send_request(&quic, &[post(), data("a")].concat(), false).await.unwrap();
            assert!(matches!(read_answer(&quic, receive).await, Outcome::Answered(408, _)));
        },
    );
}

#[test]
fn a_client_that_takes_nothing_has_its_stream_reset() {
    with_limits(
        |limits| limits.connections.write_stall_time_max = Duration::from_millis(100),
        async |quic| {
            let head = headers(&request_fields("GET", "/large", &[]));
            let (_send, mut receive) = send_request(&quic, &head, true).await.unwrap();
            // Not a byte is read until the server has given up.
            let reset = receive.received_reset().await.unwrap();
            assert_eq!(reset.map(quinn::VarInt::into_inner), Some(REQUEST_CANCELLED));
        },
    );
}

#[test]
fn a_connection_without_requests_is_closed() {
    with_limits(
        |limits| limits.http1.keep_alive_time_max = SHORT,
        async |quic| {
            let (_send, receive) = send_request(&quic, &post(), true).await.unwrap();
            assert_eq!(read_answer(&quic, receive).await, seen("POST / a"));
            assert_eq!(closed(&quic).await, Outcome::Closed(NO_ERROR));
        },
    );
    with_limits(
        |limits| limits.http1.head_time_max = SHORT,
        async |quic| assert_eq!(closed(&quic).await, Outcome::Closed(NO_ERROR)),
    );
}

#[test]
fn a_connection_without_packets_is_forgotten() {
    with_limits(
        |limits| limits.http3.idle_time_max = Duration::from_millis(100),
        async |quic| assert_eq!(quic.closed().await, quinn::ConnectionError::TimedOut),
    );
}

#[test]
fn heads_of_open_requests_share_a_budget() {
    with_limits(
        |limits| limits.http3.open_heads_bytes_max = 2_000,
        async |quic| {
            let big = headers(&request_fields("POST", "/", &[("x", &"y".repeat(1_000))]));
            let (mut first, answer) = send_request(&quic, &big, false).await.unwrap();
            let (_send, second) = send_request(&quic, &big, false).await.unwrap();
            assert_eq!(read_answer(&quic, second).await, Outcome::Reset(EXCESSIVE_LOAD));
            first.finish().unwrap();
            assert_eq!(read_answer(&quic, answer).await, seen("POST / a"));
            // What is answered holds nothing any more.
            let (_send, third) = send_request(&quic, &big, true).await.unwrap();
            assert_eq!(read_answer(&quic, third).await, seen("POST / a"));
        },
    );
}

#[test]
fn a_client_may_open_only_so_many_requests() {
    with_limits(
        |limits| limits.http3.streams_max = 2,
        async |quic| {
            let (_first, _answer) = send_request(&quic, &post(), false).await.unwrap();
            let (mut second, answer) = send_request(&quic, &post(), false).await.unwrap();
            let third = quic.open_bi();
            tokio::pin!(third);
            let early = tokio::time::timeout(SHORT, third.as_mut()).await;
            assert!(early.is_err(), "a third stream was open at once");
            second.finish().unwrap();
            assert_eq!(read_answer(&quic, answer).await, seen("POST / a"));
            third.await.unwrap();
        },
    );
}

#[test]
fn giving_up_request_after_request_ends_a_connection() {
    with_limits(
        |limits| limits.http3.resets_per_10s_max = 20,
        async |quic| {
            for _ in 0..=20 {
                let Ok((mut send, mut receive)) = send_request(&quic, &post(), false).await else { break };
                let _ = send.reset(0x10c_u32.into());
                let _ = receive.stop(0x10c_u32.into());
            }
            assert_eq!(closed(&quic).await, Outcome::Closed(EXCESSIVE_LOAD));
        },
    );
}

#[test]
fn so_many_requests_end_a_connection() {
    with_limits(
        |limits| limits.http1.requests_per_connection_max = 2,
        async |quic| {
            for _ in 0..2 {
                let (_send, receive) = send_request(&quic, &post(), true).await.unwrap();
                assert_eq!(read_answer(&quic, receive).await, seen("POST / a"));
            }
            assert_eq!(closed(&quic).await, Outcome::Closed(NO_ERROR));
        },
    );
}
