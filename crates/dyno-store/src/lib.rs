//! The store of run records, comparisons and contests of clients: one SQLite file that several processes may use at once.
//!
//! Keeps records as JSON beside the few columns that lists need, and the seconds of a run as they come, so
//! that a killed run is not lost. Not here: judging, statistics and reports. Called by the binary.

mod benchmark;
mod clients;
mod comparison;
mod error;
mod find;
mod found;
mod id;
mod keep;
mod open;
mod process;
mod read;
mod row;
mod settle;
mod transfer;
mod write;

pub use benchmark::{
    BenchmarkFilter, BenchmarkPage, ForeignResults, ImportedBenchmarks, RowProblem, is_sqlite,
    read_foreign_results,
};
pub use clients::{ClientsFilter, ClientsSummary};
pub use comparison::{ArmSummary, ComparisonFilter, ComparisonSummary};
pub use error::StoreError;
pub use found::Found;
pub use id::{new_benchmark_id, new_run_id};
pub use keep::Prune;
pub use open::{Store, default_path};
pub use read::{RunFilter, RunSummary};
pub use transfer::{BENCHMARK_SCHEMA, BUNDLE_SCHEMA, Imported};
pub use write::RunWriter;

#[cfg(test)]
mod tests;
