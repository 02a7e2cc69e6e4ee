//! Encoders: request heads, response heads and chunk framing appended to a caller's buffer.
//!
//! Decides no framing and adds no field of its own; what is given is checked and written. Called by the load
//! session (requests prebuilt once) and the server (responses outside of its prepared heads).

use thiserror::Error;

use super::request::validate::is_token;

/// Why a head cannot be written: the peer would read something else than was meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A method that is no token.
    #[error("the method `{method}` is not a token of letters, digits and !#$%&'*+-.^_`|~")]
    Method {
        /// The method.
        method: String,
    },
    /// A request target with a space or control byte, or an empty one.
    #[error("the request target `{target}` is empty or has a byte outside visible ASCII")]
    Target {
        /// The target.
        target: String,
    },
    /// A field name that is no token.
    #[error("the field name `{name}` is not a token of letters, digits and !#$%&'*+-.^_`|~")]
    FieldName {
        /// The name.
        name: String,
    },
    /// A field value with CR, LF, NUL or another control byte.
    #[error("the value of the field `{name}` has a control byte")]
    FieldValue {
        /// The name of the field.
        name: String,
    },
    /// A status outside 100 to 999.
    #[error("the status code {status} is not between 100 and 999")]
    Status {
        /// The status.
        status: u16,
    },
}

/// Appends `METHOD target HTTP/1.1`, the fields and the empty line.
///
/// # Errors
/// When a part would break the head; `out` is then as before.
pub fn encode_request_head<'a>(
    out: &mut Vec<u8>,
    method: &str,
    target: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), EncodeError> {
    if !is_token(method) {
        return Err(EncodeError::Method { method: method.to_owned() });
    }
    if target.is_empty() || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(EncodeError::Target { target: target.to_owned() });
    }
    let start = out.len();
    for part in [method, " ", target, " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    encode_fields(out, fields).inspect_err(|_| out.truncate(start))
}

/// Appends `HTTP/1.1 status reason`, the fields and the empty line; the reason is the registered one.
///
/// # Errors
/// When a part would break the head; `out` is then as before.
pub fn encode_response_head<'a>(
    out: &mut Vec<u8>,
    status: u16,
    fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), EncodeError> {
    if !(100..1000).contains(&status) {
        return Err(EncodeError::Status { status });
    }
    let start = out.len();
    encode_status_line(out, status);
    encode_fields(out, fields).inspect_err(|_| out.truncate(start))
}

/// Appends the status line; `status` must be between 100 and 999 to be readable.
pub fn encode_status_line(out: &mut Vec<u8>, status: u16) {
    // Nearly all of them.
    if status == 200 {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason_phrase(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Appends one field line.
///
/// # Errors
/// When the name is no token or the value has a control byte; `out` is then as before.
pub fn encode_field(out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), EncodeError> {
    if !is_token(name) {
        return Err(EncodeError::FieldName { name: name.to_owned() });
    }
    // Looks at all bytes even after a bad one, which takes a few of them in one step.
    if value.iter().fold(false, |is_bad, &byte| is_bad | ((byte < b' ') & (byte != b'\t')) | (byte == 0x7f)) {
        return Err(EncodeError::FieldValue { name: name.to_owned() });
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends one chunk; nothing for empty `data`, since an empty chunk would end the body.
pub fn encode_chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let mut digits = [0_u8; 16];
    let mut at = digits.len();
    let mut rest = data.len();
    while rest > 0 {
        at -= 1;
        digits[at] = b"0123456789abcdef"[rest % 16];
        rest /= 16;
    }
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Appends the last chunk, the trailer fields and the empty line that end a chunked body.
///
/// # Errors
/// When a trailer would break the section; `out` is then as before.
pub fn encode_last_chunk<'a>(
    out: &mut Vec<u8>,
    trailers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(b"0\r\n");
    encode_fields(out, trailers).inspect_err(|_| out.truncate(start))
}

/// The registered reason phrase of `status`; empty for codes without one.
#[must_use]
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a Teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        511 => "Network Authentication Required",
        _ => "",
    }
}

fn encode_fields<'a>(
    out: &mut Vec<u8>,
    fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), EncodeError> {
    for (name, value) in fields {
        encode_field(out, name, value)?;
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}
