//! HTTP/3 by RFC 9114, 9204 and 9218, over raw QUIC streams, a file per subject.

mod case;
mod frames;
mod limits;
mod messages;
mod qpack;
pub mod raw;
mod streams;
