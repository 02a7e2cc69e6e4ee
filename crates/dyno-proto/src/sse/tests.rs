//! Events as the HTML standard tells them, and the property that decoding undoes encoding.

use proptest::prelude::*;

use super::*;

fn decode_pieces(wire: &[u8], cut: usize) -> Vec<SseEvent> {
    let mut decoder = SseDecoder::default();
    let mut events = Vec::new();
    for mut piece in wire.chunks(cut.max(1)) {
        while !piece.is_empty() {
            let (used, event) = decoder.decode(piece).expect("within the limits");
            events.extend(event);
            piece = &piece[used..];
        }
    }
    events
}

fn check_data(wire: &str, expected: &[&str]) {
    for cut in [1, 2, 7, wire.len()] {
        let found: Vec<String> =
            decode_pieces(wire.as_bytes(), cut).into_iter().map(|event| event.data).collect();
        assert_eq!(found, expected, "in pieces of {cut}");
    }
}

#[test]
fn the_examples_of_the_standard() {
    check_data("data: YHOO\ndata: +2\ndata: 10\n\n", &["YHOO\n+2\n10"]);
    check_data(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &["first event", "second event", " third event"],
    );
    check_data("data:test\n\ndata: test\n\n", &["test", "test"]);
}

#[test]
fn an_event_without_data_is_forgotten() {
    check_data("event: empty\n\ndata\n\ndata: x\n\n", &["x"]);
}

#[test]
fn an_event_that_is_not_ended_is_not_dispatched() {
    check_data("data: half\n", &[]);
}

#[test]
fn any_line_end_and_a_byte_order_mark() {
    check_data("\u{FEFF}data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\rdata: e\n\n", &["a\nb\nc", "d", "e"]);
}

#[test]
fn fields_that_nobody_knows_are_ignored() {
    check_data("foo: bar\nDATA: x\nretry: soon\ndata: y\n\n", &["y"]);
}

#[test]
fn the_last_id_stays_until_the_next() {
    let events = decode_pieces(b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: \0\ndata: d\n\n", 3);
    let ids: Vec<Option<&str>> = events.iter().map(|event| event.id.as_deref()).collect();
    assert_eq!(ids, [Some("1"), Some("1"), Some(""), Some("")]);
}

#[test]
fn retry_is_whole_milliseconds() {
    let events = decode_pieces(b"retry: 1500\ndata: a\n\n", 64);
    assert_eq!(events[0].retry, Some(Duration::from_millis(1500)));
}

#[test]
fn an_event_above_the_limit_is_an_error() {
    let mut decoder = SseDecoder::new(SseLimits { event_bytes_max: 10 });
    assert_eq!(decoder.decode(b"data: 0123456789"), Err(SseTooLong { limit: 10 }));
}

#[test]
fn comments_and_small_events_never_reach_the_limit() {
    let mut decoder = SseDecoder::new(SseLimits { event_bytes_max: 10 });
    for _ in 0..10 {
        assert_eq!(decoder.decode(b": hello\n\n"), Ok((9, None)));
    }
}

#[test]
fn a_kind_or_id_cannot_inject_lines() {
    for event in [
        SseEvent::new("x").with_event("a\ndata: b"),
        SseEvent::new("x").with_id("a\rb"),
        SseEvent::new("x").with_id("\0"),
    ] {
        let mut out = Vec::new();
        assert!(event.encode(&mut out).is_err());
        assert!(out.is_empty());
    }
}

#[test]
fn a_comment_of_two_lines_stays_a_comment() {
    let mut out = Vec::new();
    encode_comment(&mut out, "keep\ndata: alive");
    assert_eq!(out, b": keep\n: data: alive\n\n");
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(
        data in "[a-z \r\n:é]{1,40}",
        event in proptest::option::of("[a-z :]{1,8}"),
        id in proptest::option::of("[a-z0-9]{0,8}"),
        retry_ms in proptest::option::of(0_u64..100_000),
        cut in 1_usize..20,
    ) {
        let sent = SseEvent { event, data, id, retry: retry_ms.map(Duration::from_millis) };
        let mut wire = Vec::new();
        sent.encode(&mut wire).expect("nothing in it ends a line");
        let expected = SseEvent { data: sent.data.replace("\r\n", "\n").replace('\r', "\n"), ..sent };
        prop_assert_eq!(decode_pieces(&wire, cut), vec![expected]);
    }

    #[test]
    fn any_bytes_in_any_split_give_the_same_events(wire in proptest::collection::vec(any::<u8>(), 0..300), cut in 1_usize..40) {
        prop_assert_eq!(decode_pieces(&wire, cut), decode_pieces(&wire, wire.len()));
    }
}
