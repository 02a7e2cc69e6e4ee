//! Compressed field sections, and the streams of their codec (RFC 9204).

use super::case::{Case, case, check_all, ignored, on_request, on_stream, seen};
use super::raw::{Outcome, frame, section};

const DECOMPRESSION_FAILED: Outcome = Outcome::Closed(0x200);
const ENCODER_STREAM_ERROR: Outcome = Outcome::Closed(0x201);
const DECODER_STREAM_ERROR: Outcome = Outcome::Closed(0x202);

/// A request whose field section ends in these bytes.
fn with(name: &'static str, reference: &'static str, bytes: &[u8], expected: Outcome) -> Case {
    let start = section(&[(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")]);
    case(name, reference, [on_request(frame(0x1, [&start, bytes].concat()))], expected)
}

fn whole(name: &'static str, reference: &'static str, bytes: &[u8], expected: Outcome) -> Case {
    case(name, reference, [on_request(frame(0x1, bytes))], expected)
}

#[test]
fn field_sections() {
    check_all(
        "HTTP/3: QPACK field sections",
        &[
            whole(
                "decodes entries of the static table",
                "9204 4.5.2",
                b"\x00\x00\xd1\xd7\xc1\x50\x01a",
                seen("GET / a"),
            ),
            whole(
                "decodes compressed strings",
                "9204 4.1.2",
                b"\x00\x00\xd1\xd7\xc1\x50\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
                seen("GET / www.example.com"),
            ),
            with(
                "decodes never-indexed literals",
                "9204 4.5.4",
                b"\x75\x01y\x37\x00abcdefg\x01z",
                seen("GET / a"),
            ),
            whole("refuses an empty section", "9204 4.5", b"", DECOMPRESSION_FAILED),
            whole(
                "refuses a section that needs insertions",
                "9204 4.5.1",
                b"\x02\x00\xd1",
                DECOMPRESSION_FAILED,
            ),
            whole("refuses a negative base", "9204 4.5.1.2", b"\x00\x80\xd1", DECOMPRESSION_FAILED),
            with("refuses entries of a dynamic table", "9204 2.2.3", b"\x80", DECOMPRESSION_FAILED),
            with("refuses names of a dynamic table", "9204 2.2.3", b"\x40\x01a", DECOMPRESSION_FAILED),
            with("refuses entries behind the base", "9204 4.5.3", b"\x10", DECOMPRESSION_FAILED),
            with("refuses names behind the base", "9204 4.5.5", b"\x00\x01a", DECOMPRESSION_FAILED),
            with("refuses entry 99 of the static table", "9204 3.1", b"\xff\x24", DECOMPRESSION_FAILED),
            with("refuses a string cut short", "9204 4.1.2", b"\x50\x05a", DECOMPRESSION_FAILED),
            with("refuses an integer without an end", "9204 4.1.1", &[0xff; 20], DECOMPRESSION_FAILED),
            with(
                "refuses an integer above 62 bits",
                "9204 4.1.1",
                b"\x50\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                DECOMPRESSION_FAILED,
            ),
            with("refuses padding of a whole byte", "7541 5.2", b"\x50\x82\x1f\xff", DECOMPRESSION_FAILED),
            with("refuses padding with zeros", "7541 5.2", b"\x50\x81\x18", DECOMPRESSION_FAILED),
            with(
                "refuses the end of string inside of one",
                "7541 5.2",
                b"\x50\x84\xff\xff\xff\xff",
                DECOMPRESSION_FAILED,
            ),
        ],
    );
}

#[test]
fn codec_streams() {
    let stream = |kind: u8, bytes: &[u8]| [on_stream([&[kind], bytes].concat())];
    check_all(
        "HTTP/3: QPACK streams",
        &[
            case("takes a table of size 0", "9204 3.2.3", stream(2, b"\x20"), ignored()),
            case(
                "refuses a larger table than announced",
                "9204 3.2.3",
                stream(2, b"\x3f\xe1\x1f"),
                ENCODER_STREAM_ERROR,
            ),
            case(
                "refuses an insertion with a name of the static table",
                "9204 3.2.2",
                stream(2, b"\xc0\x01a"),
                ENCODER_STREAM_ERROR,
            ),
            case(
                "refuses an insertion with a literal name",
                "9204 3.2.2",
                stream(2, b"\x41a\x01b"),
                ENCODER_STREAM_ERROR,
            ),
            case("refuses a duplicate", "9204 4.3.4", stream(2, b"\x00"), ENCODER_STREAM_ERROR),
            case(
                "takes the cancellation of a stream",
                "9204 4.4.2",
                stream(3, b"\x44\x7f\x80\x01"),
                ignored(),
            ),
            case(
                "refuses an acknowledgement of nothing",
                "9204 4.4.1",
                stream(3, b"\x80"),
                DECODER_STREAM_ERROR,
            ),
            case("refuses an increment of 0", "9204 4.4.3", stream(3, b"\x00"), DECODER_STREAM_ERROR),
            case(
                "refuses an increment beyond what was sent",
                "9204 4.4.3",
                stream(3, b"\x01"),
                DECODER_STREAM_ERROR,
            ),
        ],
    );
}
