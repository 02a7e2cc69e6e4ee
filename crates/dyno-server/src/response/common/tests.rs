use super::{BINARY, CommonHead, HTML, JSON, TEXT};
use crate::clock::ThreadClock;
use crate::response::parts::ResponseParts;
use crate::response::{Exchange, ResponseWriter, Wire};

/// What is written for a body, in bytes and in parts.
fn written(exchange: Exchange, write: impl Fn(&mut ResponseWriter<'_>)) -> (Vec<u8>, String) {
    let clock = ThreadClock::new();
    let mut out = Vec::new();
    let mut writer = ResponseWriter::new(Wire::Http1 { out: &mut out, start: 0, clock: &clock }, exchange);
    write(&mut writer);
    let of_http1 = format!("{:?} {}", writer.exchange(), writer.status());
    let mut parts = ResponseParts::default();
    let mut writer = ResponseWriter::new(Wire::Parts { parts: &mut parts, clock: &clock }, exchange);
    write(&mut writer);
    (out, format!("{of_http1} {parts:?}"))
}

#[test]
fn a_common_head_is_what_would_be_put_together() {
    let plain = Exchange { keep_alive: true, ..Exchange::default() };
    let exchanges = [
        plain,
        Exchange { is_head: true, ..plain },
        Exchange { is_http10: true, ..plain },
        Exchange { keep_alive: false, ..plain },
        Exchange { is_connect: true, ..plain },
    ];
    for exchange in exchanges {
        for common in [&TEXT, &HTML, &JSON, &BINARY] {
            let common: &CommonHead = common;
            for body in [&b""[..], b"hello", &[b'x'; 3000]] {
                let actual = written(exchange, |writer| writer.respond_common(common, body));
                let expected = written(exchange, |writer| writer.respond(200, common.content_type(), body));
                assert_eq!(actual, expected, "{exchange:?} {common:?}");
            }
            let twice = written(exchange, |writer| {
                writer.respond(500, "text/plain", b"before");
                writer.respond_common(common, b"after");
            });
            let once = written(exchange, |writer| writer.respond(200, common.content_type(), b"after"));
            assert_eq!(twice.0, once.0);
        }
    }
}
