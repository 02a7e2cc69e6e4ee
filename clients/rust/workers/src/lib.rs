//! What several workers share: trust in certificates by rustls, and which answers are redirects.

#[cfg(any(feature = "awc", feature = "hyper"))]
pub mod trust;

/// Whether an answer asks to go elsewhere.
///
/// For libraries that give the last redirect back as an answer when no more are allowed.
#[must_use]
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
