//! The results API and the page over the store: what `dyno monitor` serves.
//!
//! One table of endpoints is dispatch, OpenAPI document and test at once (`endpoints`). Benchmarks are played one at a time
//! by a [`Player`] that the caller hands in; no client library and no engine is known here. Nothing is printed.

mod answer;
mod configuration;
mod endpoints;
mod guard;
mod openapi;
mod player;
mod problem;
mod queue;
mod request_log;
mod secrets;
mod shared;

pub use guard::Access;
pub use player::{ClientOffer, PlayProgress, Player};
pub use shared::{Dashboard, DashboardOptions};

#[cfg(test)]
mod tests;
