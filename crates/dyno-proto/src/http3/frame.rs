//! Frames on a stream (RFC 9114, section 7): DATA passes through, other known frames are collected, unknown ones are
//! skipped without being kept.

use super::error::{ErrorCode, Http3Error};
use super::varint::{decode_varint, encode_varint};

/// Unknown or empty frames in a row after which the peer is only making work.
const IDLE_FRAMES_MAX: u32 = 1_000;
/// Two integers of the largest size.
const HEAD_BYTES_MAX: usize = 16;

/// The frames that mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// A piece of a message's content.
    Data,
    /// A field section.
    Headers,
    /// A push is not wanted, or not kept up.
    CancelPush,
    /// The settings of the sender.
    Settings,
    /// A promised request; only servers send it.
    PushPromise,
    /// The connection is about to end.
    Goaway,
    /// How many pushes the client takes.
    MaxPushId,
    /// A new priority for a request (RFC 9218).
    PriorityUpdateRequest,
    /// A new priority for a push (RFC 9218).
    PriorityUpdatePush,
}

impl FrameKind {
    /// The type on the wire.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Data => 0x0,
            Self::Headers => 0x1,
            Self::CancelPush => 0x3,
            Self::Settings => 0x4,
            Self::PushPromise => 0x5,
            Self::Goaway => 0x7,
            Self::MaxPushId => 0xd,
            Self::PriorityUpdateRequest => 0xf0700,
            Self::PriorityUpdatePush => 0xf0701,
        }
    }

    /// `None` for types that are to be ignored; those of HTTP/2 that HTTP/3 forbids are an error.
    fn of(number: u64) -> Result<Option<Self>, Http3Error> {
        Ok(Some(match number {
            0x0 => Self::Data,
            0x1 => Self::Headers,
            0x3 => Self::CancelPush,
            0x4 => Self::Settings,
            0x5 => Self::PushPromise,
            0x7 => Self::Goaway,
            0xd => Self::MaxPushId,
            0xf0700 => Self::PriorityUpdateRequest,
            0xf0701 => Self::PriorityUpdatePush,
            0x2 | 0x6 | 0x8 | 0x9 => {
                return Err(Http3Error::new(ErrorCode::FRAME_UNEXPECTED, "a frame type of HTTP/2"));
            }
            _ => return Ok(None),
        }))
    }
}

/// Appends type and length of a frame; the payload follows.
pub fn encode_frame_head(out: &mut Vec<u8>, kind: FrameKind, payload_bytes: u64) {
    encode_varint(out, kind.number());
    encode_varint(out, payload_bytes);
}

/// What was found in the input.
#[derive(Debug, PartialEq, Eq)]
pub enum FramePart<'a> {
    /// Nothing more without further input.
    NeedMore,
    /// A piece of a DATA frame's payload, never empty.
    Data(&'a [u8]),
    /// A whole frame of another kind.
    Frame(FrameKind, &'a [u8]),
    /// A HEADERS frame that is longer than the limit; its payload is skipped.
    HeadersTooLong,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Head,
    Data { left: u64 },
    Collect { kind: FrameKind, left: usize },
    Skip { left: u64 },
}

/// Finds the frames of one stream.
#[derive(Debug)]
pub struct FrameDecoder {
    state: State,
    /// The head of a frame that came in parts.
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: usize,
    payload: Vec<u8>,
    payload_bytes_max: usize,
    idle_frames: u32,
}

impl FrameDecoder {
    /// A decoder that keeps at most `payload_bytes_max` bytes: those of the largest frame other than DATA.
    #[must_use]
    pub fn new(payload_bytes_max: usize) -> Self {
        Self {
            state: State::Head,
            head: [0; HEAD_BYTES_MAX],
            head_bytes: 0,
            payload: Vec::new(),
            payload_bytes_max,
            idle_frames: 0,
        }
    }

    /// The next part of `input`, and how many of its bytes are used up with it.
    ///
    /// # Errors
    /// When the connection must end.
    pub fn decode<'a>(&'a mut self, input: &'a [u8]) -> Result<(usize, FramePart<'a>), Http3Error> {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            match self.state {
                State::Head => {
                    let Some(taken) = self.take_head(rest)? else {
                        return Ok((input.len(), FramePart::NeedMore));
                    };
                    used += taken;
                    if let State::Skip { left: 1.. } = self.state
                        && self.head_kind() == Some(FrameKind::Headers)
                    {
                        return Ok((used, FramePart::HeadersTooLong));
                    }
                }
                State::Data { left } | State::Skip { left } => {
                    if left == 0 {
                        self.state = State::Head;
                        continue;
                    }
                    if rest.is_empty() {
                        return Ok((used, FramePart::NeedMore));
                    }
                    let count = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let left = left - count as u64;
                    used += count;
                    if let State::Data { .. } = self.state {
                        self.idle_frames = 0;
                        self.state = State::Data { left };
                        return Ok((used, FramePart::Data(&rest[..count])));
                    }
                    self.state = State::Skip { left };
                }
                State::Collect { kind, left } => {
                    let count = rest.len().min(left);
                    self.payload.extend_from_slice(&rest[..count]);
                    used += count;
                    if count < left {
                        self.state = State::Collect { kind, left: left - count };
                        return Ok((used, FramePart::NeedMore));
                    }
                    self.state = State::Head;
                    self.idle_frames = 0;
                    return Ok((used, FramePart::Frame(kind, &self.payload)));
                }
            }
        }
    }

    /// To be called when the stream has ended.
    ///
    /// # Errors
    /// When it ended inside a frame.
    pub fn finish(&self) -> Result<(), Http3Error> {
        match self.state {
            State::Head if self.head_bytes == 0 => Ok(()),
            State::Data { left: 0 } | State::Skip { left: 0 } => Ok(()),
            _ => Err(Http3Error::new(ErrorCode::FRAME_ERROR, "the stream ended inside a frame")),
        }
    }

    /// Reads a frame head and enters the state it asks for; `None` when it is not yet complete.
    fn take_head(&mut self, input: &[u8]) -> Result<Option<usize>, Http3Error> {
        let before = self.head_bytes;
        let count = input.len().min(HEAD_BYTES_MAX - before);
        self.head[before..before + count].copy_from_slice(&input[..count]);
        let known = &self.head[..before + count];
        let head = decode_varint(known).and_then(|(number, at)| {
            let (length, length_bytes) = decode_varint(&known[at..])?;
            Some((number, length, at + length_bytes))
        });
        let Some((number, length, head_bytes)) = head else {
            self.head_bytes += count;
            return Ok(None);
        };
        self.head_bytes = 0;
        self.state = self.state_of(FrameKind::of(number)?, length)?;
        Ok(Some(head_bytes - before))
    }

    fn state_of(&mut self, kind: Option<FrameKind>, length: u64) -> Result<State, Http3Error> {
        if kind.is_none() || length == 0 {
            self.idle_frames += 1;
            if self.idle_frames > IDLE_FRAMES_MAX {
                return Err(Http3Error::new(ErrorCode::EXCESSIVE_LOAD, "too many frames without content"));
            }
        }
        self.payload.clear();
        match (kind, usize::try_from(length)) {
            (None, _) => Ok(State::Skip { left: length }),
            (Some(FrameKind::Data), _) => Ok(State::Data { left: length }),
            (Some(kind), Ok(left)) if left <= self.payload_bytes_max => Ok(State::Collect { kind, left }),
            (Some(FrameKind::Headers), _) => Ok(State::Skip { left: length }),
            (Some(_), _) => Err(Http3Error::new(ErrorCode::EXCESSIVE_LOAD, "a control frame is too long")),
        }
    }

    /// The kind of the frame whose head was read last.
    fn head_kind(&self) -> Option<FrameKind> {
        let (number, _) = decode_varint(&self.head)?;
        FrameKind::of(number).ok().flatten()
    }
}
