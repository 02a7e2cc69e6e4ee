//! Answers of servers that are ready, busy, silent and absent.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use dyno_plan::Overrides;

use super::{Answer, ask};

/// A server that gives one answer to one request; the URL to ask it by.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer.as_bytes());
    });
    url
}

fn asked(url: &str) -> Answer {
    ask(url, &Overrides::default()).unwrap()
}

#[test]
fn only_a_2xx_is_ready() {
    assert_eq!(asked(&answering("HTTP/1.1 204 No Content\r\n\r\n")), Answer::Ready);
    let starting = asked(&answering("HTTP/1.1 503 Starting\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(starting, Answer::Not("it answers 503".to_owned()));
    assert!(matches!(asked(&answering("")), Answer::Not(_)));
}

#[test]
fn a_port_where_nobody_listens_is_told_apart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let answer = asked(&format!("http://127.0.0.1:{port}/"));
    assert!(matches!(&answer, Answer::Nobody(words) if !words.is_empty()), "{answer:?}");
    assert!(ask("ftp://127.0.0.1/", &Overrides::default()).is_err());
}
