//! The streams that only one side sends: their types, and what a server accepts on the client's control stream.

use super::error::{ErrorCode, Http3Error};
use super::frame::{FrameDecoder, FrameKind, FramePart};
use super::settings::Settings;
use super::varint::decode_varint;

/// More than any control frame needs.
const PAYLOAD_BYTES_MAX: usize = 4 * 1024;

/// What a unidirectional stream carries, by the number at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// Control frames; one per side, open as long as the connection.
    Control,
    /// A pushed response; only servers send it.
    Push,
    /// QPACK instructions to a decoder; at most one per side.
    QpackEncoder,
    /// QPACK instructions to an encoder; at most one per side.
    QpackDecoder,
    /// Anything else, to be ignored.
    Unknown,
}

impl StreamKind {
    /// The kind that `number` stands for.
    #[must_use]
    pub fn of(number: u64) -> Self {
        match number {
            0x0 => Self::Control,
            0x1 => Self::Push,
            0x2 => Self::QpackEncoder,
            0x3 => Self::QpackDecoder,
            _ => Self::Unknown,
        }
    }
}

/// What a client said on its control stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlEvent {
    /// Its settings; the first event, and only once.
    Settings(Settings),
    /// It takes no push with this number or a higher one, and ends the connection after its requests.
    Goaway {
        /// The number of the push.
        push_id: u64,
    },
    /// A new priority for the request on a stream (RFC 9218).
    PriorityUpdate {
        /// The stream of the request, which may not have begun.
        stream_id: u64,
        /// The text of a `priority` field.
        value: Vec<u8>,
    },
}

/// Reads the control stream of a client, as its server must.
#[derive(Debug)]
pub struct ControlReader {
    frames: FrameDecoder,
    has_settings: bool,
    goaway_id: Option<u64>,
    push_id_max: Option<u64>,
}

impl Default for ControlReader {
    fn default() -> Self {
        Self {
            frames: FrameDecoder::new(PAYLOAD_BYTES_MAX),
            has_settings: false,
            goaway_id: None,
            push_id_max: None,
        }
    }
}

impl ControlReader {
    /// The next event in `input`, if one is complete, and how much of `input` is used up.
    ///
    /// # Errors
    /// When the connection must end.
    pub fn read(&mut self, input: &[u8]) -> Result<(usize, Option<ControlEvent>), Http3Error> {
        let mut used = 0;
        loop {
            let (count, part) = self.frames.decode(&input[used..])?;
            used += count;
            let (kind, payload) = match part {
                FramePart::NeedMore => return Ok((used, None)),
                FramePart::Frame(kind, payload) => (kind, payload),
                FramePart::Data(_) => (FrameKind::Data, &[][..]),
                FramePart::HeadersTooLong => (FrameKind::Headers, &[][..]),
            };
            if !self.has_settings && kind != FrameKind::Settings {
                return Err(Http3Error::new(ErrorCode::MISSING_SETTINGS, "the first frame is not SETTINGS"));
            }
            match kind {
                FrameKind::Settings if self.has_settings => {
                    return Err(Http3Error::new(ErrorCode::FRAME_UNEXPECTED, "SETTINGS came twice"));
                }
                FrameKind::Settings => {
                    self.has_settings = true;
                    return Ok((used, Some(ControlEvent::Settings(Settings::decode(payload)?))));
                }
                FrameKind::Goaway => {
                    let push_id = only_number(payload)?;
                    if self.goaway_id.is_some_and(|before| push_id > before) {
                        return Err(Http3Error::new(ErrorCode::ID_ERROR, "the number of GOAWAY rose"));
                    }
                    self.goaway_id = Some(push_id);
                    return Ok((used, Some(ControlEvent::Goaway { push_id })));
                }
                FrameKind::MaxPushId => {
                    let push_id = only_number(payload)?;
                    if self.push_id_max.is_some_and(|before| push_id < before) {
                        return Err(Http3Error::new(ErrorCode::ID_ERROR, "the number of MAX_PUSH_ID fell"));
                    }
                    self.push_id_max = Some(push_id);
                }
                FrameKind::CancelPush => {
                    only_number(payload)?;
                    // Nothing was promised, so no number can be right.
                    return Err(Http3Error::new(ErrorCode::ID_ERROR, "a push was cancelled that never was"));
                }
                FrameKind::PriorityUpdateRequest => {
                    let (stream_id, value) = number_first(payload)?;
                    if stream_id % 4 != 0 {
                        return Err(Http3Error::new(ErrorCode::ID_ERROR, "a priority for no request"));
                    }
                    let event = ControlEvent::PriorityUpdate { stream_id, value: value.to_vec() };
                    return Ok((used, Some(event)));
                }
                FrameKind::PriorityUpdatePush => {
                    number_first(payload)?;
                    return Err(Http3Error::new(ErrorCode::ID_ERROR, "a priority for a push that never was"));
                }
                FrameKind::Data | FrameKind::Headers | FrameKind::PushPromise => {
                    let reason = "a frame of requests on the control stream";
                    return Err(Http3Error::new(ErrorCode::FRAME_UNEXPECTED, reason));
                }
            }
        }
    }
}

fn number_first(payload: &[u8]) -> Result<(u64, &[u8]), Http3Error> {
    let cut = Http3Error::new(ErrorCode::FRAME_ERROR, "a number is cut short");
    let (number, used) = decode_varint(payload).ok_or(cut)?;
    Ok((number, &payload[used..]))
}

fn only_number(payload: &[u8]) -> Result<u64, Http3Error> {
    match number_first(payload)? {
        (number, []) => Ok(number),
        _ => Err(Http3Error::new(ErrorCode::FRAME_ERROR, "bytes behind the number of a frame")),
    }
}
