//! Answers come when the rules say, on the wire.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{client, start};
use crate::pause_answer_at;

#[test]
fn delays_are_neither_early_nor_steps_of_a_millisecond() {
    let target = start();
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut waits = Vec::new();
    for _ in 0..50 {
        let asked = Instant::now();
        stream.write_all(b"GET /delay/1500us HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut answer = [0; 2000];
        assert!(stream.read(&mut answer).unwrap() > 0);
        waits.push(asked.elapsed());
    }
    waits.sort();
    assert!(waits[0] >= Duration::from_micros(1500), "{:?}", waits[0]);
    // The machine may be busy; the fastest shows what the timer can do.
    assert!(waits[0] < Duration::from_micros(1950), "{:?}", waits[0]);
    println!("delay of 1500us: median {:?}, slowest {:?}", waits[25], waits[49]);
}

#[test]
fn freezes_and_capacity_hold_on_the_wire() {
    let target = start();
    let answer = client::get(&target, "/pause?every=200ms&for=100ms&service=1ms");
    let field = |name: &str| -> u64 { answer.header(name).parse().unwrap() };
    let (arrival_ns, answer_ns) = (field("x-freeze-arrival-ns"), field("x-freeze-answer-ns"));
    assert_eq!(answer_ns, pause_answer_at(arrival_ns, 200_000_000, 100_000_000, 1_000_000));
    assert!(client::get(&target, "/__clock").json()["now_ns"].as_u64().unwrap() >= answer_ns);

    // Five requests at 100/s, sent together: the last is done 50 ms after the first came.
    let asked = Instant::now();
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    let mut others: Vec<TcpStream> =
        (0..4).map(|_| TcpStream::connect(target.local_addrs()[0]).unwrap()).collect();
    others.push(stream.try_clone().unwrap());
    for other in &mut others {
        other
            .write_all(b"GET /step?rps=100&queue=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .unwrap();
    }
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    for other in &mut others[..4] {
        other.read_to_string(&mut answers).unwrap();
    }
    let served = answers.matches("200 OK").count();
    assert!(served >= 4, "{answers}");
    assert!(asked.elapsed() >= Duration::from_millis(40));
}
