//! A request that outlives the call of its handler, for async handlers and middleware.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use bytes::Bytes;
use dyno_proto::http1::RequestHead;

use super::parts::RequestParts;
use super::{BodySlot, Head, Request};
use crate::body::{Fields, RequestBody};
use crate::connection_info::ConnectionInfo;

/// One request with its own memory. Not `Send`: it stays on the thread that got it.
pub struct OwnedRequest {
    head: OwnedHead,
    body: Bytes,
    body_bytes: u64,
    trailers: Fields,
    stream: Option<BodySlot>,
    connection: Rc<ConnectionInfo>,
}

enum OwnedHead {
    Http1 { head: RequestHead, bytes: Box<[u8]> },
    Parts(Box<RequestParts>),
}

impl OwnedRequest {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let head = match request.head {
            Head::Http1(view) => OwnedHead::Http1 { head: view.head().clone(), bytes: view.bytes().into() },
            Head::Parts(parts) => OwnedHead::Parts(Box::new(parts.clone())),
        };
        Self {
            head,
            body: Bytes::copy_from_slice(request.body),
            body_bytes: request.body_bytes,
            trailers: request.trailers.to_vec(),
            stream: request.stream.map(|slot| Cell::new(slot.take())),
            connection: Rc::clone(request.connection),
        }
    }

    /// The request in its borrowed form, which has all the questions one can ask.
    #[must_use]
    pub fn as_request(&self) -> Request<'_> {
        let head = match &self.head {
            OwnedHead::Http1 { head, bytes } => Head::Http1(head.view(bytes)),
            OwnedHead::Parts(parts) => Head::Parts(parts),
        };
        Request {
            head,
            body: &self.body,
            body_bytes: self.body_bytes,
            trailers: &self.trailers,
            stream: self.stream.as_ref(),
            connection: &self.connection,
        }
    }

    /// The body that was kept, without a copy.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The body as a stream; see [`Request::take_body`].
    #[must_use]
    pub fn take_body(&self) -> Option<RequestBody> {
        self.stream.as_ref().and_then(Cell::take)
    }
}

impl fmt::Debug for OwnedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_request(), f)
    }
}
