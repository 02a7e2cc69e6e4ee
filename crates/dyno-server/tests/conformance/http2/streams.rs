//! States and numbers of streams, and blocks of several frames.

use super::case::{
    Expected, answered, case, check_all, connection_error, echoed, protocol_error, stream_error,
};
use super::wire::{
    code, data, flag, frame, headers, kind, ping, priority, request, reset, settings, window_update,
};

fn get(stream: u32) -> Vec<u8> {
    headers(flag::WHOLE, stream, &request("GET"))
}

fn post(stream: u32) -> Vec<u8> {
    headers(flag::END_HEADERS, stream, &request("POST"))
}

/// Settings that keep answers from being sent, so that their streams stay half-closed.
fn no_window() -> Vec<u8> {
    settings(&[(4, 0)])
}

/// What may be said of a closed stream: that it is closed, or, once it is forgotten, that its number is too low.
fn closed() -> Vec<u32> {
    vec![code::STREAM_CLOSED, code::PROTOCOL]
}

fn continuation(flags: u8, stream: u32, block: &[u8]) -> Vec<u8> {
    frame(kind::CONTINUATION, flags, stream, block)
}

#[test]
fn states() {
    check_all(
        "HTTP/2: stream states",
        &[
            case("refuses DATA on an idle stream", "9113 5.1", &[data(1, 1, b"x")], protocol_error()),
            case(
                "refuses RST_STREAM on an idle stream",
                "9113 5.1",
                &[reset(1, code::CANCEL)],
                protocol_error(),
            ),
            case(
                "refuses WINDOW_UPDATE on an idle stream",
                "9113 5.1",
                &[window_update(1, 100)],
                protocol_error(),
            ),
            case(
                "refuses CONTINUATION on an idle stream",
                "9113 5.1",
                &[continuation(flag::END_HEADERS, 1, &request("GET"))],
                protocol_error(),
            ),
            case(
                "refuses DATA on a half-closed stream",
                "9113 5.1",
                &[no_window(), get(1), data(1, 1, b"x")],
                Expected::ErrorAnywhere(vec![code::STREAM_CLOSED]),
            ),
            case(
                "refuses DATA on a closed stream",
                "9113 5.1",
                &[get(1), data(1, 1, b"x")],
                Expected::ErrorAnywhere(closed()),
            ),
            case(
                "refuses HEADERS on a half-closed stream",
                "9113 5.1",
                &[no_window(), get(1), get(1)],
                Expected::ErrorAnywhere(vec![code::STREAM_CLOSED]),
            ),
            case(
                "refuses HEADERS on a closed stream",
                "9113 5.1",
                &[get(1), get(1)],
                Expected::ErrorAnywhere(closed()),
            ),
            case(
                "refuses CONTINUATION behind the end of a stream",
                "9113 5.1",
                &[get(1), continuation(flag::END_HEADERS, 1, &request("GET"))],
                connection_error(&[code::STREAM_CLOSED, code::PROTOCOL]),
            ),
            case(
                "refuses DATA behind RST_STREAM",
                "9113 5.1",
                &[post(1), reset(1, code::CANCEL), data(1, 1, b"x")],
                Expected::ErrorAnywhere(closed()),
            ),
            case(
                "refuses HEADERS behind RST_STREAM",
                "9113 5.1",
                &[post(1), reset(1, code::CANCEL), get(1)],
                Expected::ErrorAnywhere(closed()),
            ),
            case(
                "refuses CONTINUATION behind RST_STREAM",
                "9113 5.1",
                &[post(1), reset(1, code::CANCEL), continuation(flag::END_HEADERS, 1, &request("GET"))],
                connection_error(&[code::STREAM_CLOSED, code::PROTOCOL]),
            ),
            case(
                "takes WINDOW_UPDATE on a half-closed stream",
                "9113 5.1",
                &[get(1), window_update(1, 100)],
                answered(1, 200),
            ),
            case(
                "takes RST_STREAM on a half-closed stream",
                "9113 5.1",
                &[get(1), reset(1, code::CANCEL)],
                Expected::Alive,
            ),
            case(
                "takes PRIORITY on a half-closed stream",
                "9113 5.1",
                &[get(1), priority(1, 0, 7)],
                answered(1, 200),
            ),
            case(
                "takes RST_STREAM of an open stream",
                "9113 6.4",
                &[post(1), reset(1, code::CANCEL), get(3)],
                echoed(3, "GET / a"),
            ),
            case("refuses an even stream", "9113 5.1.1", &[get(2)], protocol_error()),
            case(
                "refuses a stream below the last one",
                "9113 5.1.1",
                &[get(5), get(3)],
                connection_error(&[code::PROTOCOL, code::STREAM_CLOSED]),
            ),
            case(
                "takes streams with gaps between",
                "9113 5.1.1",
                &[get(1), get(7), get(101)],
                Expected::Answered([(1, 200), (7, 200), (101, 200)].into()),
            ),
            case(
                "takes the largest stream",
                "9113 5.1.1",
                &[get(0x7fff_ffff)],
                echoed(0x7fff_ffff, "GET / a"),
            ),
            case(
                "refuses a second HEADERS without the end of the stream",
                "9113 8.1",
                &[post(1), headers(flag::END_HEADERS, 1, &super::wire::block(&[("x", "y")]))],
                stream_error(1, &[code::PROTOCOL]),
            ),
        ],
    );
}

#[test]
fn blocks() {
    let whole = request("GET");
    let (first, rest) = whole.split_at(10);
    let (second, third) = rest.split_at(10);
    let begun = |stream: u32| headers(flag::END_STREAM, stream, first);
    check_all(
        "HTTP/2: CONTINUATION",
        &[
            case(
                "takes one CONTINUATION",
                "9113 6.10",
                &[begun(1), continuation(flag::END_HEADERS, 1, rest)],
                echoed(1, "GET / a"),
            ),
            case(
                "takes several CONTINUATION",
                "9113 6.10",
                &[begun(1), continuation(0, 1, second), continuation(flag::END_HEADERS, 1, third)],
                echoed(1, "GET / a"),
            ),
            case(
                "takes an empty CONTINUATION at the end",
                "9113 6.10",
                &[headers(flag::END_STREAM, 1, &whole), continuation(flag::END_HEADERS, 1, &[])],
                echoed(1, "GET / a"),
            ),
            case(
                "refuses PRIORITY within a block",
                "9113 4.3",
                &[begun(1), priority(1, 0, 0), continuation(flag::END_HEADERS, 1, rest)],
                protocol_error(),
            ),
            case("refuses PING within a block", "9113 6.10", &[begun(1), ping([0; 8])], protocol_error()),
            case("refuses DATA within a block", "9113 6.10", &[begun(1), data(1, 1, b"x")], protocol_error()),
            case(
                "refuses HEADERS of another stream within a block",
                "9113 6.2",
                &[begun(1), get(3)],
                protocol_error(),
            ),
            case(
                "refuses HEADERS of the same stream within a block",
                "9113 6.10",
                &[begun(1), headers(flag::END_HEADERS, 1, rest)],
                protocol_error(),
            ),
            case(
                "refuses CONTINUATION of another stream",
                "9113 6.10",
                &[begun(1), continuation(flag::END_HEADERS, 3, rest)],
                protocol_error(),
            ),
            case(
                "refuses an unknown frame within a block",
                "9113 5.5",
                &[begun(1), frame(kind::UNKNOWN, 0, 0, &[]), continuation(flag::END_HEADERS, 1, rest)],
                protocol_error(),
            ),
            case(
                "refuses CONTINUATION behind a whole block",
                "9113 6.10",
                &[post(1), continuation(flag::END_HEADERS, 1, &[])],
                protocol_error(),
            ),
            case(
                "refuses CONTINUATION behind a whole CONTINUATION",
                "9113 6.10",
                &[
                    headers(0, 1, first),
                    continuation(flag::END_HEADERS, 1, rest),
                    continuation(flag::END_HEADERS, 1, &[]),
                ],
                protocol_error(),
            ),
            case(
                "refuses CONTINUATION behind DATA",
                "9113 6.10",
                &[post(1), data(0, 1, b"x"), continuation(flag::END_HEADERS, 1, &[])],
                protocol_error(),
            ),
        ],
    );
}
