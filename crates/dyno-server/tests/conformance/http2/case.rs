//! A connection of raw frames, and cases as data: frames sent, and the one thing that must follow.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::echo;
use crate::report::Suite;

use super::wire::{Frame, PREFACE, code, flag, kind, ping, settings};

/// Long enough for a loaded machine; what never comes fails a case by it.
const PATIENCE: Duration = Duration::from_secs(10);
/// The payload of the PING that asks whether a connection lives.
const ALIVE: [u8; 8] = *b"alive???";

/// A client that knows frames and nothing else.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Every frame that came, for messages.
    pub log: Vec<Frame>,
}

impl Client {
    /// Connects and sends bytes as they are.
    pub fn raw(address: SocketAddr, bytes: &[u8]) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut client = Self { stream, buffer: Vec::new(), log: Vec::new() };
        client.send(bytes);
        client
    }

    /// Connects with the preface and these settings.
    pub fn with_settings(address: SocketAddr, parameters: &[(u16, u32)]) -> Self {
        Self::raw(address, &[PREFACE, &settings(parameters)].concat())
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // A server that has closed already shows it by its frames and the end of the stream.
        let _ = self.stream.write_all(bytes);
    }

    /// The next frame; `None` at the end of the connection. Settings are acknowledged.
    pub fn next(&mut self) -> Result<Option<Frame>, String> {
        loop {
            if let Some(frame) = self.take_frame() {
                self.log.push(frame.clone());
                if frame.kind == kind::SETTINGS && !frame.has(flag::ACK) {
                    self.send(&super::wire::frame(kind::SETTINGS, flag::ACK, 0, &[]));
                }
                return Ok(Some(frame));
            }
            let mut part = [0; 16 * 1024];
            match self.stream.read(&mut part) {
                Ok(0) => return Ok(None),
                Ok(count) => self.buffer.extend_from_slice(&part[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                    return Ok(None);
                }
                Err(error) => return Err(format!("{error}; came: {:?}", self.log)),
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let head = self.buffer.get(..9)?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        let (kind, flags) = (head[3], head[4]);
        let payload = self.buffer.get(9..9 + length)?.to_vec();
        self.buffer.drain(..9 + length);
        Some(Frame { kind, flags, stream, payload })
    }

    /// Reads until a frame is wanted; anything else, or the end, is an error.
    pub fn until(&mut self, what: &str, mut is_wanted: impl FnMut(&Frame) -> bool) -> Result<Frame, String> {
        while let Some(frame) = self.next()? {
            if is_wanted(&frame) {
                return Ok(frame);
            }
        }
        Err(format!("closed before {what}; came: {:?}", self.log))
    }

    /// Reads a whole response: its status and content.
    pub fn response(&mut self, stream: u32) -> Result<(u16, Vec<u8>), String> {
        let (mut status, mut content) = (0, Vec::new());
        self.until("a whole response", |frame| {
            if frame.stream == stream && frame.kind == kind::HEADERS && status < 200 {
                status = frame.status();
            }
            if frame.stream == stream && frame.kind == kind::DATA {
                content.extend_from_slice(&frame.payload);
            }
            let is_reset = frame.kind == kind::RST_STREAM;
            frame.stream == stream
                && (is_reset
                    || (matches!(frame.kind, kind::HEADERS | kind::DATA) && frame.has(flag::END_STREAM)))
        })?;
        match self.log.last() {
            Some(last) if last.kind == kind::RST_STREAM => Err(format!("reset; came: {:?}", self.log)),
            _ => Ok((status, content)),
        }
    }

    /// Whether the connection still answers.
    pub fn check_alive(&mut self) -> Result<(), String> {
        self.send(&ping(ALIVE));
        let is_answer =
            |frame: &Frame| frame.kind == kind::PING && frame.has(flag::ACK) && frame.payload == ALIVE;
        let found =
            self.until("an answer to PING", |frame| is_answer(frame) || frame.kind == kind::GOAWAY)?;
        if is_answer(&found) { Ok(()) } else { Err(format!("the connection ended; came: {:?}", self.log)) }
    }

    /// Reads to the end: GOAWAY with one of the codes must come, and then the close.
    pub fn check_connection_error(&mut self, codes: &[u32]) -> Result<(), String> {
        let mut found = None;
        while let Some(frame) = self.next()? {
            if frame.kind == kind::GOAWAY {
                found = Some(frame.code());
            }
        }
        match found {
            Some(code) if codes.contains(&code) => Ok(()),
            _ => Err(format!("GOAWAY with {found:?} instead of {codes:?}; came: {:?}", self.log)),
        }
    }
}

/// What must follow.
pub enum Expected {
    /// The connection lives; nothing is said about streams.
    Alive,
    /// Streams with the status of their answers; then the connection lives.
    Answered(BTreeMap<u32, u16>),
    /// The stream with the content of its answer of status 200; then the connection lives.
    Echoed(u32, String),
    /// The same, but the connection may end behind it.
    EchoedThenEnd(u32, String),
    /// The connection lives, or ends or resets a stream with one of the codes.
    AliveOr(Vec<u32>),
    /// RST_STREAM of any stream or GOAWAY, with one of the codes.
    ErrorAnywhere(Vec<u32>),
    /// RST_STREAM with one of the codes, or GOAWAY with one of them.
    StreamError(u32, Vec<u32>),
    /// The request is malformed (RFC 9113 section 8.1.1): the stream is reset with PROTOCOL_ERROR or answered with
    /// 400, and the connection lives; or that ends with PROTOCOL_ERROR, as section 5.4.1 allows.
    Malformed(u32),
    /// GOAWAY with one of the codes, and the end of the connection.
    ConnectionError(Vec<u32>),
}

/// The stream gets an answer of this status.
pub fn answered(stream: u32, status: u16) -> Expected {
    Expected::Answered([(stream, status)].into())
}

/// The stream gets an echo.
pub fn echoed(stream: u32, text: &str) -> Expected {
    Expected::Echoed(stream, text.to_owned())
}

pub fn stream_error(stream: u32, codes: &[u32]) -> Expected {
    Expected::StreamError(stream, codes.to_vec())
}

pub fn connection_error(codes: &[u32]) -> Expected {
    Expected::ConnectionError(codes.to_vec())
}

/// A connection error of type PROTOCOL_ERROR.
pub fn protocol_error() -> Expected {
    connection_error(&[code::PROTOCOL])
}

/// One demand of an RFC.
pub struct Case {
    name: &'static str,
    reference: &'static str,
    frames: Vec<Vec<u8>>,
    expected: Expected,
}

/// A case: what is demanded, where, the frames sent behind preface and settings, and what must follow.
pub fn case(name: &'static str, reference: &'static str, frames: &[Vec<u8>], expected: Expected) -> Case {
    Case { name, reference, frames: frames.to_vec(), expected }
}

/// Runs every case on a connection of its own.
#[track_caller]
pub fn check_all(suite: &'static str, cases: &[Case]) {
    check_all_but(Suite::new(suite), cases);
}

/// The same for a suite that has set something aside.
#[track_caller]
pub fn check_all_but(mut suite: Suite, cases: &[Case]) {
    let server = echo::start();
    for case in cases {
        let mut client = Client::with_settings(server.local_addrs()[0], &[]);
        for frame in &case.frames {
            client.send(frame);
        }
        suite.take(&format!("{} ({})", case.name, case.reference), check(&mut client, &case.expected));
    }
    suite.finish();
}

fn check(client: &mut Client, expected: &Expected) -> Result<(), String> {
    match expected {
        Expected::Alive => client.check_alive(),
        Expected::Answered(wanted) => {
            check_statuses(client, wanted)?;
            client.check_alive()
        }
        Expected::Echoed(stream, text) => {
            check_echo(client, *stream, text)?;
            client.check_alive()
        }
        Expected::EchoedThenEnd(stream, text) => check_echo(client, *stream, text),
        Expected::AliveOr(codes) => {
            client.send(&ping(ALIVE));
            let is_end = |frame: &Frame| {
                frame.kind == kind::PING && frame.has(flag::ACK)
                    || matches!(frame.kind, kind::RST_STREAM | kind::GOAWAY)
            };
            let found = client.until("an answer or an error", is_end)?;
            if found.kind == kind::PING || codes.contains(&found.code()) {
                Ok(())
            } else {
                Err(format!("{found:?}"))
            }
        }
        Expected::ErrorAnywhere(codes) => {
            let is_error = |frame: &Frame| matches!(frame.kind, kind::RST_STREAM | kind::GOAWAY);
            let found = client.until("the error", is_error)?;
            if codes.contains(&found.code()) {
                Ok(())
            } else {
                Err(format!("{found:?} instead of {codes:?}"))
            }
        }
        Expected::StreamError(stream, codes) => {
            let is_end = |frame: &Frame| match frame.kind {
                kind::RST_STREAM => frame.stream == *stream && codes.contains(&frame.code()),
                kind::GOAWAY => true,
                _ => false,
            };
            // An answer may be under way already; what counts is the error behind it.
            let found = client.until("the error", is_end)?;
            if codes.contains(&found.code()) {
                Ok(())
            } else {
                Err(format!("{found:?} instead of {codes:?}"))
            }
        }
        Expected::Malformed(stream) => {
            let is_end = |frame: &Frame| {
                frame.kind == kind::GOAWAY
                    || frame.stream == *stream && matches!(frame.kind, kind::RST_STREAM | kind::HEADERS)
            };
            let found = client.until("the refusal", is_end)?;
            match found.kind {
                kind::HEADERS if found.status() == 400 => client.check_alive(),
                kind::RST_STREAM if found.code() == code::PROTOCOL => client.check_alive(),
                kind::GOAWAY if found.code() == code::PROTOCOL => Ok(()),
                _ => Err(format!("{found:?} is no refusal of this stream")),
            }
        }
        Expected::ConnectionError(codes) => client.check_connection_error(codes),
    }
}

fn check_echo(client: &mut Client, stream: u32, text: &str) -> Result<(), String> {
    let (status, content) = client.response(stream)?;
    if (status, &content[..]) == (200, text.as_bytes()) {
        return Ok(());
    }
    Err(format!("{status} {} instead of 200 {text}", content.escape_ascii()))
}

/// Streams may be answered in any order.
fn check_statuses(client: &mut Client, wanted: &BTreeMap<u32, u16>) -> Result<(), String> {
    let mut found = BTreeMap::new();
    client.until("all answers", |frame| {
        if frame.kind == kind::HEADERS && found.get(&frame.stream).is_none_or(|status| *status < 200) {
            found.insert(frame.stream, frame.status());
        }
        frame.kind == kind::RST_STREAM
            || found.len() == wanted.len() && found.values().all(|status| *status >= 200)
    })?;
    if found == *wanted {
        Ok(())
    } else {
        Err(format!("{found:?} instead of {wanted:?}; came: {:?}", client.log))
    }
}
