//! One request and its answer, as tests write and read them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyno_proto::http1::{HeadLimits, ResponseContext, ResponseDecoder, ResponseEvent, encode_request_head};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// After this a test fails instead of waiting on.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request to be sent; made by [`TestServer`](super::TestServer).
#[derive(Debug, Clone)]
pub struct TestRequest {
    address: SocketAddr,
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl TestRequest {
    pub(super) fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            method: method.to_owned(),
            target: target.to_owned(),
            fields: vec![("host".to_owned(), address.to_string())],
            body: None,
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an `Authorization` field of the Basic scheme.
    #[must_use]
    pub fn basic_auth(self, user: &str, password: &str) -> Self {
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization", &format!("Basic {credentials}"))
    }

    /// Sets a body and its content type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Sets a form as body, already encoded: `a=1&b=two+words`.
    #[must_use]
    pub fn form(self, pairs: &str) -> Self {
        self.body("application/x-www-form-urlencoded", pairs)
    }

    /// Sets a value as JSON body.
    ///
    /// # Panics
    /// When the value cannot be JSON.
    #[must_use]
    pub fn json(self, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_else(|error| panic!("no JSON: {error}"));
        self.body("application/json", body)
    }

    /// Sends the request and waits for the whole answer.
    ///
    /// # Panics
    /// When there is no complete answer within 30 s.
    #[must_use]
    pub fn send(self) -> TestResponse {
        self.try_send().unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.target))
    }

    fn try_send(&self) -> io::Result<TestResponse> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut wire = self.head("close")?;
        wire.extend_from_slice(self.body.as_deref().unwrap_or_default());
        // A server that refuses a body may close before it has read all; its answer is there all the same.
        let written = stream.write_all(&wire);
        let mut reader = ResponseReader::default();
        reader.read(&mut stream, &self.method).or_else(|error| written.and(Err(error)))
    }

    /// The bytes of the head.
    pub(super) fn head(&self, connection: &str) -> io::Result<Vec<u8>> {
        let length = self.body.as_ref().map(|body| body.len().to_string());
        let mut fields: Vec<(&str, &[u8])> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        fields.push(("connection", connection.as_bytes()));
        if let Some(length) = &length {
            fields.push(("content-length", length.as_bytes()));
        }
        let mut wire = Vec::new();
        encode_request_head(&mut wire, &self.method, &self.target, fields)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
        Ok(wire)
    }
}

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResponse {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl TestResponse {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first value of a field; `None` also when it is not UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?;
        str::from_utf8(value).ok()
    }

    /// Every value of a field that is UTF-8.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = self.fields.iter().filter(move |(it, _)| it.eq_ignore_ascii_case(name));
        same.filter_map(|(_, value)| str::from_utf8(value).ok())
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_else(|error| panic!("the body is no text: {error}"))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON or not a `T`.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("the body is not the JSON: {error}"))
    }
}

/// Reads answers from one connection.
#[derive(Debug, Default)]
pub(super) struct ResponseReader {
    unread: Vec<u8>,
}

impl ResponseReader {
    /// Reads the answer to a request with this method.
    pub(super) fn read(&mut self, stream: &mut TcpStream, method: &str) -> io::Result<TestResponse> {
        let context = if method == "HEAD" { ResponseContext::Head } else { ResponseContext::Ordinary };
        let mut decoder = ResponseDecoder::new(context, HeadLimits::CLIENT);
        let mut response = TestResponse { status: 0, fields: Vec::new(), body: Vec::new() };
        let invalid = |error: dyno_proto::http1::ProtocolError| {
            io::Error::new(io::ErrorKind::InvalidData, error.to_string())
        };
        let mut at = 0;
        loop {
            let (used, event) = decoder.decode(&self.unread[at..]).map_err(invalid)?;
            at += used;
            match event {
                ResponseEvent::Head(head) => {
                    response.status = head.status;
                    let fields = head.headers.iter();
                    response.fields = fields.map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
                }
                ResponseEvent::Data(data) => response.body.extend_from_slice(data),
                ResponseEvent::Trailers(fields) => {
                    let fields = fields.iter().map(|(name, value)| (name.to_owned(), value.to_vec()));
                    response.fields.extend(fields);
                }
                ResponseEvent::End(_) => break,
                ResponseEvent::NeedMore => {
                    self.unread.drain(..at);
                    at = 0;
                    let mut piece = [0; 16 * 1024];
                    let count = stream.read(&mut piece)?;
                    if count == 0 {
                        decoder.finish().map_err(invalid)?;
                        break;
                    }
                    self.unread.extend_from_slice(&piece[..count]);
                }
            }
        }
        self.unread.drain(..at);
        Ok(response)
    }
}
