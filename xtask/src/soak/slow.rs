//! Clients that are slow on purpose: silent ones, slow heads, slow bodies, slow readers.
//!
//! Many at once on one thread. The first three have to be cut by the server's limits, not before and not much later;
//! a slow reader makes progress and has to be left alone. Called by `soak` on a thread of its own.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::exchange::{connect, is_end, is_time_over};
use super::outcomes::Outcomes;

const PEERS_PER_KIND: usize = 32;
const TICK: Duration = Duration::from_millis(100);
/// How long a slow reader stays.
const READER_TIME: Duration = Duration::from_secs(8);
/// What it gets at least in that time; less means that the answer was another one.
const READER_BYTES_MIN: usize = 50_000;

/// A way of being slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Connects and says nothing.
    Silent,
    /// Sends a head byte by byte.
    Head,
    /// Sends a body byte by byte.
    Body,
    /// Takes a large answer in small pieces.
    Reader,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Silent, Self::Head, Self::Body, Self::Reader];

    fn opening(self) -> &'static [u8] {
        match self {
            Self::Silent => b"",
            Self::Head => b"GET /plaintext HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            Self::Body => b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
            Self::Reader => b"GET /bytes/60000000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        }
    }

    /// When the server has to cut it, in seconds: the limits of the server, with room for a busy machine.
    fn cut_s(self) -> Option<(u64, u64)> {
        match self {
            Self::Silent | Self::Head => Some((9, 16)),
            Self::Body => Some((9, 30)),
            Self::Reader => None,
        }
    }

    /// What has come of a peer of this kind; `None` when it is to go on.
    pub fn judge(self, age: Duration, received: usize, is_cut: bool) -> Option<Result<(), String>> {
        match (self.cut_s(), is_cut) {
            (Some((from, to)), true) => {
                let is_in_time = (from..=to).contains(&age.as_secs());
                Some(if is_in_time { Ok(()) } else { Err(format!("{self:?}: cut after {age:.1?}")) })
            }
            (Some((_, to)), false) => {
                (age.as_secs() > to).then(|| Err(format!("{self:?}: not cut in {to} s")))
            }
            (None, true) => Some(Err(format!("{self:?}: cut after {age:.1?} although it makes progress"))),
            (None, false) => (age >= READER_TIME).then(|| {
                let has_answer = received >= READER_BYTES_MIN;
                if has_answer { Ok(()) } else { Err(format!("{self:?}: got {received} bytes only")) }
            }),
        }
    }
}

struct Peer {
    kind: Kind,
    stream: TcpStream,
    opened: Instant,
    received: usize,
}

/// Plays until told that it is over; those still slow then do not count.
pub fn play(port: u16, is_over: &AtomicBool) -> Outcomes {
    let mut outcomes = Outcomes::new("slow clients");
    let mut peers: Vec<Peer> = Vec::new();
    for kind in Kind::ALL {
        for _ in 0..PEERS_PER_KIND {
            peers.extend(open(kind, port, &mut outcomes));
        }
    }
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(TICK);
        let (mut next, ended) = (Vec::new(), peers);
        for mut peer in ended {
            let is_cut = peer.step();
            match peer.kind.judge(peer.opened.elapsed(), peer.received, is_cut) {
                None => next.push(peer),
                Some(result) => {
                    outcomes.add(result);
                    next.extend(open(peer.kind, port, &mut outcomes));
                }
            }
        }
        peers = next;
    }
    outcomes
}

fn open(kind: Kind, port: u16, outcomes: &mut Outcomes) -> Option<Peer> {
    let connected = || -> io::Result<TcpStream> {
        let mut stream = connect(port)?;
        stream.write_all(kind.opening())?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    match connected() {
        Ok(stream) => Some(Peer { kind, stream, opened: Instant::now(), received: 0 }),
        Err(error) => {
            outcomes.unexpected(format!("{kind:?}: cannot connect: {error}"));
            None
        }
    }
}

impl Peer {
    /// Sends or takes a little; true when the server has cut the connection or said that it will.
    fn step(&mut self) -> bool {
        if matches!(self.kind, Kind::Head | Kind::Body) {
            match self.stream.write(b"a") {
                Err(error) if is_end(&error) => return true,
                _ => {}
            }
        }
        let mut buffer = [0_u8; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => true,
            Ok(count) => {
                self.received += count;
                self.kind != Kind::Reader
            }
            Err(error) => !is_time_over(&error),
        }
    }
}
