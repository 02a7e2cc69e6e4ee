//! Programs of other languages under load: a worker is started, told what to ask and when, and reports its samples.
//!
//! The protocol is described in `docs/worker-protocol.md`. The worker times itself; here times are only joined with the
//! schedule. Not here: which client libraries there are and how they are compared. Called by the contest of clients.

mod check;
mod columns;
mod group;
mod process;
mod protocol;
mod session;
mod stop;

pub use check::{CheckUrls, Finding, Rule, check};
pub use columns::{ColumnError, SampleColumns, ScheduleColumns, read_schedule};
pub use group::{Group, kill_groups, spawn_group};
pub use process::{Ending, LineRead, ProcessError, Spawn, read_line};
pub use protocol::{
    ClientRequest, Done, Flush, Hello, PROTOCOL, Profile, Progress, RunOrder, Setup, TlsSetup, ToHost,
    ToWorker, Window,
};
pub use session::{Answer, HostUsage, RunLimits, RunOutcome, Session, SessionError, Watch};
pub use stop::Stop;
