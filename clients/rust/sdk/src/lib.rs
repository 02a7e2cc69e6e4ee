//! What a worker in Rust needs: the protocol, the lanes, the samples.
//!
//! A worker makes the clients of its lanes from a [`Setup`], and plays with [`Worker::serve`]. What travels is in
//! `docs/worker-protocol.md`. Not here: any HTTP; that is the library's, which is what is measured.
//!
//! ```no_run
//! use dyno_worker::{Answer, Failure, Refusal, Setup, SyncLane, Worker};
//!
//! struct Lane;
//!
//! impl SyncLane for Lane {
//!     fn call(&mut self, _request: usize) -> Result<Answer, Failure> {
//!         Ok(Answer::whole(200, 0))
//!     }
//! }
//!
//! fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
//!     Ok((0..setup.lanes).map(|_| Lane).collect())
//! }
//!
//! Worker::new("nothing", "1.0.0").sync(lanes).serve()
//! ```

#[cfg(feature = "alloc")]
mod allocations;
mod columns;
mod failures;
mod lane;
mod run;
mod settings;
#[cfg(feature = "tokio")]
mod tasks;
mod threads;
mod usage;
mod wire;
mod worker;

pub use failures::{Failure, Kind};
pub use lane::{Answer, SyncLane};
pub use settings::{Profile, Refusal, Request, STREAM_CHUNK_BYTES, Setup};
#[cfg(feature = "tokio")]
pub use tasks::{AsyncLane, BlockOn, Main, tokio_current_thread};
pub use worker::Worker;
