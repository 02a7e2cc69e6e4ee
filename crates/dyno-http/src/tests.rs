//! Whole runs over real sockets: every way in which a server can answer or fail, and what is made of it.
//!
//! Servers stand on port 0 of loopback; a missing interpreter is a visible skip line.

mod faults;
mod features;
pub(crate) mod fixture;
mod foreign;
mod journeys;
mod library;
mod tls;
