use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::{Counts, RequesterArguments, answer_length, are_answers, play};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const REFUSAL: &[u8] = b"HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno";

#[test]
fn length_is_that_of_head_and_body() {
    assert_eq!(answer_length(ANSWER), Ok(Some(ANSWER.len())));
    assert_eq!(answer_length(&ANSWER[..20]), Ok(None));
    assert!(answer_length(REFUSAL).is_err());
    assert!(answer_length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    assert!(answer_length(b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 0\r\n\r\n").is_err());
}

#[test]
fn answers_are_checked_wherever_they_are_cut() {
    let good = ANSWER.repeat(3);
    let bad = [ANSWER, REFUSAL, ANSWER].concat();
    for cut in 0..good.len() {
        let both = |all: &[u8]| {
            are_answers(&all[..cut], 0, ANSWER.len()) && are_answers(&all[cut..], cut, ANSWER.len())
        };
        assert!(both(&good), "cut at {cut}");
        assert!(!both(&bad), "cut at {cut}");
    }
}

/// Answers every request of every connection with what `answer` says for its number.
fn server(answer: fn(usize) -> &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let (mut number, mut buffer) = (0, [0_u8; 4096]);
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    for _ in buffer[..count].windows(4).filter(|it| it == b"\r\n\r\n") {
                        let _gone = stream.write_all(answer(number));
                        number += 1;
                    }
                }
            });
        }
    });
    address
}

fn check_play(answer: fn(usize) -> &'static [u8], depth: usize) -> Counts {
    play(&RequesterArguments {
        connect: server(answer),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        body: String::new(),
        connections: 2,
        depth,
        milliseconds: 100,
    })
    .unwrap()
}

#[test]
fn good_answers_are_counted() {
    for depth in [1, 4] {
        let counts = check_play(|_| ANSWER, depth);
        assert!(counts.ok > 0 && counts.ok.is_multiple_of(depth as u64), "{counts:?}");
        assert_eq!(counts.failed, 0);
    }
}

#[test]
fn other_answers_are_failures() {
    // The first connection's first answer is good, so that the player starts; all later ones of a connection are not.
    let counts = check_play(|number| if number == 0 { ANSWER } else { REFUSAL }, 1);
    assert!(counts.failed > 0, "{counts:?}");
}
