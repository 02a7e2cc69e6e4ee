//! Load sessions for HTTP/1.1: endpoints, TLS, requests from templates, and two ways to play them.
//!
//! The *lean* way sends prebuilt bytes and reads of an answer only its status and its end; the *general* way plays
//! everything else a plan can ask for. [`HttpDriver`] chooses. Prints nothing; a failing request is data.

mod choice;
pub mod debug;
mod driver;
mod endpoint;
mod general;
mod lean;
mod local_port;
mod order;
mod render;
mod scenario;
mod tls;

pub use driver::HttpDriver;
pub use order::RequestOrder;

#[cfg(test)]
mod tests;
