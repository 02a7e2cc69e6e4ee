//! One connection of the lean session: its requests in flight, and the answer that is being read.
//!
//! Knows no load model: the event loop says when to send, and records what comes back.

use std::collections::VecDeque;

use dyno_model::FailureKind;
use dyno_proto::http1::scan::{BodyScan, HeadScan, scan_head};

use super::failure::Failure;
use super::stream::Stream;

/// A request that was sent and not answered yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub n: u64,
    /// Index in the plan's requests.
    pub request: u32,
    pub is_head: bool,
    pub bytes_sent: u32,
    pub intended_start_ns: u64,
    pub ready_ns: u64,
    pub actual_start_ns: u64,
}

/// An answer that is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub request: InFlight,
    pub status: u16,
    pub first_byte_ns: u64,
    pub bytes_received: u64,
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) enum State {
    /// There is no socket.
    Closed,
    /// The socket is being connected, or TLS is being agreed on.
    Opening { stream: Stream, since_ns: u64, handshake_since_ns: Option<u64> },
    /// Requests can be sent.
    Open(Stream),
}

/// One connection and its place in the pool.
#[derive(Debug)]
pub(super) struct Connection {
    pub state: State,
    /// Counts sockets, so that an event for a closed one is not taken for its successor's.
    pub generation: u32,
    pub endpoint: u16,
    /// Whether it is in the event loop's list of idle connections.
    pub is_listed_idle: bool,
    /// Whether it must be closed once its last answer is there.
    pub is_last_use: bool,
    pub in_flight: VecDeque<InFlight>,
    /// When the oldest request in flight, or connecting, is given up.
    pub deadline_ns: u64,
    reading: Reading,
}

/// The answer that is being read.
#[derive(Debug, Default)]
struct Reading {
    head: Option<HeadScan>,
    body: BodyScan,
    /// The start of a head that is not complete yet.
    partial_head: Vec<u8>,
    first_byte_ns: u64,
    bytes: u64,
}

impl Connection {
    pub(super) fn new(endpoint: u16) -> Self {
        Self {
            state: State::Closed,
            generation: 0,
            endpoint,
            is_listed_idle: false,
            is_last_use: false,
            in_flight: VecDeque::new(),
            deadline_ns: u64::MAX,
            reading: Reading::default(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Takes the stream out when it could serve another run: open, and with nothing on its way.
    pub(super) fn take_idle(&mut self) -> Option<Stream> {
        let is_quiet = self.in_flight.is_empty() && !self.is_last_use && !self.reading.has_begun();
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Open(stream) if is_quiet && !stream.has_unsent() => Some(stream),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Drops the socket and whatever was half read.
    pub(super) fn close(&mut self) {
        self.state = State::Closed;
        self.generation = self.generation.wrapping_add(1);
        self.is_last_use = false;
        self.deadline_ns = u64::MAX;
        self.reading.restart();
        self.reading.partial_head = Vec::new();
    }

    /// Takes bytes from the wire; `answered` is told of every answer that they complete.
    ///
    /// Fails when the bytes break the protocol or belong to no request; complete answers before that were told.
    #[inline]
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        now_ns: u64,
        answered: impl FnMut(&Answer),
    ) -> Result<(), Failure> {
        if self.reading.partial_head.is_empty() {
            return self.take_joined(bytes, now_ns, answered);
        }
        let mut joined = std::mem::take(&mut self.reading.partial_head);
        joined.extend_from_slice(bytes);
        self.take_joined(&joined, now_ns, answered)
    }

    #[inline]
    fn take_joined(
        &mut self,
        mut bytes: &[u8],
        now_ns: u64,
        mut answered: impl FnMut(&Answer),
    ) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let Some(&request) = self.in_flight.front() else { return Err(unasked(bytes)) };
            if self.reading.first_byte_ns == 0 {
                self.reading.first_byte_ns = now_ns;
            }
            let taken = self.reading.take(bytes, request.is_head)?;
            if taken == 0 && self.reading.head.is_none() {
                self.reading.partial_head.extend_from_slice(bytes);
                return Ok(());
            }
            bytes = &bytes[taken..];
            if let Some(head) = self.reading.complete() {
                if !bytes.is_empty() && self.in_flight.len() == 1 {
                    return Err(unasked(bytes));
                }
                self.in_flight.pop_front();
                self.is_last_use |= !head.keep_alive;
                answered(&self.reading.answer(request, head.status));
                self.reading.restart();
            }
        }
        Ok(())
    }

    /// The peer closed: tells the answer that ends so, or why one is missing. Idle connections just close.
    pub(super) fn end(&mut self, now_ns: u64) -> Result<Option<Answer>, Failure> {
        let Some(&request) = self.in_flight.front() else { return Ok(None) };
        if let (Some(head), true) = (self.reading.head, self.reading.body.close()) {
            self.in_flight.pop_front();
            self.reading.first_byte_ns = self.reading.first_byte_ns.min(now_ns);
            return Ok(Some(self.reading.answer(request, head.status)));
        }
        Err(Failure::new(FailureKind::Closed, self.reading.truncation()))
    }
}

impl Reading {
    /// Takes a head, or a part of the body, from the start of `bytes`.
    #[inline]
    fn take(&mut self, bytes: &[u8], is_head_request: bool) -> Result<usize, Failure> {
        let mut taken = 0;
        while self.head.is_none() {
            let Some(head) = scan_head(&bytes[taken..], is_head_request)? else { return Ok(taken) };
            taken += head.bytes;
            if head.status == 101 {
                return Err(Failure::new(
                    FailureKind::Protocol,
                    "101 Switching Protocols, which nobody asked for",
                ));
            }
            // Interim answers announce the final one.
            if head.status >= 200 {
                self.body.begin(head.framing);
                self.head = Some(head);
            }
        }
        taken += self.body.take(&bytes[taken..])?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    #[inline]
    fn complete(&self) -> Option<HeadScan> {
        self.head.filter(|_| self.body.is_done())
    }

    fn answer(&self, request: InFlight, status: u16) -> Answer {
        Answer { request, status, first_byte_ns: self.first_byte_ns, bytes_received: self.bytes }
    }

    #[inline]
    fn restart(&mut self) {
        self.head = None;
        self.first_byte_ns = 0;
        self.bytes = 0;
    }

    fn has_begun(&self) -> bool {
        self.head.is_some() || self.first_byte_ns != 0 || !self.partial_head.is_empty()
    }

    fn truncation(&self) -> String {
        match (self.head, self.body.missing_bytes()) {
            (None, _) if self.partial_head.is_empty() => "closed before any byte of the answer".to_owned(),
            (None, _) => format!("closed inside the head, after {} bytes", self.partial_head.len()),
            (Some(_), Some(missing)) => format!("closed with {missing} bytes of the body missing"),
            (Some(_), None) => format!("closed inside a chunked body, after {} bytes", self.bytes),
        }
    }
}

#[cold]
fn unasked(bytes: &[u8]) -> Failure {
    let message =
        format!("{} bytes came that belong to no answer (the body is longer than announced)", bytes.len());
    Failure::new(FailureKind::Protocol, message)
}
