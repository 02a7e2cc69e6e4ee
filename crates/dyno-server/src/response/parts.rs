//! A response as HTTP/2 and HTTP/3 send it: status, fields and body instead of bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Exchange, ResponseWriter, Wire};
use crate::body::Fields;
use crate::clock::ThreadClock;
use crate::handler::Action;

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

/// What a call of the handler gave.
pub(crate) struct Answer {
    pub(crate) action: Action,
    pub(crate) parts: ResponseParts,
    pub(crate) has_switched: bool,
    pub(crate) keeps_connection: bool,
}

impl Answer {
    /// Runs `answer` on a response writer; a panic in it, or nothing written, becomes a 500.
    pub(crate) fn of(
        pushes_left: usize,
        clock: &ThreadClock,
        exchange: Exchange,
        answer: impl FnOnce(&mut ResponseWriter<'_>) -> Action,
    ) -> Self {
        let mut parts = ResponseParts { pushes_left, ..ResponseParts::default() };
        let mut response = ResponseWriter::new(Wire::Parts { parts: &mut parts, clock }, exchange);
        let action = match catch_unwind(AssertUnwindSafe(|| answer(&mut response))) {
            Ok(Action::Done) if response.is_empty() => None,
            Ok(action) => Some(action),
            Err(_) => None,
        };
        let action = action.unwrap_or_else(|| {
            response.internal_error();
            Action::Done
        });
        let (has_switched, keeps_connection) = (response.has_switched(), response.exchange().keep_alive);
        Self { action, parts, has_switched, keeps_connection }
    }
}

/// The trailers that are valid; `None` when there are none.
pub(crate) fn trailer_map(fields: Fields) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&value))
        {
            map.append(name, value);
        }
    }
    (!map.is_empty()).then_some(map)
}
