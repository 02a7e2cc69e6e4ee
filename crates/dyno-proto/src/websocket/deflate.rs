//! permessage-deflate (RFC 7692): what two endpoints agree on, and the compression itself.
//!
//! `parameters` speaks the handshake's language, `codec` moves bytes. Frames and messages are not known here.

mod codec;
mod parameters;

#[cfg(test)]
mod tests;

pub use codec::{Deflater, InflateError, InflateLimits, Inflater};
pub use parameters::{DeflateConfig, DeflateOffer, DeflateParameters, ParameterError};

/// The name in `Sec-WebSocket-Extensions`.
pub const EXTENSION_NAME: &str = "permessage-deflate";
/// The largest window, 32 KiB, which is what both sides use when nothing else is agreed.
pub const WINDOW_BITS_MAX: u8 = 15;
/// The smallest window that may be agreed.
pub const WINDOW_BITS_MIN: u8 = 8;
/// The smallest window that the compressor can keep to; zlib's raw deflate knows none of 8 bits.
pub const COMPRESS_WINDOW_BITS_MIN: u8 = 9;
