//! Frames on request streams: their order, their lengths, and what does not belong there (RFC 9114, sections 4.1 and 7).

use super::case::{case, check_all, on_request, seen, status};
use super::raw::{Outcome, data, frame, headers, request_fields, varint};

const FRAME_UNEXPECTED: Outcome = Outcome::Closed(0x105);
const FRAME_ERROR: Outcome = Outcome::Closed(0x106);
const EXCESSIVE_LOAD: Outcome = Outcome::Closed(0x107);
const REQUEST_INCOMPLETE: Outcome = Outcome::Reset(0x10d);

#[test]
fn order() {
    let get = || headers(&request_fields("GET", "/", &[]));
    let post = || headers(&request_fields("POST", "/", &[]));
    let trailers = || headers(&[("x", "y")]);
    check_all(
        "HTTP/3: order of frames",
        &[
            case("answers a request without a body", "9114 4.1", [on_request(get())], seen("GET / a")),
            case(
                "joins the pieces of a body",
                "9114 4.1",
                [on_request([post(), data("ab"), data(""), data("c")].concat())],
                seen("POST / a: abc"),
            ),
            case(
                "takes trailers",
                "9114 4.1",
                [on_request([post(), data("ab"), trailers()].concat())],
                seen("POST / a: ab"),
            ),
            case(
                "takes trailers without a body",
                "9114 4.1",
                [on_request([post(), trailers()].concat())],
                seen("POST / a"),
            ),
            case(
                "ignores unknown frames between the others",
                "9114 4.1",
                [on_request(
                    [
                        frame(0x21, "x"),
                        post(),
                        frame(0x40, "y"),
                        data("ab"),
                        frame(0x21, ""),
                        trailers(),
                        frame(0x21, "z"),
                    ]
                    .concat(),
                )],
                seen("POST / a: ab"),
            ),
            case(
                "takes no DATA in front of HEADERS",
                "9114 4.1",
                [on_request([data("a"), get()].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no DATA behind trailers",
                "9114 4.1",
                [on_request([post(), trailers(), data("a")].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes trailers once",
                "9114 4.1",
                [on_request([post(), trailers(), trailers()].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no CANCEL_PUSH",
                "9114 7.2.3",
                [on_request([get(), frame(0x3, [0])].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no SETTINGS",
                "9114 7.2.4",
                [on_request([get(), frame(0x4, "")].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no PUSH_PROMISE",
                "9114 7.2.5",
                [on_request([get(), frame(0x5, [0, 0, 0])].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no GOAWAY",
                "9114 7.2.6",
                [on_request([get(), frame(0x7, [0])].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no MAX_PUSH_ID",
                "9114 7.2.7",
                [on_request([get(), frame(0xd, [0])].concat())],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no PRIORITY of HTTP/2",
                "9114 7.2.8",
                [on_request([get(), frame(0x2, "")].concat())],
                FRAME_UNEXPECTED,
            ),
            case("takes no PING of HTTP/2", "9114 7.2.8", [on_request(frame(0x6, ""))], FRAME_UNEXPECTED),
            case(
                "takes no WINDOW_UPDATE of HTTP/2",
                "9114 7.2.8",
                [on_request(frame(0x8, ""))],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no CONTINUATION of HTTP/2",
                "9114 7.2.8",
                [on_request(frame(0x9, ""))],
                FRAME_UNEXPECTED,
            ),
            case(
                "takes no PRIORITY_UPDATE on a request stream",
                "9218 7.2",
                [on_request(frame(0xf0700, [0]))],
                FRAME_UNEXPECTED,
            ),
        ],
    );
}

#[test]
fn ends() {
    let post = || headers(&request_fields("POST", "/", &[]));
    let cut = |bytes: Vec<u8>, by: usize| bytes[..bytes.len() - by].to_vec();
    check_all(
        "HTTP/3: ends of streams",
        &[
            case(
                "resets a stream that ends without a request",
                "9114 4.1",
                [on_request("")],
                REQUEST_INCOMPLETE,
            ),
            case(
                "resets one that only has unknown frames",
                "9114 4.1",
                [on_request(frame(0x21, "x"))],
                REQUEST_INCOMPLETE,
            ),
            case("refuses a cut HEADERS frame", "9114 7.1", [on_request(cut(post(), 1))], FRAME_ERROR),
            case(
                "refuses a cut DATA frame",
                "9114 7.1",
                [on_request(cut([post(), data("abc")].concat(), 1))],
                FRAME_ERROR,
            ),
            case(
                "refuses a DATA frame without its payload",
                "9114 7.1",
                [on_request(cut([post(), data("abc")].concat(), 3))],
                FRAME_ERROR,
            ),
            case(
                "refuses a frame cut inside of its type",
                "9114 7.1",
                [on_request([post(), vec![0x40]].concat())],
                FRAME_ERROR,
            ),
            case(
                "refuses a cut unknown frame",
                "9114 7.1",
                [on_request([post(), vec![0x21, 5, 1]].concat())],
                FRAME_ERROR,
            ),
            case(
                "bounds frames without content",
                "9114 10.5",
                [on_request([post(), data("").repeat(2_000)].concat())],
                EXCESSIVE_LOAD,
            ),
            case(
                "keeps nothing of an endless unknown frame",
                "9114 9",
                [on_request([vec![0x21], varint(100_000), vec![7; 100_000], post(), data("a")].concat())],
                seen("POST / a: a"),
            ),
            case(
                "answers 404 as any other",
                "9114 4.1",
                [on_request(headers(&request_fields("GET", "/404", &[])))],
                status(404),
            ),
            case(
                "survives a panic of its handler",
                "9110 15.6.1",
                [on_request(headers(&request_fields("GET", "/panic", &[])))],
                status(500),
            ),
        ],
    );
}
