//! What several workers share: trust in certificates by rustls, and what some libraries take for a whole answer.

use dyno_worker::{Failure, Kind};

#[cfg(any(feature = "awc", feature = "hyper"))]
pub mod trust;

/// Whether an answer asks to go elsewhere.
///
/// For libraries that give the last redirect back as an answer when no more are allowed.
#[must_use]
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Whether a body is as long as `content-length` said, where it did.
///
/// For libraries that give a body that broke off as if it were whole. Not for bodies that were decoded, or that answer
/// `HEAD`: there the length is that of something else.
///
/// # Errors
/// When something is missing.
pub fn whole_body(content_length: Option<&str>, received: u64) -> Result<(), Failure> {
    match content_length.and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(stated) if received < stated => Err(Failure::new(Kind::Body, "IncompleteBody")),
        _ => Ok(()),
    }
}
