//! Plan files and flags, resolved into one run plan, all mistakes reported at once.
//!
//! The way of a plan: `files` reads the text, `tree` turns YAML into values with places, `draft` and the
//! section modules read it into typed pieces, `resolve` adds environment, flags and defaults. Plays
//! nothing and prints nothing; called by the commands of the binary.

mod address;
mod arguments;
mod builtin;
mod describe;
mod draft;
mod feeder;
mod files;
mod http;
mod interpolate;
mod layers;
mod load;
mod overrides;
mod problem;
mod read;
mod render;
mod resolve;
mod scenario;
mod schema;
mod secrets;
mod source;
mod suggest;
mod template;
mod tree;

pub use arguments::{HttpArguments, resolve_http};
pub use builtin::{TEMPLATE_NAMES, builtin_tour, template};
pub use files::{ReadError, read_plan};
pub use overrides::Overrides;
pub use problem::{PlanErrors, Problem};
pub use resolve::{Origin, Resolved, Surroundings, resolve};
pub use schema::plan_schema;
pub use source::PlanSource;

#[cfg(test)]
mod tests;
