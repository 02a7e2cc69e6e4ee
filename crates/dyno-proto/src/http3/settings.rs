//! The SETTINGS frame (RFC 9114, section 7.2.4; RFC 9204, section 5; RFC 9220).

use super::error::{ErrorCode, Http3Error};
use super::frame::{FrameKind, encode_frame_head};
use super::varint::{decode_varint, encode_varint};

const QPACK_MAX_TABLE_CAPACITY: u64 = 0x1;
const MAX_FIELD_SECTION_SIZE: u64 = 0x6;
const QPACK_BLOCKED_STREAMS: u64 = 0x7;
const ENABLE_CONNECT_PROTOCOL: u64 = 0x8;
const H3_DATAGRAM: u64 = 0x33;

/// What one side says about itself. The default is that of a peer that says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// Largest field section it takes; `None` is no limit.
    pub field_section_bytes_max: Option<u64>,
    /// Size of the dynamic table it keeps for what the other side sends.
    pub table_bytes_max: u64,
    /// How many streams may wait for that table.
    pub blocked_streams_max: u64,
    /// Whether it takes an extended `CONNECT`.
    pub takes_connect_protocol: bool,
}

impl Settings {
    /// Appends the whole frame; what has its default is left out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut payload = Vec::new();
        let mut setting = |id, value| {
            encode_varint(&mut payload, id);
            encode_varint(&mut payload, value);
        };
        if self.table_bytes_max > 0 {
            setting(QPACK_MAX_TABLE_CAPACITY, self.table_bytes_max);
        }
        if let Some(limit) = self.field_section_bytes_max {
            setting(MAX_FIELD_SECTION_SIZE, limit);
        }
        if self.blocked_streams_max > 0 {
            setting(QPACK_BLOCKED_STREAMS, self.blocked_streams_max);
        }
        if self.takes_connect_protocol {
            setting(ENABLE_CONNECT_PROTOCOL, 1);
        }
        encode_frame_head(out, FrameKind::Settings, payload.len() as u64);
        out.extend_from_slice(&payload);
    }

    /// Reads the payload of the frame.
    ///
    /// # Errors
    /// On a setting that stands twice, one of HTTP/2, a value out of range, and a payload cut short.
    pub fn decode(mut payload: &[u8]) -> Result<Self, Http3Error> {
        let mut settings = Self::default();
        let mut seen = Vec::new();
        while !payload.is_empty() {
            let id = take(&mut payload)?;
            let value = take(&mut payload)?;
            if seen.contains(&id) {
                return Err(Http3Error::new(ErrorCode::SETTINGS_ERROR, "a setting stands twice"));
            }
            seen.push(id);
            match id {
                QPACK_MAX_TABLE_CAPACITY => settings.table_bytes_max = value,
                MAX_FIELD_SECTION_SIZE => settings.field_section_bytes_max = Some(value),
                QPACK_BLOCKED_STREAMS => settings.blocked_streams_max = value,
                ENABLE_CONNECT_PROTOCOL | H3_DATAGRAM if value > 1 => {
                    return Err(Http3Error::new(ErrorCode::SETTINGS_ERROR, "a switch is neither 0 nor 1"));
                }
                ENABLE_CONNECT_PROTOCOL => settings.takes_connect_protocol = value == 1,
                0x0 | 0x2..=0x5 => {
                    return Err(Http3Error::new(ErrorCode::SETTINGS_ERROR, "a setting of HTTP/2"));
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn take(payload: &mut &[u8]) -> Result<u64, Http3Error> {
    let cut = Http3Error::new(ErrorCode::FRAME_ERROR, "the settings are cut short");
    let (value, used) = decode_varint(payload).ok_or(cut)?;
    *payload = &payload[used..];
    Ok(value)
}
