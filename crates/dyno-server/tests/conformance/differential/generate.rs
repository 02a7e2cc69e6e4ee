//! Messages near the border of what is valid: mostly well-formed, each part now and then odd.

use proptest::prelude::*;
use proptest::sample::select;

/// Bytes of one connection: one to three requests, of which now and then one byte is replaced, inserted or removed.
pub fn connection() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![select(&b"\r\n\0 \t:;,\"0a\x7f\x80"[..]), any::<u8>()];
    let requests = prop::collection::vec(request(), 1..4);
    let before = nearly_always("", &["\r\n", "\r\n\r\n", " ", "\n"]);
    let parts = (before, requests, 0_u32..12, any::<prop::sample::Index>(), byte);
    parts.prop_map(|(before, requests, change, at, byte)| {
        let mut wire = [before.as_bytes(), &requests.concat()].concat();
        let at = at.index(wire.len());
        match change {
            11 => wire[at] = byte,
            10 => wire.insert(at, byte),
            9 => drop(wire.remove(at)),
            _ => {}
        }
        wire
    })
}

/// One of the usual values, or in one of eight cases an odd one.
fn mostly(
    usual: &'static [&'static str],
    odd: &'static [&'static str],
) -> impl Strategy<Value = &'static str> {
    prop_oneof![7 => select(usual), 1 => select(odd)]
}

/// Like [`mostly`], but odd in one of thirty cases only, for what stands in every line.
fn nearly_always(usual: &'static str, odd: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![29 => Just(usual), 1 => select(odd)]
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let line_end = nearly_always("\r\n", &["\n", "\r", "\r\r\n", "\n\r"]);
    let fields = prop::collection::vec(
        mostly(
            &[
                "A: b",
                "Accept: */*",
                "X-Empty:",
                "Cookie: a=b; c=d",
                "x:y",
                "Connection: keep-alive",
                "TE: trailers",
            ],
            &[
                "a : b",
                "a: b\0",
                "a: b\x0bc",
                " a: b",
                "a: b\r\n c",
                ": b",
                "a",
                "a b: c",
                "a: \u{e9}",
                "Connection: close",
                "Expect: 100-continue",
                "Expect: x",
                "Connection: , close",
                "(a): b",
                "a_b: c",
                "Upgrade: x",
            ],
        ),
        0..3,
    );
    (start(), host(), fields, framed_body(), line_end).prop_map(
        |(start, host, fields, (framing, body), line_end)| {
            let mut wire = start.into_bytes();
            for line in
                host.iter().chain(&fields).map(|line| &**line).chain(framing.iter().map(|line| &**line))
            {
                wire.extend_from_slice(b"\r\n");
                wire.extend_from_slice(line.as_bytes());
            }
            wire.extend_from_slice(line_end.as_bytes());
            wire.extend_from_slice(b"\r\n");
            wire.extend_from_slice(&body);
            wire
        },
    )
}

fn start() -> impl Strategy<Value = String> {
    let method = mostly(
        &["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        &["get", "M-SEARCH", "G@T", "", "A!#$%&'*+-.^_`|~9", "PRI"],
    );
    let target = mostly(
        &["/", "/a?b=c", "/a/b/c", "/%41%00"],
        &[
            "*",
            "http://h/x",
            "http://h:1/x?y",
            "//x",
            "/a b",
            "/#f",
            "",
            "x",
            "/\x7f",
            "/\u{e9}",
            "ftp://h/",
            "/a\\b",
            "/[x]",
            "/\"",
            "/{a}",
        ],
    );
    let version =
        mostly(&["HTTP/1.1"], &["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/1", ""]);
    let gap = || nearly_always(" ", &["  ", "\t", ""]);
    (method, gap(), target, gap(), version).prop_map(|(method, first, target, second, version)| {
        format!("{method}{first}{target}{second}{version}")
    })
}

fn host() -> impl Strategy<Value = Vec<&'static str>> {
    let odd: &[&[&str]] = &[
        &[],
        &["Host: a", "Host: a"],
        &["Host: a b"],
        &["Host:"],
        &["Host : a"],
        &["Host: a, b"],
        &["Host: u@a"],
        &["Host: [::1]:80"],
        &["Host: a:x"],
        &["host:a"],
    ];
    prop_oneof![9 => Just(vec!["Host: a"]), 1 => select(odd).prop_map(<[_]>::to_vec)]
}

/// The framing fields and the bytes behind the head.
fn framed_body() -> impl Strategy<Value = (Vec<String>, Vec<u8>)> {
    prop_oneof![
        3 => Just((Vec::new(), Vec::new())),
        3 => content().prop_map(|body| (vec![format!("Content-Length: {}", body.len())], body)),
        3 => chunks().prop_map(|body| (vec!["Transfer-Encoding: chunked".to_owned()], body)),
        1 => (odd_framing(), prop_oneof![content(), chunks()]).prop_map(|(fields, body)| {
            let length = body.len();
            (fields.iter().map(|field| field.replace("LEN", &length.to_string())).collect(), body)
        }),
    ]
}

fn odd_framing() -> impl Strategy<Value = &'static [&'static str]> {
    const ODD: &[&[&str]] = &[
        &["Content-Length: +LEN"],
        &["Content-Length: 0LEN"],
        &["Content-Length: LEN, LEN"],
        &["Content-Length: LEN", "Content-Length: LEN"],
        &["Content-Length: LEN", "Content-Length: 0"],
        &["Content-Length:"],
        &["Content-Length: LENx"],
        &["Content-Length: 99999999999999999999"],
        &["Content-Length: LEN", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: chunked", "Content-Length: 3"],
        &["Transfer-Encoding: gzip"],
        &["Transfer-Encoding: gzip, chunked"],
        &["Transfer-Encoding: chunked, gzip"],
        &["Transfer-Encoding: chunked, chunked"],
        &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: identity"],
        &["Transfer-Encoding: , chunked"],
        &["Transfer-Encoding: chunked ,"],
        &["Transfer-Encoding: Chunked"],
        &["Transfer-Encoding:"],
        &["Transfer-Encoding: xchunked"],
        &["Transfer-Encoding: chunked;q=1"],
        &["Transfer-Encoding : chunked"],
        &["transfer-encoding:chunked"],
        &["Content_Length: LEN"],
        &["Transfer-Encoding:\tchunked"],
        &["Transfer-Encoding: \"chunked\""],
    ];
    select(ODD)
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![any::<u8>(), select(&b"\r\n0123456789abcdefGET /:"[..])], 0..24)
}

fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let extension = mostly(
        &["", "", ";a", ";a=b", ";a=\"b;c\""],
        &[" ;a", ";", ";a=", "; a = b", ";a=\"b", ";a=b c", " ", ";\0", ";a=\u{e9}"],
    );
    let size_style = nearly_always("", &["0", "+", "0x", "-", " "]);
    let chunk = (
        prop::collection::vec(any::<u8>(), 1..20),
        size_style,
        any::<bool>(),
        extension,
        line_end(),
        line_end(),
    );
    let chunk = chunk.prop_map(|(data, style, is_upper, extension, after_size, after_data)| {
        let size = if is_upper { format!("{:X}", data.len()) } else { format!("{:x}", data.len()) };
        let mut wire = format!("{style}{size}{extension}{after_size}").into_bytes();
        wire.extend_from_slice(&data);
        wire.extend_from_slice(after_data.as_bytes());
        wire
    });
    let trailers = mostly(
        &["", "", "A: b\r\n"],
        &["A b\r\n", "Content-Length: 5\r\n", " A: b\r\n", "A: b\n", "A : b\r\n", "A: b\r\n c\r\n"],
    );
    let last = nearly_always("0\r\n", &["0\n", "", "00\r\n", "0;a\r\n", "+0\r\n", "0 \r\n"]);
    (prop::collection::vec(chunk, 0..4), last, trailers, line_end()).prop_map(
        |(chunks, last, trailers, end)| {
            let mut wire = chunks.concat();
            for part in [last, trailers, end] {
                wire.extend_from_slice(part.as_bytes());
            }
            wire
        },
    )
}

fn line_end() -> impl Strategy<Value = &'static str> {
    nearly_always("\r\n", &["\n", "\r", "", "\r\r\n"])
}
