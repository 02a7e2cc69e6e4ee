//! The machine: fingerprint, resources used by generator and target, limits, and whether it is quiet.
//!
//! Never needs root, never fails a run: what cannot be read is absent or `unknown`. On systems without
//! `/proc` everything compiles and little is known. Not here: running load, judging (`dyno-verdict`) and
//! printing. Called by the binary before, during and after a run, and by `dyno doctor`.

pub mod anchor;
mod cgroup;
mod container;
pub mod doctor;
mod files;
mod fingerprint;
pub mod limits;
mod meter;
mod pressure;
mod round;

pub use container::{ContainerError, container_pid};
pub use fingerprint::{fingerprint, usable_cores};
pub use meter::{ResourceMeter, TreeUsage, tree_usage};
pub use pressure::memory_stall;
pub use round::{GeneratorRound, RoundMeter};
