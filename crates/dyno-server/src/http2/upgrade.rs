//! `Upgrade: h2c`: the request that HTTP/1.1 brought, written as the frames that HTTP/2 would have had.
//!
//! Pure: the driver of HTTP/1.1 asks whether a request may be taken over, the sniffer brings the frames in. The
//! settings of the request's field are checked but not applied: the client repeats them after its preface.

use crate::request::Request;

/// Largest body that moves with its request, well below the window that a client starts with.
pub(crate) const BODY_BYTES_MAX: u64 = 60 * 1024;
const FRAME_BYTES_MAX: usize = 16 * 1024;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// True when the request asks for HTTP/2 in clear text, in all that RFC 7540 section 3.2 demands.
pub(crate) fn is_asked_by(request: &Request<'_>) -> bool {
    let lists = |name: &str, item: &str| {
        request
            .headers()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(|&byte| byte == b','))
            .any(|found| found.trim_ascii().eq_ignore_ascii_case(item.as_bytes()))
    };
    let mut settings = request.headers().filter(|(field, _)| field.eq_ignore_ascii_case("http2-settings"));
    let (Some((_, value)), None) = (settings.next(), settings.next()) else { return false };
    request.wants_upgrade()
        && lists("upgrade", "h2c")
        && lists("connection", "http2-settings")
        && is_settings(value)
}

/// True for the base64url text, without padding, of whole settings of six bytes.
fn is_settings(value: &[u8]) -> bool {
    let is_text = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    // Six bytes are eight letters.
    is_text && value.len().is_multiple_of(8)
}

/// The frames of stream 1: the head and, if there is one, the body.
pub(crate) fn frames(request: &Request<'_>, body: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    literal(&mut block, ":method", request.method().as_bytes());
    literal(&mut block, ":scheme", request.scheme().as_bytes());
    literal(&mut block, ":authority", request.host().unwrap_or_default().as_bytes());
    let path = match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path().to_owned(),
    };
    literal(&mut block, ":path", path.as_bytes());
    for (name, value) in request.headers() {
        if !is_of_connection(name) {
            literal(&mut block, &name.to_ascii_lowercase(), value);
        }
    }
    let mut frames = Vec::with_capacity(block.len() + body.len() + 64);
    let mut pieces = block.chunks(FRAME_BYTES_MAX).peekable();
    let mut kind = HEADERS;
    while let Some(piece) = pieces.next() {
        let mut flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
        if kind == HEADERS && body.is_empty() {
            flags |= END_STREAM;
        }
        frame(&mut frames, kind, flags, piece);
        kind = CONTINUATION;
    }
    let mut pieces = body.chunks(FRAME_BYTES_MAX).peekable();
    while let Some(piece) = pieces.next() {
        frame(&mut frames, DATA, if pieces.peek().is_none() { END_STREAM } else { 0 }, piece);
    }
    frames
}

/// Fields that HTTP/2 does not know, or has under another name.
fn is_of_connection(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "connection",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, payload: &[u8]) {
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags, 0, 0, 0, 1]);
    out.extend_from_slice(payload);
}

/// A field without indexing and without Huffman code, so that the peer's table stays in step.
fn literal(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    block.push(0);
    for part in [name.as_bytes(), value] {
        prefixed_length(block, part.len());
        block.extend_from_slice(part);
    }
}

/// An integer with a prefix of seven bits (RFC 7541 section 5.1).
fn prefixed_length(block: &mut Vec<u8>, length: usize) {
    const PREFIX_MAX: usize = 127;
    if length < PREFIX_MAX {
        return block.push(length as u8);
    }
    block.push(PREFIX_MAX as u8);
    let mut rest = length - PREFIX_MAX;
    while rest >= 128 {
        block.push((rest % 128) as u8 | 0x80);
        rest /= 128;
    }
    block.push(rest as u8);
}
