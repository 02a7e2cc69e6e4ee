//! A client that writes bytes on QUIC streams, and reads as much of an answer as a case needs.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ConnectionError, ReadError, RecvStream, TransportConfig};
use rustls_pki_types::CertificateDer;

/// How the answer on one stream went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The final status, and the body.
    Answered(u16, Vec<u8>),
    /// The stream was reset.
    Reset(u64),
    /// The connection was closed.
    Closed(u64),
    /// Anything else.
    Odd(String),
}

/// Opens a QUIC connection and says nothing on it.
pub async fn connect(
    address: SocketAddr,
    certificate: &CertificateDer<'static>,
    tune: impl FnOnce(&mut TransportConfig),
) -> quinn::Connection {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
    let mut transport = TransportConfig::default();
    tune(&mut transport);
    config.transport_config(Arc::new(transport));
    let endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
    endpoint.connect_with(config, address, "localhost").unwrap().await.unwrap()
}

/// An integer of QUIC in its shortest form.
pub fn varint(value: u64) -> Vec<u8> {
    match value {
        0..64 => vec![value as u8],
        64..16_384 => (value as u16 | 0x4000).to_be_bytes().to_vec(),
        16_384..1_073_741_824 => (value as u32 | 0x8000_0000).to_be_bytes().to_vec(),
        _ => (value | 0xc000_0000_0000_0000).to_be_bytes().to_vec(),
    }
}

/// A frame of any type.
pub fn frame(kind: u64, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    [varint(kind), varint(payload.len() as u64), payload.to_vec()].concat()
}

pub fn data(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x0, payload)
}

/// A HEADERS frame of these fields, all written as literals.
pub fn headers(fields: &[(&str, &str)]) -> Vec<u8> {
    frame(0x1, section(fields))
}

/// A field section of literals without any table.
pub fn section(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0, 0];
    for (name, value) in fields {
        out.extend(integer(0x20, 3, name.len()));
        out.extend_from_slice(name.as_bytes());
        out.extend(integer(0, 7, value.len()));
        out.extend_from_slice(value.as_bytes());
    }
    out
}

/// An integer of QPACK behind the bits of `first`.
fn integer(first: u8, prefix_bits: u32, value: usize) -> Vec<u8> {
    let prefix_max = (1 << prefix_bits) - 1;
    if value < prefix_max {
        return vec![first | value as u8];
    }
    let mut out = vec![first | prefix_max as u8];
    let mut rest = value - prefix_max;
    while rest >= 128 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
    out
}

/// The pseudo-fields of a request, with more fields behind them.
pub fn request_fields<'a>(
    method: &'a str,
    path: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![(":method", method), (":scheme", "https"), (":authority", "a"), (":path", path)];
    fields.extend_from_slice(more);
    fields
}

/// A SETTINGS frame that says nothing, behind the type of a control stream.
pub fn control_start() -> Vec<u8> {
    [varint(0x0), frame(0x4, b"")].concat()
}

/// Sends bytes on a new request stream.
pub async fn send_request(
    quic: &quinn::Connection,
    bytes: &[u8],
    is_end: bool,
) -> Result<(quinn::SendStream, RecvStream), ConnectionError> {
    let (mut send, receive) = quic.open_bi().await?;
    // A server may refuse before all is sent.
    let _ = send.write_all(bytes).await;
    if is_end {
        let _ = send.finish();
    }
    Ok((send, receive))
}

/// Reads the answer on a request stream to its end.
pub async fn read_answer(quic: &quinn::Connection, mut receive: RecvStream) -> Outcome {
    let mut bytes = Vec::new();
    loop {
        match receive.read_chunk(usize::MAX, true).await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk.bytes),
            Ok(None) => break,
            Err(ReadError::Reset(code)) => return Outcome::Reset(code.into_inner()),
            Err(_) => return closed(quic).await,
        }
    }
    parse(&bytes).unwrap_or_else(|| Outcome::Odd(bytes.escape_ascii().to_string()))
}

/// Waits until the connection is closed, and tells with which code.
pub async fn closed(quic: &quinn::Connection) -> Outcome {
    match quic.closed().await {
        ConnectionError::ApplicationClosed(close) => Outcome::Closed(close.error_code.into_inner()),
        other => Outcome::Odd(other.to_string()),
    }
}

/// The last head and all the data of an answer.
fn parse(mut bytes: &[u8]) -> Option<Outcome> {
    let (mut status, mut body) = (None, Vec::new());
    while !bytes.is_empty() {
        let kind = take_varint(&mut bytes)?;
        let length = usize::try_from(take_varint(&mut bytes)?).ok()?;
        let (payload, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        match kind {
            0x0 => body.extend_from_slice(payload),
            0x1 => status = Some(status_of(payload)?),
            _ => return None,
        }
    }
    Some(Outcome::Answered(status?, body))
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let first = *bytes.first()?;
    let (head, rest) = bytes.split_at_checked(1 << (first >> 6))?;
    *bytes = rest;
    Some(head[1..].iter().fold(u64::from(first & 0x3f), |value, &byte| value << 8 | u64::from(byte)))
}

/// `:status`, which comes first: an entry of the static table, or a literal with the name of entry 24.
fn status_of(section: &[u8]) -> Option<u16> {
    const OF_24: [u16; 5] = [103, 200, 304, 404, 503];
    const OF_63: [u16; 9] = [100, 204, 206, 302, 400, 403, 421, 425, 500];
    match section.strip_prefix(&[0, 0])? {
        [0xff, index, ..] => OF_63.get(usize::from(*index)).copied(),
        [first, ..] if first & 0xc0 == 0xc0 => OF_24.get(usize::from(first & 0x3f).checked_sub(24)?).copied(),
        [0x5f, 0x09, 3, digits @ ..] => str::from_utf8(digits.get(..3)?).ok()?.parse().ok(),
        _ => None,
    }
}
