//! stub
use crate::failure::Failure;
use clap::{Args, Subcommand};
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    Load(LoadArguments),
}
#[derive(Debug, Args)]
pub struct LoadArguments {}
pub fn load_command(_a: &LoadArguments) -> Result<std::process::ExitCode, Failure> {
    Err(Failure::Interrupted)
}
