//! Frames: their sizes, padding, streams, and what is ignored.

use super::case::{
    Expected, answered, case, check_all, connection_error, echoed, protocol_error, stream_error,
};
use super::wire::{
    code, data, flag, frame, headers, kind, ping, priority, request, request_with, reset, settings,
    window_update,
};

const GET: fn() -> Vec<u8> = || request("GET");

#[test]
fn frames() {
    let post = || headers(flag::END_HEADERS, 1, &request("POST"));
    let get = || headers(flag::WHOLE, 1, &GET());
    let padded = |kind: u8, flags: u8, pad: u8, payload: &[u8]| {
        frame(kind, flags | flag::PADDED, 1, &[&[pad][..], payload, &vec![0; usize::from(pad)]].concat())
    };
    let mut reserved = headers(flag::WHOLE, 1, &GET());
    reserved[5] |= 0x80;
    check_all(
        "HTTP/2: frames",
        &[
            case(
                "ignores a frame of unknown type",
                "9113 4.1",
                &[frame(kind::UNKNOWN, 0, 0, b"abc"), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "ignores an unknown frame on a stream",
                "9113 5.5",
                &[post(), frame(kind::UNKNOWN, 0xff, 1, b"abc"), data(1, 1, b"x")],
                echoed(1, "POST / a: x"),
            ),
            case(
                "ignores undefined flags",
                "9113 4.1",
                &[frame(kind::PING, 0x16, 0, &[0; 8]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "ignores undefined flags of HEADERS",
                "9113 4.1",
                &[headers(flag::WHOLE | 0xd2 & 0xd2, 1, &GET())],
                echoed(1, "GET / a"),
            ),
            case("ignores the reserved bit", "9113 4.1", &[reserved], echoed(1, "GET / a")),
            case(
                "takes DATA",
                "9113 6.1",
                &[post(), data(flag::END_STREAM, 1, b"ab")],
                echoed(1, "POST / a: ab"),
            ),
            case(
                "takes several DATA",
                "9113 6.1",
                &[post(), data(0, 1, b"a"), data(0, 1, b"b"), data(flag::END_STREAM, 1, b"c")],
                echoed(1, "POST / a: abc"),
            ),
            case(
                "takes an empty DATA at the end",
                "9113 6.1",
                &[post(), data(0, 1, b"a"), data(flag::END_STREAM, 1, b"")],
                echoed(1, "POST / a: a"),
            ),
            case(
                "takes padded DATA",
                "9113 6.1",
                &[post(), padded(kind::DATA, flag::END_STREAM, 5, b"ab")],
                echoed(1, "POST / a: ab"),
            ),
            case(
                "takes padded DATA without padding",
                "9113 6.1",
                &[post(), padded(kind::DATA, flag::END_STREAM, 0, b"ab")],
                echoed(1, "POST / a: ab"),
            ),
            case(
                "takes DATA of 2^14 bytes",
                "9113 4.2",
                &[post(), data(flag::END_STREAM, 1, &[b'x'; 16_384])],
                echoed(1, &format!("POST / a: {}", "x".repeat(16_384))),
            ),
            case(
                "takes padded HEADERS",
                "9113 6.2",
                &[padded(kind::HEADERS, flag::WHOLE, 5, &GET())],
                echoed(1, "GET / a"),
            ),
            case(
                "takes HEADERS with priority",
                "9113 6.2",
                &[headers(flag::WHOLE | flag::PRIORITY, 1, &[&[0, 0, 0, 0, 15][..], &GET()].concat())],
                echoed(1, "GET / a"),
            ),
            case(
                "takes HEADERS padded and with priority",
                "9113 6.2",
                &[frame(
                    kind::HEADERS,
                    flag::WHOLE | flag::PRIORITY | flag::PADDED,
                    1,
                    &[&[3, 0x80, 0, 0, 0, 255][..], &GET(), &[0; 3]].concat(),
                )],
                echoed(1, "GET / a"),
            ),
            case("answers PING with the same payload", "9113 6.7", &[ping(*b"12345678")], Expected::Alive),
            case(
                "does not answer PING with ACK",
                "9113 6.7",
                &[frame(kind::PING, flag::ACK, 0, b"alive??!")],
                Expected::Alive,
            ),
            case(
                "takes GOAWAY and serves what is open",
                "9113 6.8",
                &[get(), frame(kind::GOAWAY, 0, 0, &[0; 8])],
                echoed_before_end(),
            ),
            case(
                "takes GOAWAY with an unknown code",
                "9113 7",
                &[get(), frame(kind::GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 0xff])],
                echoed_before_end(),
            ),
            case(
                "takes RST_STREAM with an unknown code",
                "9113 7",
                &[post(), reset(1, 0xff)],
                Expected::Alive,
            ),
            case(
                "takes WINDOW_UPDATE of the connection",
                "9113 6.9",
                &[window_update(0, 1), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes WINDOW_UPDATE of a stream",
                "9113 6.9",
                &[post(), window_update(1, 1), data(1, 1, b"x")],
                echoed(1, "POST / a: x"),
            ),
            case("refuses DATA on stream 0", "9113 6.1", &[data(0, 0, b"x")], protocol_error()),
            case(
                "refuses HEADERS on stream 0",
                "9113 6.2",
                &[headers(flag::WHOLE, 0, &GET())],
                protocol_error(),
            ),
            case("refuses PRIORITY on stream 0", "9113 6.3", &[priority(0, 0, 1)], protocol_error()),
            case("refuses RST_STREAM on stream 0", "9113 6.4", &[reset(0, code::CANCEL)], protocol_error()),
            case(
                "refuses CONTINUATION on stream 0",
                "9113 6.10",
                &[headers(flag::END_STREAM, 1, &GET()), frame(kind::CONTINUATION, flag::END_HEADERS, 0, &[])],
                protocol_error(),
            ),
            case(
                "refuses SETTINGS on a stream",
                "9113 6.5",
                &[frame(kind::SETTINGS, 0, 1, &[])],
                protocol_error(),
            ),
            case(
                "refuses PING on a stream",
                "9113 6.7",
                &[frame(kind::PING, 0, 1, &[0; 8])],
                protocol_error(),
            ),
            case(
                "refuses GOAWAY on a stream",
                "9113 6.8",
                &[frame(kind::GOAWAY, 0, 1, &[0; 8])],
                protocol_error(),
            ),
            case(
                "refuses PUSH_PROMISE",
                "9113 8.4",
                &[frame(kind::PUSH_PROMISE, flag::END_HEADERS, 1, &[&[0, 0, 0, 2][..], &GET()].concat())],
                protocol_error(),
            ),
            case(
                "refuses DATA of nothing but a pad length that is too long",
                "9113 6.1",
                &[post(), frame(kind::DATA, flag::PADDED | 1, 1, &[5, b'a'])],
                protocol_error(),
            ),
            case(
                "refuses padded DATA without a pad length",
                "9113 6.1",
                &[post(), frame(kind::DATA, flag::PADDED | 1, 1, &[])],
                connection_error(&[code::PROTOCOL, code::FRAME_SIZE]),
            ),
            case(
                "refuses HEADERS with a pad length that is too long",
                "9113 6.2",
                &[frame(kind::HEADERS, flag::WHOLE | flag::PADDED, 1, &[&[200][..], &GET()].concat())],
                protocol_error(),
            ),
        ],
    );
}

/// The client said that it goes; the stream is answered, and the server may close.
fn echoed_before_end() -> Expected {
    Expected::EchoedThenEnd(1, "GET / a".to_owned())
}

#[test]
fn sizes() {
    let post = || headers(flag::END_HEADERS, 1, &request("POST"));
    let long = "x".repeat(17_000);
    check_all(
        "HTTP/2: frame sizes",
        &[
            case(
                "refuses DATA above the largest frame",
                "9113 4.2",
                &[post(), data(1, 1, &[b'x'; 16_385])],
                Expected::ErrorAnywhere(vec![code::FRAME_SIZE]),
            ),
            case(
                "refuses HEADERS above the largest frame",
                "9113 4.2",
                &[headers(flag::WHOLE, 1, &request_with("GET", "/", &[("x", &long)]))],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses an unknown frame above the largest one",
                "9113 4.2",
                &[frame(kind::UNKNOWN, 0, 0, &[0; 16_385])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses PRIORITY of 4 bytes",
                "9113 6.3",
                &[post(), frame(kind::PRIORITY, 0, 1, &[0; 4])],
                stream_error(1, &[code::FRAME_SIZE]),
            ),
            case(
                "refuses RST_STREAM of 3 bytes",
                "9113 6.4",
                &[post(), frame(kind::RST_STREAM, 0, 1, &[0; 3])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses SETTINGS of 5 bytes",
                "9113 6.5",
                &[frame(kind::SETTINGS, 0, 0, &[0; 5])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses an acknowledgement with parameters",
                "9113 6.5",
                &[frame(kind::SETTINGS, flag::ACK, 0, &[0, 1, 0, 0, 0, 0])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses PING of 6 bytes",
                "9113 6.7",
                &[frame(kind::PING, 0, 0, &[0; 6])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses PING of 9 bytes",
                "9113 6.7",
                &[frame(kind::PING, 0, 0, &[0; 9])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses GOAWAY of 7 bytes",
                "9113 6.8",
                &[frame(kind::GOAWAY, 0, 0, &[0; 7])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses WINDOW_UPDATE of 3 bytes",
                "9113 6.9",
                &[frame(kind::WINDOW_UPDATE, 0, 0, &[0; 3])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case(
                "refuses WINDOW_UPDATE of 5 bytes on a stream",
                "9113 6.9",
                &[post(), frame(kind::WINDOW_UPDATE, 0, 1, &[0; 5])],
                connection_error(&[code::FRAME_SIZE]),
            ),
            case("takes SETTINGS without parameters", "9113 6.5", &[settings(&[])], Expected::Alive),
        ],
    );
}

#[test]
fn priorities() {
    let get = || headers(flag::WHOLE, 3, &GET());
    check_all(
        "HTTP/2: old priorities",
        &[
            case(
                "takes PRIORITY of weight 1",
                "9113 5.3.2",
                &[priority(1, 0, 0), get()],
                echoed(3, "GET / a"),
            ),
            case(
                "takes PRIORITY of weight 256",
                "9113 5.3.2",
                &[priority(1, 0, 255), get()],
                echoed(3, "GET / a"),
            ),
            case(
                "takes PRIORITY with a dependency",
                "9113 5.3.2",
                &[priority(1, 0, 0), priority(3, 1, 0), get()],
                echoed(3, "GET / a"),
            ),
            case(
                "takes PRIORITY with the exclusive bit",
                "9113 5.3.2",
                &[priority(3, 0x8000_0001, 0), get()],
                echoed(3, "GET / a"),
            ),
            case(
                "takes PRIORITY of an idle stream, then a lower one",
                "9113 5.1.1",
                &[priority(5, 0, 0), get()],
                echoed(3, "GET / a"),
            ),
            case(
                "takes PRIORITY of a closed stream",
                "9113 5.1",
                &[get(), priority(1, 0, 0), headers(flag::WHOLE, 5, &GET())],
                echoed(5, "GET / a"),
            ),
            case(
                "takes PRIORITY of a half-closed stream",
                "9113 5.1",
                &[get(), priority(3, 0, 0)],
                answered(3, 200),
            ),
            case(
                "takes or refuses PRIORITY that depends on itself",
                "9113 5.3.1",
                &[priority(3, 3, 0)],
                Expected::AliveOr(vec![code::PROTOCOL]),
            ),
            case(
                "takes or refuses HEADERS that depend on themselves",
                "9113 5.3.1",
                &[headers(flag::WHOLE | flag::PRIORITY, 3, &[&[0, 0, 0, 3, 15][..], &GET()].concat())],
                Expected::AliveOr(vec![code::PROTOCOL]),
            ),
        ],
    );
}
