//! The request as a handler sees it: borrowed parts of the read buffer, nothing owned.

use dyno_proto::http1::RequestView;

/// One request; valid during the call of the handler.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub(crate) view: RequestView<'a>,
    pub(crate) body: &'a [u8],
    pub(crate) body_bytes: u64,
    pub(crate) connection_id: u64,
}

impl<'a> Request<'a> {
    /// The method, in its own letter case.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.view.method()
    }

    /// The path, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.view.path()
    }

    /// The request target as sent.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.view.target()
    }

    /// What follows `?`, still percent-encoded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.view.query()
    }

    /// The host that the client asked, with its port if given.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.view.host()
    }

    /// The first value of the field called `name`, without regard to letter case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.view.header(name)
    }

    /// The first value of `name` as text; `None` also when it is not UTF-8.
    #[must_use]
    pub fn header_str(&self, name: &str) -> Option<&'a str> {
        self.header(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// Every field as name and value, in the order received.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        self.view.headers()
    }

    /// The body, if it was kept; empty when it was only counted.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Size of the body in bytes, without chunk framing.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Bytes of head and body, without chunk framing.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.view.head().bytes as u64 + self.body_bytes
    }

    /// A number that no other connection of the same server has.
    #[must_use]
    pub fn connection_id(&self) -> u64 {
        self.connection_id
    }

    /// 0 or 1, of `HTTP/1.x`.
    #[must_use]
    pub fn minor_version(&self) -> u8 {
        self.view.head().minor_version
    }
}
