//! The `dyno` command: arguments in, one run or one look at the store, an exit code out.
//!
//! Here everything meets that other crates keep apart; what they decide is not decided again here.

mod args;
mod commands;
mod console;
mod contest;
mod error;
mod exit;
mod live;
mod log;
mod play;
mod profiles;
mod progress;
mod registry;
mod results;
mod self_test;
mod shell;
mod twins;

fn main() -> std::process::ExitCode {
    commands::main()
}

#[cfg(test)]
mod tests;
