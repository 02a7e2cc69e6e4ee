//! What `--debug` makes of foreign bytes.

use std::time::Duration;

use dyno_http::debug::{DebugExchange, DebugTimes};
use dyno_model::Redactor;

use super::in_words;

#[test]
fn foreign_bytes_do_not_steer_the_terminal_and_secrets_are_hidden() {
    let time = Duration::from_millis(1);
    let times = DebugTimes { resolve: time, connect: time, tls: None, first_byte: Some(time), total: time };
    let exchange = DebugExchange {
        origin: "http://h".to_owned(),
        address: "127.0.0.1:80".to_owned(),
        tls: None,
        times,
        request_head: b"GET / HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n\r\n".to_vec(),
        request_body: Vec::new(),
        response_head: b"HTTP/1.1 200 OK\r\nx: \x1b[2J\r\n\r\n".to_vec(),
        response_body: vec![0xff, 0xfe],
        response_body_bytes: Some(100),
        status: Some(200),
        failure: None,
    };
    let mut redactor = Redactor::default();
    redactor.add("hunter2");
    let expected = "\
* connected to 127.0.0.1:80 for http://h
> GET / HTTP/1.1
> Authorization: Bearer [redacted]
>\u{20}
< HTTP/1.1 200 OK
< x: ·[2J
<\u{20}
< (2 B that are no text)
* 2 B of 100 B of the body are shown
* resolve 1.00 ms, connect 1.00 ms, first byte 1.00 ms, total 1.00 ms
";
    assert_eq!(in_words(&exchange, &redactor), expected);
}
