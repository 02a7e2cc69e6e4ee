//! A generator that costs less than any server: constant requests, answers counted by their length.
//!
//! No load test: it measures no time of answers. It learns from the first answer how long all of them are and checks of
//! each that it begins with status 200. It keeps its core busy even while it waits. `bench server` starts it as a process of its own and asks what the server cost.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use clap::Args;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, sockopt};

use crate::failure::Failure;

/// How every good answer begins.
const ANSWER_START: &[u8; 12] = b"HTTP/1.1 200";
/// Servers close a connection after some number of requests; it is given up before that.
const REQUESTS_PER_CONNECTION: u64 = 50_000;
/// A batch has to fit the buffers of a socket.
const BATCH_BYTES_MAX: usize = 64 * 1024;
/// More failures than this say nothing new.
const FAILURES_MAX: u64 = 10_000;
/// How long the first answer may take, and how long all may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// What is asked, of whom, and for how long.
#[derive(Debug, Clone, Args)]
pub struct RequesterArguments {
    /// Address of the server
    #[arg(long)]
    pub connect: SocketAddr,
    /// Method of the request
    #[arg(long, default_value = "GET")]
    pub method: String,
    /// Path of the request
    #[arg(long)]
    pub path: String,
    /// Body of the request, sent as JSON; none when empty
    #[arg(long, default_value = "")]
    pub body: String,
    /// How many connections
    #[arg(long)]
    pub connections: usize,
    /// Requests sent in one write; the next follow when all are answered
    #[arg(long, default_value_t = 1)]
    pub depth: usize,
    /// For how long
    #[arg(long)]
    pub milliseconds: u64,
}

/// What became of the requests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Answered with 200 and the expected length.
    pub ok: u64,
    /// Answered otherwise, or lost with their connection. Those cut off by the end are not counted.
    pub failed: u64,
}

/// Asks until the time is over.
pub fn play(arguments: &RequesterArguments) -> Result<Counts, Failure> {
    let request = request_of(arguments);
    let answer_bytes = first_answer_bytes(arguments.connect, &request)?;
    let batch = request.repeat(arguments.depth);
    if batch.len() > BATCH_BYTES_MAX {
        return Err(Failure::Bench(format!("{} bytes at once are too many", batch.len())));
    }
    let poll = epoll::create(CreateFlags::CLOEXEC).map_err(Failure::system("create an epoll instance"))?;
    let mut player = Player {
        address: arguments.connect,
        poll,
        batch,
        depth: arguments.depth as u64,
        answer_bytes,
        connections: Vec::new(),
        counts: Counts::default(),
    };
    for _ in 0..arguments.connections {
        player.open()?;
    }
    player.run(Instant::now() + Duration::from_millis(arguments.milliseconds))?;
    Ok(player.counts)
}

fn request_of(arguments: &RequesterArguments) -> Vec<u8> {
    let RequesterArguments { connect, method, path, body, .. } = arguments;
    let content = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nHost: {connect}\r\n{content}\r\n{body}").into_bytes()
}

/// How long the answer to `request` is.
fn first_answer_bytes(address: SocketAddr, request: &[u8]) -> Result<usize, Failure> {
    let socket = connect(address)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(SILENCE_MAX))
        .map_err(Failure::system("limit the wait for the first answer"))?;
    send_all(&socket, request).map_err(Failure::system("send the first request"))?;
    let (mut answer, mut buffer) = (Vec::new(), [0_u8; 16 * 1024]);
    loop {
        let (count, _) = rustix::net::recv(&socket, &mut buffer[..], RecvFlags::empty())
            .map_err(Failure::system("read the first answer"))?;
        if count == 0 {
            return Err(Failure::Bench("the connection ended before the first answer did".to_owned()));
        }
        answer.extend_from_slice(&buffer[..count]);
        match answer_length(&answer).map_err(Failure::Bench)? {
            Some(length) if length == answer.len() => return Ok(length),
            Some(length) if length < answer.len() => {
                return Err(Failure::Bench("the first answer is longer than it says".to_owned()));
            }
            _ => {}
        }
    }
}

/// Length of the answer at the beginning of `bytes`, once its head is there.
fn answer_length(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(head_end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
    if !bytes.starts_with(ANSWER_START) {
        return Err(format!("the first answer is `{}`", head.lines().next().unwrap_or_default()));
    }
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    if field("connection").is_some_and(|value| value.trim() == "close") {
        return Err("the server closes the connection after one answer".to_owned());
    }
    let length = field("content-length").and_then(|value| value.trim().parse::<usize>().ok());
    length
        .map(|length| Some(head_end + 4 + length))
        .ok_or("the first answer has no content-length".to_owned())
}

struct Connection {
    socket: OwnedFd,
    /// Bytes received of the answers to the batch in flight.
    received: usize,
    /// Requests answered in its life.
    answered: u64,
}

struct Player {
    address: SocketAddr,
    poll: OwnedFd,
    batch: Vec<u8>,
    depth: u64,
    answer_bytes: usize,
    /// Indexed by descriptor.
    connections: Vec<Option<Connection>>,
    counts: Counts,
}

impl Player {
    fn run(&mut self, end: Instant) -> Result<(), Failure> {
        let mut events: Vec<Event> = Vec::with_capacity(1024);
        let mut buffer = vec![0_u8; 64 * 1024];
        let mut last_answer = Instant::now();
        loop {
            events.clear();
            // It never sleeps: to wake it up would cost the server, and the faster a server, the more often.
            let at_once = rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 };
            match epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), Some(&at_once)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(Failure::system("wait for events")(error)),
            }
            let now = Instant::now();
            if now >= end || self.counts.failed > FAILURES_MAX {
                return Ok(());
            }
            if !events.is_empty() {
                last_answer = now;
            } else if now > last_answer + SILENCE_MAX {
                return Err(Failure::Bench("the server has fallen silent".to_owned()));
            }
            for event in &events {
                let index =
                    usize::try_from(event.data.u64()).expect("invariant: descriptors are small numbers");
                self.serve(index, &mut buffer)?;
            }
        }
    }

    /// Opens a connection and sends its first batch.
    fn open(&mut self) -> Result<(), Failure> {
        let socket = connect(self.address)?;
        rustix::io::ioctl_fionbio(&socket, true).map_err(Failure::system("make a socket non-blocking"))?;
        let index =
            usize::try_from(socket.as_raw_fd()).expect("invariant: an open descriptor is not negative");
        let data = EventData::new_u64(index as u64);
        epoll::add(&self.poll, &socket, data, EventFlags::IN)
            .map_err(Failure::system("watch a connection"))?;
        send_all(&socket, &self.batch).map_err(Failure::system("send the first batch"))?;
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, || None);
        }
        self.connections[index] = Some(Connection { socket, received: 0, answered: 0 });
        Ok(())
    }

    /// Takes what has arrived on one connection; replaces the connection when it is of no more use.
    fn serve(&mut self, index: usize, buffer: &mut [u8]) -> Result<(), Failure> {
        let Some(connection) = self.connections.get_mut(index).and_then(Option::as_mut) else {
            return Ok(());
        };
        let is_good = match rustix::net::recv(&connection.socket, &mut *buffer, RecvFlags::empty()) {
            Ok((0, _)) => false,
            Ok((count, _)) => {
                let is_good = are_answers(&buffer[..count], connection.received, self.answer_bytes);
                connection.received += count;
                is_good
            }
            Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
            Err(_) => false,
        };
        let batch_bytes = self.answer_bytes * usize::try_from(self.depth).unwrap_or(usize::MAX);
        if is_good && connection.received < batch_bytes {
            return Ok(());
        }
        if is_good && connection.received == batch_bytes {
            self.counts.ok += self.depth;
            connection.received = 0;
            connection.answered += self.depth;
            let may_go_on = connection.answered < REQUESTS_PER_CONNECTION;
            if may_go_on && send_all(&connection.socket, &self.batch).is_ok() {
                return Ok(());
            }
        } else {
            let answered = (connection.received.min(batch_bytes) / self.answer_bytes) as u64;
            self.counts.failed += self.depth - answered.min(self.depth - 1);
        }
        // Closing takes the descriptor out of the epoll instance.
        self.connections[index] = None;
        self.open()
    }
}

/// Whether every answer in `bytes` begins well; `at` is where `bytes` lies in a row of equally long answers.
fn are_answers(bytes: &[u8], at: usize, answer_bytes: usize) -> bool {
    let mut from = 0;
    while from < bytes.len() {
        let within = (at + from) % answer_bytes;
        if let Some(expected) = ANSWER_START.get(within..).filter(|expected| !expected.is_empty()) {
            let compared = expected.len().min(bytes.len() - from);
            if bytes[from..from + compared] != expected[..compared] {
                return false;
            }
        }
        from += answer_bytes - within;
    }
    true
}

fn connect(address: SocketAddr) -> Result<OwnedFd, Failure> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let failed = || Failure::system(format!("connect to {address}"));
    let socket = rustix::net::socket(family, SocketType::STREAM, None).map_err(failed())?;
    rustix::net::connect(&socket, &address).map_err(failed())?;
    sockopt::set_tcp_nodelay(&socket, true).map_err(failed())?;
    Ok(socket)
}

/// Sends everything, waiting for room where there is none.
fn send_all(socket: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match rustix::net::send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                rustix::event::poll(&mut [PollFd::new(socket, PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
