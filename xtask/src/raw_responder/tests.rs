use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::{ANSWER, count_ends, serve_on};

fn check_ends(pieces: &[&str], expected: usize) {
    let mut matched = 0;
    let ends: usize = pieces.iter().map(|piece| count_ends(&mut matched, piece.as_bytes())).sum();
    assert_eq!(ends, expected, "{pieces:?}");
}

#[test]
fn every_request_end_is_counted_once() {
    check_ends(&["GET / HTTP/1.1\r\nhost: a\r\n\r\n"], 1);
    check_ends(&["GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"], 2);
    check_ends(&["GET / HTTP/1.1\r\n"], 0);
    check_ends(&["a\r", "\n\r", "\n"], 1);
    check_ends(&["a\r\r\n\r\n"], 1);
    check_ends(&["a\r\n\r\r\n\r\n"], 1);
}

#[test]
fn the_answer_states_its_own_length() {
    let text = std::str::from_utf8(ANSWER).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())));
}

#[test]
fn a_pipelined_burst_is_answered_in_full() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Serves until the test process ends.
    thread::spawn(move || serve_on(&listener));
    let mut client = TcpStream::connect(address).unwrap();
    for requests in [1, 3, 200] {
        client.write_all("GET / HTTP/1.1\r\n\r\n".repeat(requests).as_bytes()).unwrap();
        let mut answers = vec![0; ANSWER.len() * requests];
        client.read_exact(&mut answers).unwrap();
        assert_eq!(answers, ANSWER.repeat(requests));
    }
}
