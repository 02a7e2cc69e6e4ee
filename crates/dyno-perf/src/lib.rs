//! Functions of Rust programs, timed in passing: `#[benchmark]`, `span`, and a run record at the end.
//!
//! The program does what it does anyway; nothing is run again and nothing is printed. What was timed can be asked for at
//! any time, and becomes a run record `dyno-run/1` by [`write()`] or, with the variable `DYNO_RECORD=FILE`, when the
//! program ends. `dyno runs import FILE` takes it. The Python package `dynamometer` means the same by the same words.
//!
//! ```
//! use dyno_perf::{benchmark, span};
//!
//! #[benchmark(name = "parse", gate = ["p99 < 20ms", "errors < 1%"])]
//! fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
//!     text.parse()
//! }
//!
//! {
//!     let _checkout = span("checkout");
//!     assert_eq!(parse("12"), Ok(12));
//!     assert!(parse("twelve").is_err());
//! }
//! let stats = benchmark("parse").stats();
//! assert_eq!((stats.calls, stats.failed), (2, 1));
//! assert_eq!(stats.errors["ParseIntError"], 1);
//! ```
//!
//! Not here: playing load, and judging whether anything got slower; `dyno` does both.

pub mod attribute;
mod benchmark;
mod calls;
mod lane;
mod record;
mod recorder;
mod stats;

/// The page of the guide, so that its code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/rust-benchmarks.md")]
mod guide {}

pub use benchmark::{Benchmark, Span};
pub use dyno_perf_macros::benchmark;
pub use recorder::{Recorder, WriteError, benchmark, reset, span, write};
pub use stats::{LastResult, Stats};
