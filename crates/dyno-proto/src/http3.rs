//! HTTP/3 without its transport: frames and settings (RFC 9114), field sections (QPACK, RFC 9204), and the rules of
//! the streams that only one side sends.
//!
//! QPACK with the static table alone: without a dynamic one no stream waits for another, and a peer's bytes cannot
//! make memory grow. Knows no QUIC and no request; the drivers on both sides do.

mod control;
mod error;
mod frame;
mod qpack;
mod settings;
mod varint;

#[cfg(test)]
mod tests;

pub use control::{ControlEvent, ControlReader, StreamKind};
pub use error::{ErrorCode, Http3Error};
pub use frame::{FrameDecoder, FrameKind, FramePart, encode_frame_head};
pub use qpack::{
    DecoderStreamReader, EncoderStreamReader, FieldSectionError, FieldSectionLimits, decode_field_section,
    encode_field, encode_field_section_prefix,
};
pub use settings::Settings;
pub use varint::{decode_varint, encode_varint};
