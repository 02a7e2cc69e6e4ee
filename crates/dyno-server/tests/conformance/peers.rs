//! Clients and checkers that nobody here wrote, against the same server; each is skipped visibly where it is missing.

mod http1;
#[cfg(feature = "http3")]
mod http3;
mod slow;
