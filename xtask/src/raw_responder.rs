//! A target that is faster than any load generator: it counts request ends and answers with constant bytes.
//!
//! Not an HTTP server: it reads no method, no path and no body, and would answer anything that contains
//! an empty line. `bench load` starts it as a process of its own, so that its work is not the generator's.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, sockopt};

use crate::failure::Failure;

/// What every request is answered with: 131 bytes, the size of a small real answer.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: raw\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
const REQUEST_END: &[u8; 4] = b"\r\n\r\n";
/// Answers laid out back to back, so that a pipelined burst takes one send.
const ANSWERS_PER_SEND: usize = 64;
const LISTENER: u64 = u64::MAX;
const BACKLOG: i32 = 4096;

/// Serves until the process is killed.
pub fn serve(listen: SocketAddr) -> Result<(), Failure> {
    let listener = TcpListener::bind(listen).map_err(Failure::system(format!("listen on {listen}")))?;
    serve_on(&listener)
}

fn serve_on(listener: &TcpListener) -> Result<(), Failure> {
    // The standard library's backlog of 128 makes 10,000 connections at once wait for retransmissions.
    rustix::net::listen(listener, BACKLOG).map_err(Failure::system("lengthen the backlog"))?;
    // Accepted sockets inherit this one.
    sockopt::set_tcp_nodelay(listener, true).map_err(Failure::system("switch Nagle's algorithm off"))?;
    listener.set_nonblocking(true).map_err(Failure::system("make the listener non-blocking"))?;

    let poll = epoll::create(CreateFlags::CLOEXEC).map_err(Failure::system("create an epoll instance"))?;
    epoll::add(&poll, listener, EventData::new_u64(LISTENER), EventFlags::IN)
        .map_err(Failure::system("watch the listener"))?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events: Vec<Event> = Vec::with_capacity(1024);
    let mut buffer = vec![0_u8; 64 * 1024];
    let answers = ANSWER.repeat(ANSWERS_PER_SEND);
    loop {
        events.clear();
        match epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(Failure::system("wait for events")(error)),
        }
        for event in &events {
            let token = event.data.u64();
            if token == LISTENER {
                accept_all(&poll, listener, &mut connections)?;
                continue;
            }
            let index = usize::try_from(token).expect("invariant: tokens are small descriptor numbers");
            let is_open = connections[index].as_mut().is_none_or(|it| it.serve(&mut buffer, &answers));
            if !is_open {
                connections[index] = None;
            }
        }
    }
}

fn accept_all(
    poll: &OwnedFd,
    listener: &TcpListener,
    connections: &mut Vec<Option<Connection>>,
) -> Result<(), Failure> {
    loop {
        let socket = match rustix::net::accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
            Ok(socket) => socket,
            Err(Errno::AGAIN) => return Ok(()),
            Err(Errno::INTR | Errno::CONNABORTED) => continue,
            Err(error) => return Err(Failure::system("accept a connection")(error)),
        };
        let index =
            usize::try_from(socket.as_raw_fd()).expect("invariant: an open descriptor is not negative");
        if connections.len() <= index {
            connections.resize_with(index + 1, || None);
        }
        let data = EventData::new_u64(u64::try_from(index).expect("invariant: a descriptor fits 64 bits"));
        epoll::add(poll, &socket, data, EventFlags::IN | EventFlags::OUT | EventFlags::ET)
            .map_err(Failure::system("watch a connection"))?;
        connections[index] = Some(Connection { socket, matched: 0, owed_bytes: 0 });
    }
}

struct Connection {
    socket: OwnedFd,
    /// How many bytes of the request end the last received byte completed.
    matched: usize,
    /// Bytes of answers not yet taken by the socket; the answers repeat, so this also says where to go on.
    owed_bytes: usize,
}

impl Connection {
    /// Answers what has arrived. Returns whether the connection is still of use.
    fn serve(&mut self, buffer: &mut [u8], answers: &[u8]) -> bool {
        loop {
            let received = match rustix::net::recv(&self.socket, &mut *buffer, RecvFlags::empty()) {
                Ok((0, _)) => return false,
                Ok((received, _)) => received,
                Err(Errno::AGAIN) => return self.flush(answers),
                Err(Errno::INTR) => continue,
                Err(_) => return false,
            };
            self.owed_bytes += count_ends(&mut self.matched, &buffer[..received]) * ANSWER.len();
            if !self.flush(answers) {
                return false;
            }
            // A short read has emptied the socket: the next byte raises a new edge.
            if received < buffer.len() {
                return true;
            }
        }
    }

    fn flush(&mut self, answers: &[u8]) -> bool {
        while self.owed_bytes > 0 {
            let start = (ANSWER.len() - self.owed_bytes % ANSWER.len()) % ANSWER.len();
            let end = answers.len().min(start + self.owed_bytes);
            match rustix::net::send(&self.socket, &answers[start..end], SendFlags::NOSIGNAL) {
                Ok(sent) => self.owed_bytes -= sent,
                // The socket becoming writable raises an edge.
                Err(Errno::AGAIN) => return true,
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
        true
    }
}

/// Counts the request ends in `bytes`; `matched` carries a partial one from piece to piece.
fn count_ends(matched: &mut usize, bytes: &[u8]) -> usize {
    let mut ends = 0;
    for &byte in bytes {
        if byte == REQUEST_END[*matched] {
            *matched += 1;
            if *matched == REQUEST_END.len() {
                *matched = 0;
                ends += 1;
            }
        } else {
            *matched = usize::from(byte == b'\r');
        }
    }
    ends
}

#[cfg(test)]
mod tests;
