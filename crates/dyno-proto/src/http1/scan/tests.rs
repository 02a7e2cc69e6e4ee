use proptest::prelude::*;

use super::*;
use crate::http1::{HeadLimits, ResponseContext, ResponseDecoder, ResponseEvent};

#[track_caller]
fn check(head: &str, expected: (u16, Framing, bool)) {
    let scan = scan_head(head.as_bytes(), false).unwrap().unwrap();
    assert_eq!(
        (scan.status, scan.framing, scan.keep_alive, scan.bytes),
        (expected.0, expected.1, expected.2, head.len())
    );
}

#[test]
fn heads() {
    check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", (200, Framing::Length(5), true));
    check("HTTP/1.1 200\r\ncontent-length:5\r\n\r\n", (200, Framing::Length(5), true));
    check("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", (200, Framing::Length(5), false));
    check(
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\n",
        (200, Framing::Length(5), true),
    );
    check(
        "HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        (503, Framing::Length(0), false),
    );
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", (200, Framing::Chunked, true));
    check("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", (200, Framing::UntilClose, false));
    check("HTTP/1.1 204 No Content\r\nTrailer: x\r\n\r\n", (204, Framing::None, true));
    check("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", (304, Framing::None, true));
}

#[test]
fn a_head_answer_has_no_body() {
    let scan = scan_head(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true).unwrap().unwrap();
    assert_eq!((scan.framing, scan.keep_alive), (Framing::None, true));
}

#[test]
fn what_is_not_http_is_refused_at_once() {
    for bytes in
        ["SSH-2.0-OpenSSH\r\n", "\x16\x03\x01", "HTTP/2 200\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 99 OK\r\n"]
    {
        assert!(scan_head(bytes.as_bytes(), false).is_err(), "{bytes:?}");
    }
    let contradictions = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n",
    ];
    for bytes in contradictions {
        assert!(scan_head(bytes.as_bytes(), false).is_err(), "{bytes:?}");
    }
}

#[test]
fn an_endless_head_is_refused() {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    while bytes.len() <= SCANNED_HEAD_BYTES_MAX {
        assert_eq!(scan_head(&bytes, false), Ok(None));
        bytes.extend_from_slice(&[b"X-Endless: ".as_slice(), &[b'x'; 4_000], b"\r\n"].concat());
    }
    assert!(scan_head(&bytes, false).is_err());
}

/// Where an answer ends, and its status, by the full decoder.
fn end_by_decoder(bytes: &[u8]) -> Option<(usize, u16)> {
    let mut decoder = ResponseDecoder::new(ResponseContext::Ordinary, HeadLimits::CLIENT);
    let mut used = 0;
    loop {
        let (taken, event) = decoder.decode(&bytes[used..]).ok()?;
        let (more, end) = (matches!(event, ResponseEvent::NeedMore), matches!(event, ResponseEvent::End(_)));
        used += taken;
        if end {
            return Some((used, decoder.head().status));
        }
        if more {
            return None;
        }
    }
}

/// Where it ends by the scanner, fed in pieces.
fn end_by_scanner(bytes: &[u8], piece: usize) -> Option<(usize, u16)> {
    let mut have = 0;
    let scan = loop {
        have = (have + piece).min(bytes.len());
        if let Some(scan) = scan_head(&bytes[..have], false).ok()? {
            break scan;
        }
        if have == bytes.len() {
            return None;
        }
    };
    let mut body = BodyScan::default();
    body.begin(scan.framing);
    let mut used = scan.bytes;
    while !body.is_done() {
        let end = (used + piece).min(bytes.len());
        if used == end {
            return None;
        }
        used += body.take(&bytes[used..end]).ok()?;
    }
    Some((used, scan.status))
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop::collection::vec(("[A-Z][a-z]{1,8}", "[ -9;-~]{0,20}"), 0..5);
    let body = prop::collection::vec(any::<u8>(), 0..200);
    (200u16..600, fields, body, any::<bool>(), "[a-z ]{0,10}").prop_map(
        |(status, fields, body, chunked, rest)| {
            let mut bytes = format!("HTTP/1.1 {status} Word\r\n").into_bytes();
            for (name, value) in fields {
                bytes.extend_from_slice(format!("X-{name}: {value}\r\n").as_bytes());
            }
            if chunked {
                bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for chunk in body.chunks(70) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            } else {
                bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                bytes.extend_from_slice(&body);
            }
            bytes.extend_from_slice(rest.as_bytes());
            bytes
        },
    )
}

proptest! {
    #[test]
    fn both_readers_find_the_same_end_in_any_chunking(bytes in answer(), piece in 1usize..300) {
        let expected = end_by_decoder(&bytes);
        prop_assert!(expected.is_some());
        prop_assert_eq!(end_by_scanner(&bytes, piece), expected);
        prop_assert_eq!(end_by_scanner(&bytes, usize::MAX / 2), expected);
    }

    #[test]
    fn any_bytes_in_any_chunking_are_read_or_refused(bytes: Vec<u8>, piece in 1usize..9, http: bool) {
        let bytes = if http { [b"HTTP/1.1 200 OK\r\n".as_slice(), &bytes].concat() } else { bytes };
        let _ = end_by_scanner(&bytes, piece);
    }

    #[test]
    fn broken_answers_are_never_longer_than_they_are(mut bytes in answer(), at: prop::sample::Index, byte: u8) {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some((used, _)) = end_by_scanner(&bytes, 64) {
            prop_assert!(used <= bytes.len());
        }
    }
}
