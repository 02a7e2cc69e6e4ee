//! Compression of answers on their way out (gzip).
//!
//! For texts that handlers make. Files are better compressed once, beside themselves; see `Files`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Middleware, Step};
use crate::app::call::{Call, media_type};
use crate::app::response::Response;
use crate::files::encoding::accepts;

/// Below this the fields cost more than compression saves.
const BYTES_MIN: usize = 1024;

/// Compresses texts of 1 KiB and more for clients that take gzip. Streams pass as they are.
///
/// Do not use it where an answer holds a secret and something that an attacker chooses: the length of the
/// compressed text tells about the secret (BREACH).
///
/// ```
/// use dyno_server::middleware::Compress;
/// use dyno_server::{App, get};
///
/// #[get("/")]
/// fn page() -> String { "word ".repeat(1000) }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(page).with(Compress::new()));
/// let small = server.get("/").header("accept-encoding", "gzip").send();
/// assert_eq!(small.header("content-encoding"), Some("gzip"));
/// assert!(small.body().len() < 100);
/// assert_eq!(server.get("/").send().body().len(), 5000);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Compress {
    level: Compression,
}

impl Compress {
    /// At the speed of level 1, which takes most of what there is to take.
    #[must_use]
    pub fn new() -> Self {
        Self { level: Compression::fast() }
    }

    /// At another level, 0 (none) to 9 (best).
    #[must_use]
    pub fn level(mut self, level: u32) -> Self {
        self.level = Compression::new(level.min(9));
        self
    }
}

impl Default for Compress {
    fn default() -> Self {
        Self::new()
    }
}

impl Middleware for Compress {
    fn handle(&self, call: &Call<'_>) -> Step {
        let is_accepted = accepts(call.header_str("accept-encoding").unwrap_or(""), "gzip");
        let level = self.level;
        Step::after(move |response| {
            if !is_compressible(response) {
                return;
            }
            response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
            if is_accepted {
                compress(response, level);
            }
        })
    }
}

fn is_compressible(response: &Response) -> bool {
    let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let media = text(CONTENT_TYPE).map(media_type).unwrap_or("");
    let is_text = media.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml", "image/svg+xml"]
            .contains(&media)
        || media.ends_with("+json")
        || media.ends_with("+xml");
    is_text
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !response.headers().contains_key(CONTENT_ENCODING)
        && !response.headers().contains_key(CONTENT_RANGE)
        && !text(CACHE_CONTROL).is_some_and(|value| value.contains("no-transform"))
        && response.body().as_bytes().is_some_and(|bytes| bytes.len() >= BYTES_MIN)
}

fn compress(response: &mut Response, level: Compression) {
    let Some(bytes) = response.body().as_bytes() else { return };
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), level);
    // Writing into memory cannot fail; if it ever does, the answer stays as it was.
    let Ok(compressed) = encoder.write_all(bytes).and_then(|()| encoder.finish()) else { return };
    response.set_body(compressed.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    // The bytes are others now, so a strong tag no longer says the truth.
    if let Some(tag) =
        headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| !tag.starts_with("W/"))
        && let Ok(weak) = HeaderValue::try_from(format!("W/{tag}"))
    {
        headers.insert(ETAG, weak);
    }
}
