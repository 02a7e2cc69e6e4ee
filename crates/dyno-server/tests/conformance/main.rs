//! Conformance of the server: what the RFCs demand, as named cases with their sections, over raw sockets.
//!
//! The parsers and writers here are the tests' own, so that a mistake of the codecs cannot hide itself.
//! `cargo xtask conformance` runs this binary and writes the table of results into the documents.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod case;
mod client;
mod differential;
mod echo;
mod foreign;
mod http1;
mod http2;
#[cfg(feature = "http3")]
mod http3;
mod peers;
mod report;
mod websocket;
mod wire;
