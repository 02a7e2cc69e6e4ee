//! Header blocks: every representation is read, and a block that cannot be decoded ends the connection.

use super::case::{Expected, case, check_all, connection_error, echoed};
use super::wire::{block, code, flag, headers, integer, literal, request};

/// `GET`, `http`, `/` by the static table, then `:authority: a`.
fn indexed() -> Vec<u8> {
    [&[0x82, 0x86, 0x84, 0x41][..], &[1, b'a']].concat()
}

/// `:authority: www.example.com` in Huffman code, from RFC 7541 section C.4.1.
const HUFFMAN: &[u8] = &[0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];

fn get(rest: &[u8]) -> Vec<u8> {
    headers(flag::WHOLE, 1, &[&indexed(), rest].concat())
}

#[test]
fn representations() {
    let with_authority =
        |start: &[u8]| headers(flag::WHOLE, 1, &[&[0x82, 0x86, 0x84][..], start, HUFFMAN].concat());
    // `x` in Huffman code is 1111001, filled up by a one.
    let coded_name = |start: u8| get(&[start, 0x81, 0xf3, 1, b'y']);
    let example = "GET / www.example.com";
    let get_again = headers(flag::WHOLE, 3, &[0x82, 0x86, 0x84, 0xbe]);
    check_all(
        "HTTP/2: HPACK representations",
        &[
            case("reads indexed fields", "7541 6.1", &[get(&[])], echoed(1, "GET / a")),
            case(
                "reads literals with indexing and an indexed name",
                "7541 6.2.1",
                &[headers(flag::WHOLE, 1, &[&[0x82, 0x86, 0x84, 0x41][..], &[1, b'a']].concat())],
                echoed(1, "GET / a"),
            ),
            case(
                "reads the same in Huffman code",
                "7541 6.2.1",
                &[with_authority(&[0x41])],
                echoed(1, example),
            ),
            case(
                "reads literals with indexing and a new name",
                "7541 6.2.1",
                &[get(&literal(0x40, "x", "y"))],
                echoed(1, "GET / a"),
            ),
            case(
                "reads the same in Huffman code of the name",
                "7541 6.2.1",
                &[coded_name(0x40)],
                echoed(1, "GET / a"),
            ),
            case(
                "reads literals without indexing and an indexed name",
                "7541 6.2.2",
                &[headers(flag::WHOLE, 1, &[0x82, 0x86, 0x84, 0x01, 1, b'a'])],
                echoed(1, "GET / a"),
            ),
            case(
                "reads the same in Huffman code of the value",
                "7541 6.2.2",
                &[with_authority(&[0x01])],
                echoed(1, example),
            ),
            case(
                "reads literals without indexing and a new name",
                "7541 6.2.2",
                &[get(&literal(0x00, "x", "y"))],
                echoed(1, "GET / a"),
            ),
            case(
                "reads the same in Huffman code of name and value",
                "7541 6.2.2",
                &[coded_name(0x00)],
                echoed(1, "GET / a"),
            ),
            case(
                "reads literals never indexed and an indexed name",
                "7541 6.2.3",
                &[headers(flag::WHOLE, 1, &[0x82, 0x86, 0x84, 0x11, 1, b'a'])],
                echoed(1, "GET / a"),
            ),
            case(
                "reads never indexed ones in Huffman code",
                "7541 6.2.3",
                &[with_authority(&[0x11])],
                echoed(1, example),
            ),
            case(
                "reads literals never indexed and a new name",
                "7541 6.2.3",
                &[get(&literal(0x10, "x", "y"))],
                echoed(1, "GET / a"),
            ),
            case(
                "reads never indexed ones with a name in Huffman code",
                "7541 6.2.3",
                &[coded_name(0x10)],
                echoed(1, "GET / a"),
            ),
            case(
                "reads what an earlier block has indexed",
                "7541 2.3.2",
                &[get(&[]), get_again],
                Expected::Answered([(1, 200), (3, 200)].into()),
            ),
            case(
                "reads a change of the table's size",
                "7541 6.3",
                &[headers(flag::WHOLE, 1, &[&[0x20][..], &request("GET")].concat())],
                echoed(1, "GET / a"),
            ),
            case(
                "reads two changes of the table's size",
                "7541 4.2",
                &[headers(flag::WHOLE, 1, &[&[0x20, 0x3f, 0xe1, 0x1f][..], &request("GET")].concat())],
                echoed(1, "GET / a"),
            ),
            case(
                "reads a long value",
                "7541 5.1",
                &[get(&literal(0x00, "x", &"y".repeat(2_000)))],
                echoed(1, "GET / a"),
            ),
            case(
                "reads integers of several bytes",
                "7541 5.1",
                &[get(&[&integer(0x00, 4, 15)[..], &[1, b'y']].concat())],
                echoed(1, "GET / a"),
            ),
        ],
    );
}

#[test]
fn decoding_errors() {
    let broken = || connection_error(&[code::COMPRESSION]);
    check_all(
        "HTTP/2: HPACK errors",
        &[
            case("ends on index 0", "7541 6.1", &[get(&[0x80])], broken()),
            case("ends on an index beyond both tables", "7541 2.3.3", &[get(&[0xff, 0x50])], broken()),
            case(
                "ends on a name beyond both tables",
                "7541 2.3.3",
                &[get(&[0x7f, 0xc8, 0x01, 1, b'y'])],
                broken(),
            ),
            case("ends on a change of size within a block", "7541 4.2", &[get(&[0x20])], broken()),
            case(
                "ends on a table larger than allowed",
                "7541 6.3",
                &[headers(flag::WHOLE, 1, &[&[0x3f, 0xe2, 0x1f][..], &request("GET")].concat())],
                broken(),
            ),
            case("ends on a string that is cut", "7541 5.2", &[get(&[0x00, 1, b'x', 10, b'y'])], broken()),
            case("ends on an integer that is cut", "7541 5.1", &[get(&[0x00, 0x7f])], broken()),
            case(
                "ends on an integer that overflows",
                "7541 5.1",
                &[get(&[0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
                broken(),
            ),
            case(
                "ends on padding of more than 7 bits",
                "7541 5.2",
                &[get(&[0x00, 1, b'x', 0x82, 0xf3, 0xff])],
                broken(),
            ),
            case("ends on padding by zeros", "7541 5.2", &[get(&[0x00, 1, b'x', 0x81, 0xf2])], broken()),
            case(
                "ends on the end-of-string symbol",
                "7541 5.2",
                &[get(&[0x00, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff])],
                broken(),
            ),
            case("ends on a block of noise", "9113 4.3", &[headers(flag::WHOLE, 1, &[0xff; 40])], broken()),
            case(
                "ends on noise in trailers",
                "9113 4.3",
                &[headers(flag::END_HEADERS, 1, &request("POST")), headers(flag::WHOLE, 1, &[0x80])],
                broken(),
            ),
            case(
                "ends on noise of a stream that is reset",
                "9113 4.3",
                &[
                    headers(flag::END_HEADERS, 1, &request("POST")),
                    super::wire::reset(1, code::CANCEL),
                    headers(flag::WHOLE, 3, &[&block(&[(":method", "GET")])[..], &[0x80]].concat()),
                ],
                broken(),
            ),
        ],
    );
}
