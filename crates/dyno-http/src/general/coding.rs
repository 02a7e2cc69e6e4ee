//! Content codings that are decoded when the plan asks for compression: gzip and deflate.
//!
//! Bounded, since a small body can decode into a huge one. Called after the clock was read.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::exchange::BODY_BYTES_KEPT_MAX;

/// A decoded body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// Its bytes, up to the limit.
    pub body: Vec<u8>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// Decodes a body; `None` when it is not coded. The error says which coding failed.
pub(super) fn decode(coding: Option<&[u8]>, body: &[u8]) -> Result<Option<Decoded>, String> {
    let Some(coding) = coding.map(|coding| coding.trim_ascii().to_ascii_lowercase()) else { return Ok(None) };
    match coding.as_slice() {
        b"" | b"identity" => Ok(None),
        b"gzip" | b"x-gzip" => read_all(MultiGzDecoder::new(body), "gzip").map(Some),
        // The name means zlib, but some servers send the bare stream.
        b"deflate" => {
            read_all(ZlibDecoder::new(body), "deflate")
                .or_else(|_| read_all(DeflateDecoder::new(body), "deflate"))
        }
        .map(Some),
        other => Err(format!("the content coding `{}` is not supported", other.escape_ascii())),
    }
}

fn read_all(decoder: impl Read, name: &str) -> Result<Decoded, String> {
    let mut body = Vec::new();
    let limit = BODY_BYTES_KEPT_MAX as u64 + 1;
    decoder
        .take(limit)
        .read_to_end(&mut body)
        .map_err(|error| format!("the body cannot be decoded as {name}: {error}"))?;
    let is_cut = body.len() > BODY_BYTES_KEPT_MAX;
    body.truncate(BODY_BYTES_KEPT_MAX);
    Ok(Decoded { body, is_cut })
}

#[cfg(test)]
mod tests;
