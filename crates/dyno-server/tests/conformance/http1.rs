//! HTTP/1.1 by RFC 9110 and 9112, a file per subject.

mod chunks;
mod connection;
mod content;
mod content_length;
mod fields;
mod host;
mod limits;
mod request_line;
mod semantics;
mod smuggling;
mod target;
mod transfer_coding;
