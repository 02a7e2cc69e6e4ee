//! A response as HTTP/2 and HTTP/3 send it: status, fields and body instead of bytes.

use bytes::Bytes;
use http::HeaderMap;

/// Most pushes of one answer.
pub(crate) const PUSHES_MAX: usize = 64;

/// One response, with what goes in front of it.
#[derive(Debug, Default)]
pub(crate) struct ResponseParts {
    pub(crate) informational: Vec<(u16, HeaderMap)>,
    pub(crate) pushes: Vec<Push>,
    /// 0 where the client takes none.
    pub(crate) pushes_left: usize,
    /// 0 before the head is written.
    pub(crate) status: u16,
    pub(crate) fields: HeaderMap,
    pub(crate) body: PartsBody,
    /// Bytes were asked for that only HTTP/1.1 can carry.
    pub(crate) is_broken: bool,
}

/// The body of a response, as far as the head knows it.
#[derive(Debug, Default)]
pub(crate) enum PartsBody {
    #[default]
    Empty,
    Whole(Bytes),
    /// A source sends it; with so many bytes if promised.
    Stream(Option<u64>),
}

/// A promised request.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) path: String,
    pub(crate) fields: HeaderMap,
}
