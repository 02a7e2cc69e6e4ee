//! The reference target: an HTTP server whose answers, delays and faults are known beforehand.
//!
//! Load generators are judged against it, so it says what it does (`/`), when it does it (`/__clock`) and what it
//! received (`/__truth/{run}`). Knows nothing of the load side. Called by `dyno serve`, the embedded target, tests.

mod call;
mod certificate;
mod clock;
mod coding;
mod error;
mod faults;
mod httpbin;
mod injection;
mod ledger;
mod load_core;
mod openapi;
mod paced;
mod protocol;
mod query;
mod random;
mod routes;
mod state;
mod target;
mod timer;
mod timing;
mod truth;

#[cfg(test)]
mod tests;

pub use error::TargetError;
pub use injection::{Injection, InjectionError, Pause, SlowFirst, Tail};
pub use routes::{Family, Parameter, RouteDoc, routes};
pub use target::{Bounds, Profile, RunningTarget, TargetOptions, TargetTls, serve};
pub use timing::pause_answer_at;
