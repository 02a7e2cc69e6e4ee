//! Streams that carry no request: control, QPACK, push, and what is to be ignored (RFC 9114, section 6.2).

use super::case::{case, check_all, ignored, on_control, on_request, on_stream, seen};
use super::raw::{Outcome, data, frame, headers, request_fields, varint};

const CREATION_ERROR: Outcome = Outcome::Closed(0x103);
const CLOSED_CRITICAL: Outcome = Outcome::Closed(0x104);
const FRAME_UNEXPECTED: Outcome = Outcome::Closed(0x105);
const FRAME_ERROR: Outcome = Outcome::Closed(0x106);
const ID_ERROR: Outcome = Outcome::Closed(0x108);
const SETTINGS_ERROR: Outcome = Outcome::Closed(0x109);
const MISSING_SETTINGS: Outcome = Outcome::Closed(0x10a);

#[test]
fn unidirectional_streams() {
    check_all(
        "HTTP/3: streams",
        &[
            case("takes a control stream", "9114 6.2.1", [on_control("")], ignored()),
            case(
                "takes only one control stream",
                "9114 6.2.1",
                [on_control(""), on_control("")],
                CREATION_ERROR,
            ),
            case(
                "needs the control stream to stay open",
                "9114 6.2.1",
                [on_control("").finished()],
                CLOSED_CRITICAL,
            ),
            case("needs it not to be reset", "9114 6.2.1", [on_control("").reset()], CLOSED_CRITICAL),
            case(
                "takes only one encoder stream",
                "9204 4.2",
                [on_stream([2]), on_stream([2])],
                CREATION_ERROR,
            ),
            case(
                "takes only one decoder stream",
                "9204 4.2",
                [on_stream([3]), on_stream([3])],
                CREATION_ERROR,
            ),
            case("takes QPACK streams", "9204 4.2", [on_stream([2]), on_stream([3])], ignored()),
            case(
                "needs the encoder stream to stay open",
                "9204 4.2",
                [on_stream([2]).finished()],
                CLOSED_CRITICAL,
            ),
            case(
                "needs the decoder stream to stay open",
                "9204 4.2",
                [on_stream([3]).reset()],
                CLOSED_CRITICAL,
            ),
            case("takes no push stream from a client", "9114 6.2.2", [on_stream([1, 0])], CREATION_ERROR),
            case("ignores reserved stream types", "9114 6.2.3", [on_stream([0x21, 1, 2, 3])], ignored()),
            case(
                "ignores unknown stream types of every length",
                "9114 6.2",
                [on_stream([varint(0x1f * 900 + 0x21), vec![7; 5000]].concat()).finished()],
                ignored(),
            ),
            case(
                "tolerates a stream that ends before its type",
                "9114 6.2",
                [on_stream([0x40]).finished()],
                ignored(),
            ),
            case(
                "tolerates one that is reset before its type",
                "9114 6.2",
                [on_stream([0x40]).reset()],
                ignored(),
            ),
        ],
    );
}

#[test]
fn settings() {
    let control = |frames: &[Vec<u8>]| [on_stream([vec![0], frames.concat()].concat())];
    let setting = |id: u64, value: u64| [varint(id), varint(value)].concat();
    check_all(
        "HTTP/3: settings",
        &[
            case("needs SETTINGS first", "9114 6.2.1", control(&[frame(0x7, [0])]), MISSING_SETTINGS),
            case(
                "needs SETTINGS in front of MAX_PUSH_ID",
                "9114 7.2.4",
                control(&[frame(0xd, [0])]),
                MISSING_SETTINGS,
            ),
            case(
                "takes SETTINGS once",
                "9114 7.2.4",
                control(&[frame(0x4, ""), frame(0x4, "")]),
                FRAME_UNEXPECTED,
            ),
            case(
                "ignores unknown settings",
                "9114 7.2.4.1",
                control(&[frame(0x4, setting(0x21, 7))]),
                ignored(),
            ),
            case(
                "refuses setting 0x2 of HTTP/2",
                "9114 7.2.4.1",
                control(&[frame(0x4, setting(2, 0))]),
                SETTINGS_ERROR,
            ),
            case(
                "refuses setting 0x3 of HTTP/2",
                "9114 7.2.4.1",
                control(&[frame(0x4, setting(3, 0))]),
                SETTINGS_ERROR,
            ),
            case(
                "refuses setting 0x4 of HTTP/2",
                "9114 7.2.4.1",
                control(&[frame(0x4, setting(4, 0))]),
                SETTINGS_ERROR,
            ),
            case(
                "refuses setting 0x5 of HTTP/2",
                "9114 7.2.4.1",
                control(&[frame(0x4, setting(5, 0))]),
                SETTINGS_ERROR,
            ),
            case(
                "refuses a setting that stands twice",
                "9114 7.2.4",
                control(&[frame(0x4, [setting(6, 9), setting(6, 9)].concat())]),
                SETTINGS_ERROR,
            ),
            case("refuses settings cut short", "9114 7.1", control(&[frame(0x4, [0x6])]), FRAME_ERROR),
            case(
                "refuses an ENABLE_CONNECT_PROTOCOL of 2",
                "9220 3",
                control(&[frame(0x4, setting(8, 2))]),
                SETTINGS_ERROR,
            ),
            case(
                "takes no SETTINGS on a request stream",
                "9114 7.2.4",
                [on_request(frame(0x4, ""))],
                FRAME_UNEXPECTED,
            ),
        ],
    );
}

#[test]
fn control_frames() {
    let get = || on_request(headers(&request_fields("GET", "/", &[])));
    check_all(
        "HTTP/3: control frames",
        &[
            case("ignores unknown frames", "9114 9", [on_control(frame(0x21, "abc"))], ignored()),
            case("takes no DATA", "9114 7.2.1", [on_control(data("a"))], FRAME_UNEXPECTED),
            case("takes no HEADERS", "9114 7.2.2", [on_control(headers(&[]))], FRAME_UNEXPECTED),
            case(
                "takes no PUSH_PROMISE",
                "9114 7.2.5",
                [on_control(frame(0x5, [0, 0, 0]))],
                FRAME_UNEXPECTED,
            ),
            case("takes no PRIORITY of HTTP/2", "9114 7.2.8", [on_control(frame(0x2, ""))], FRAME_UNEXPECTED),
            case("takes no PING of HTTP/2", "9114 7.2.8", [on_control(frame(0x6, ""))], FRAME_UNEXPECTED),
            case(
                "takes no WINDOW_UPDATE of HTTP/2",
                "9114 7.2.8",
                [on_control(frame(0x8, ""))],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no CONTINUATION of HTTP/2",
                "9114 7.2.8",
                [on_control(frame(0x9, ""))],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes GOAWAY and answers on",
                "9114 5.2",
                [on_control(frame(0x7, [0])), get()],
                seen("GET / a"),
            ),
            case(
                "takes a GOAWAY that falls",
                "9114 5.2",
                [on_control([frame(0x7, [8]), frame(0x7, [4])].concat())],
                ignored(),
            ),
            case(
                "refuses a GOAWAY that rises",
                "9114 5.2",
                [on_control([frame(0x7, [4]), frame(0x7, [8])].concat())],
                ID_ERROR,
            ),
            case(
                "takes a MAX_PUSH_ID that rises",
                "9114 7.2.7",
                [on_control([frame(0xd, [4]), frame(0xd, [8])].concat())],
                ignored(),
            ),
            case(
                "refuses a MAX_PUSH_ID that falls",
                "9114 7.2.7",
                [on_control([frame(0xd, [8]), frame(0xd, [4])].concat())],
                ID_ERROR,
            ),
            case(
                "refuses to cancel what was not pushed",
                "9114 7.2.3",
                [on_control(frame(0x3, [0]))],
                ID_ERROR,
            ),
            case("refuses bytes behind a number", "9114 7.1", [on_control(frame(0x7, [0, 0]))], FRAME_ERROR),
            case("refuses a number cut short", "9114 7.1", [on_control(frame(0xd, [0x40]))], FRAME_ERROR),
            case(
                "takes PRIORITY_UPDATE",
                "9218 7.2",
                [on_control(frame(0xf0700, [&[0], &b"u=1"[..]].concat())), get()],
                seen("GET / a"),
            ),
            case(
                "refuses a priority for no request",
                "9218 7.2",
                [on_control(frame(0xf0700, [1]))],
                ID_ERROR,
            ),
            case("refuses a priority for no push", "9218 7.2", [on_control(frame(0xf0701, [0]))], ID_ERROR),
        ],
    );
}
