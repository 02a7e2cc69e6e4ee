//! Properties that hold across the codec: any split gives the same events, decoding undoes encoding, nothing panics.

use proptest::prelude::*;

use super::*;

/// What one response decodes to, with data joined so that only the content counts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Decoded {
    head: Option<ResponseHead>,
    body: Vec<u8>,
    trailers: Option<Headers>,
    end: Option<ResponseEnd>,
    failed: bool,
    left_over: Vec<u8>,
}

fn decode_response(wire: &[u8], cuts: &[usize], context: ResponseContext) -> Decoded {
    let mut decoder = ResponseDecoder::new(context, HeadLimits::CLIENT);
    let mut decoded = Decoded::default();
    let mut buffer: Vec<u8> = Vec::new();
    for piece in pieces(wire, cuts) {
        buffer.extend_from_slice(piece);
        if decoded.end.is_some() || decoded.failed {
            continue;
        }
        loop {
            let used = match decoder.decode(&buffer) {
                Err(_) => {
                    decoded.failed = true;
                    break;
                }
                Ok((used, event)) => {
                    match event {
                        ResponseEvent::NeedMore => {
                            buffer.drain(..used);
                            break;
                        }
                        ResponseEvent::Head(head) => decoded.head = Some(head.clone()),
                        ResponseEvent::Data(data) => decoded.body.extend_from_slice(data),
                        ResponseEvent::Trailers(trailers) => decoded.trailers = Some(trailers.clone()),
                        ResponseEvent::End(end) => decoded.end = Some(end),
                    }
                    used
                }
            };
            buffer.drain(..used);
            if decoded.end.is_some() {
                break;
            }
        }
    }
    if decoded.end.is_none() && !decoded.failed {
        match decoder.finish() {
            Ok(end) => decoded.end = Some(end),
            Err(_) => decoded.failed = true,
        }
    }
    if !decoded.failed {
        decoded.left_over = buffer;
    }
    decoded
}

fn pieces<'a>(wire: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (wire.len() + 1)).collect();
    ends.push(wire.len());
    ends.sort_unstable();
    let mut start = 0;
    let mut pieces = Vec::new();
    for end in ends {
        pieces.push(&wire[start..end]);
        start = end;
    }
    pieces
}

fn field_name() -> impl Strategy<Value = String> {
    "x-[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,12}"
}

fn field_value() -> impl Strategy<Value = Vec<u8>> {
    "([!-~]([ -~]{0,20}[!-~])?)?".prop_map(String::into_bytes)
}

fn response_wire() -> impl Strategy<Value = (Vec<u8>, ResponseContext)> {
    let interim =
        prop_oneof![Just(""), Just("HTTP/1.1 100 Continue\r\n\r\n"), Just("HTTP/1.1 103 \r\na: b\r\n\r\n")];
    let status = prop_oneof![Just(200_u16), Just(204), Just(304), Just(503), Just(101)];
    let framing = 0..4_u8;
    let chunks = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..5);
    let fields = prop::collection::vec((field_name(), field_value()), 0..6);
    let context = prop_oneof![
        Just(ResponseContext::Ordinary),
        Just(ResponseContext::Head),
        Just(ResponseContext::Connect)
    ];
    (interim, status, framing, chunks, fields, context, prop::collection::vec(any::<u8>(), 0..8)).prop_map(
        |(interim, status, framing, chunks, fields, context, behind)| {
            let body = chunks.concat();
            let length = body.len().to_string();
            let mut all: Vec<(&str, &[u8])> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
            match framing {
                0 => all.push(("Content-Length", length.as_bytes())),
                1 => all.push(("Transfer-Encoding", b"chunked")),
                _ => {}
            }
            let mut wire = interim.as_bytes().to_vec();
            encode_response_head(&mut wire, status, all).unwrap();
            if framing == 1 {
                chunks.iter().for_each(|chunk| encode_chunk(&mut wire, chunk));
                let trailers: &[(&str, &[u8])] = if chunks.len() > 2 { &[("x-sum", b"1")] } else { &[] };
                encode_last_chunk(&mut wire, trailers.iter().copied()).unwrap();
            } else {
                wire.extend_from_slice(&body);
            }
            wire.extend_from_slice(&behind);
            (wire, context)
        },
    )
}

proptest! {
    #[test]
    fn any_split_of_a_response_gives_the_same_events(
        (wire, context) in response_wire(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        lost in 0..30_usize,
    ) {
        let wire = &wire[..wire.len() - lost.min(wire.len())];
        prop_assert_eq!(decode_response(wire, &cuts, context), decode_response(wire, &[], context));
        let every_byte: Vec<usize> = (0..wire.len()).collect();
        prop_assert_eq!(decode_response(wire, &every_byte, context), decode_response(wire, &[], context));
    }

    #[test]
    fn damaged_responses_fail_alike_for_every_split(
        (mut wire, context) in response_wire(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        at in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let at = at % wire.len();
        wire[at] = byte;
        let whole = decode_response(&wire, &[], context);
        let split = decode_response(&wire, &cuts, context);
        prop_assert_eq!(split.failed, whole.failed);
        if !whole.failed {
            prop_assert_eq!(split, whole);
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        for start in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
            let wire = [start, &bytes].concat();
            decode_response(&wire, &cuts, ResponseContext::Ordinary);
        }
        for start in [&b""[..], b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET /"] {
            let wire = [start, &bytes].concat();
            let mut decoder = RequestDecoder::new(HeadLimits::SERVER);
            if let Ok(Some(head)) = decoder.decode_head(&wire) {
                let view = head.view(&wire);
                let _ = (view.method(), view.path(), view.query(), view.host(), view.headers().count());
            }
        }
    }

    #[test]
    fn decoding_a_request_undoes_encoding(
        method in "[A-Z]{3,8}".prop_filter("other target form", |method| method != "CONNECT"),
        path in "/[a-z0-9/%._-]{0,30}",
        query in prop::option::of("[a-z0-9=&?/]{0,20}"),
        fields in prop::collection::vec((field_name(), field_value()), 0..10),
        cut in any::<usize>(),
    ) {
        let target = query.as_ref().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let host: (&str, &[u8]) = ("Host", b"localhost:8080");
        let all = || std::iter::once(host).chain(fields.iter().map(|(name, value)| (name.as_str(), &value[..])));
        let mut wire = Vec::new();
        encode_request_head(&mut wire, &method, &target, all()).unwrap();
        let head_bytes = wire.len();
        wire.extend_from_slice(b"GET /next");

        let mut decoder = RequestDecoder::new(HeadLimits::SERVER);
        prop_assert_eq!(decoder.decode_head(&wire[..cut % head_bytes]), Ok(None));
        let head = decoder.decode_head(&wire).unwrap().unwrap();
        prop_assert_eq!(head.bytes, head_bytes);
        let view = head.view(&wire);
        prop_assert_eq!(view.method(), method);
        prop_assert_eq!(view.path(), path);
        prop_assert_eq!(view.query(), query.as_deref());
        prop_assert_eq!(view.host(), Some("localhost:8080"));
        prop_assert_eq!(view.headers().collect::<Vec<_>>(), all().collect::<Vec<_>>());
    }

    #[test]
    fn dates_follow_the_calendar(days in 0..2_900_000_u64, second in 0..86_400_u64) {
        let text = imf_fixdate(days * 86_400 + second);
        let text = str::from_utf8(&text).unwrap();
        let next = imf_fixdate((days + 1) * 86_400);
        prop_assert!(text.ends_with(" GMT"));
        prop_assert_eq!(&text[17..25], format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60));
        let day: u32 = text[5..7].parse().unwrap();
        let day_after: u32 = str::from_utf8(&next[5..7]).unwrap().parse().unwrap();
        prop_assert!(day_after == day + 1 || (day_after == 1 && day >= 28));
    }
}

#[test]
fn known_dates() {
    for (unix_s, expected) in [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        assert_eq!(str::from_utf8(&imf_fixdate(unix_s)).unwrap(), expected);
    }
}

#[test]
fn encoders_refuse_what_would_split_a_message() {
    let mut out = b"kept".to_vec();
    let fields: [(&str, &[u8]); 1] = [("a", b"b\r\nc: d")];
    assert!(encode_response_head(&mut out, 200, fields).is_err());
    assert!(encode_request_head(&mut out, "GET", "/", fields).is_err());
    assert!(encode_request_head(&mut out, "GET", "/ HTTP/1.1\r\n", []).is_err());
    assert!(encode_request_head(&mut out, "G T", "/", []).is_err());
    assert!(encode_last_chunk(&mut out, fields).is_err());
    assert!(encode_field(&mut out, "a b", b"").is_err());
    assert!(encode_response_head(&mut out, 99, []).is_err());
    assert_eq!(out, b"kept");
}
