//! Plays a plan: starts arrivals at their time, records what came of them, and tells observers.
//!
//! Knows no protocol and prints nothing. A [`Driver`] brings the protocol: it either plays its own
//! loop over a [`Worker`], or gives [`drive`] a [`Scenario`] and [`Session`]s. [`run()`] ties it together.

mod arrivals;
mod clock;
mod collector;
pub mod contest;
mod control;
mod drive;
mod driver;
mod log;
mod recorder;
mod run;
mod schedule;
pub mod simulate;
mod summary;

pub use arrivals::{Arrival, ArrivalSource};
pub use clock::{Clock, MonotonicClock};
pub use collector::{IntervalTotals, Observer, RunEvent};
pub use control::{Control, Phase};
pub use drive::{Outcome, Probe, Scenario, Session, drive};
pub use driver::{Driver, DriverError, LocalFuture, TargetInfo, Worker};
pub use log::{LogCounts, LoggedSample, SampleLog};
pub use recorder::{RawSpecimen, Recorder, Unmeasured, WorkerInterval};
pub use run::{Hooks, LogOrder, Meters, RunError, RunOptions, Supervisor, run, run_with};
pub use schedule::{ArrivalSchedule, Cursor, Schedule};
pub use summary::{Played, Summary};
