//! Interim answers: they come when the client waits for one, and only then.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::case::post;
use crate::echo;
use crate::report::Suite;
use crate::wire::shown;

/// RFC 9110 section 10.1.1: a server that wants the body says so, once, before it.
#[test]
fn continue_is_sent_to_a_waiting_client() {
    let server = echo::start();
    let mut suite = Suite::new("HTTP/1.1: 100 Continue");
    for (name, framing, body) in [
        ("sends 100 before a body of a length (9110 10.1.1)", "Content-Length: 2", "ab"),
        ("sends 100 before chunks (9110 10.1.1)", "Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n"),
    ] {
        let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = post(&format!("{framing}\r\nExpect: 100-continue\r\nConnection: close\r\n"), "");
        stream.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        let mut result = stream.read_exact(&mut interim).map_err(|error| error.to_string());
        if result.is_ok() && &interim != b"HTTP/1.1 100 Continue\r\n\r\n" {
            result = Err(shown(&interim));
        }
        stream.write_all(body.as_bytes()).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        if !(rest.starts_with("HTTP/1.1 200 OK\r\n") && rest.ends_with("\r\n\r\nPOST / a: ab")) {
            result = Err(shown(rest.as_bytes()));
        }
        suite.take(name, result);
    }
    suite.finish();
}
