//! HTTP/2 by RFC 9113 and HPACK by RFC 7541, over raw frames; the subjects of h2spec and more, a file per subject.

mod case;
mod floods;
mod flow_control;
mod frames;
mod hpack;
mod messages;
mod server_frames;
mod settings;
mod starting;
mod streams;
mod wire;
