//! The contest of HTTP client libraries: which one asks at what cost.
//!
//! Every client plays in a worker process of its own (`dyno-workers`); here are the list of contenders, their
//! environments, the look at the wire before anything is measured, the blocks, and the statistics. Not here: flags,
//! printing, and the target. Called by `dyno clients`.

mod audit;
mod contender;
mod contest;
mod environment;
mod expected;
mod figures;
mod files;
mod function;
pub mod openapi;
mod order;
mod single;
mod verdict;

pub use audit::{LedgerError, TargetAccess};
pub use contender::{Contender, ContenderError, Selection, base_set, contenders, select, select_known};
pub use contest::{Contest, Entrant, Observer, Outcome, Role, Segment, play};
pub use environment::{EnvironmentError, Environments, Installed};
pub use expected::Expected;
pub use files::{rust_project, template};
pub use function::Function;
pub use order::order_of_block;
pub use single::{SingleError, figures_of, play_alone};
pub use verdict::blocks_least;
