//! Content codings: which one a client likes best, and encoding a body in it.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// A content coding that the target can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
    Deflate,
}

impl Coding {
    /// Its name in `content-encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }
}

/// The coding of those offered that `accept_encoding` gives the highest weight; brotli before gzip before deflate.
///
/// `None` when the plain content is liked as much or nothing offered is accepted.
pub(crate) fn preferred(accept_encoding: &str, offered: impl Fn(Coding) -> bool) -> Option<Coding> {
    let weight_of = |name: &str| -> Option<f64> {
        accept_encoding.split(',').find_map(|item| {
            let (found, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok());
            found.trim().eq_ignore_ascii_case(name).then(|| weight.unwrap_or(0.0))
        })
    };
    let any = weight_of("*");
    let plain = weight_of("identity").unwrap_or(0.001);
    let mut best: Option<(Coding, f64)> = None;
    for coding in [Coding::Brotli, Coding::Gzip, Coding::Deflate] {
        let weight = weight_of(coding.name()).or(any).unwrap_or(0.0);
        if offered(coding) && weight >= plain && best.is_none_or(|(_, found)| weight > found) {
            best = Some((coding, weight));
        }
    }
    best.filter(|(_, weight)| *weight > 0.0).map(|(coding, _)| coding)
}

/// `plain` in a coding; `deflate` is the zlib format, as HTTP means it.
pub(crate) fn encode(coding: Coding, plain: &[u8]) -> Vec<u8> {
    let done = match coding {
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Coding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Coding::Brotli => {
            // Quality 5 of 11 and a window of 2^20 bytes: most of the gain for a tenth of the time.
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
            encoder.write_all(plain).map(|()| encoder.into_inner())
        }
    };
    done.expect("invariant: a vector takes all bytes")
}

#[cfg(test)]
mod tests;
