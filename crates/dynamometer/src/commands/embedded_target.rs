//! The target as a child process: one line of JSON with its addresses, then it serves until its stdin closes.

use std::io::Read;

use dyno_target::{TargetOptions, serve};
use serde_json::json;

use crate::args::serve::EmbeddedTargetArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Serves for the process that started this one.
///
/// # Errors
/// When the target cannot be started.
pub fn embedded_target(args: &EmbeddedTargetArgs) -> Result<Exit, CommandError> {
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let options = TargetOptions {
        listen: vec![any_port],
        threads: usize::from(args.threads),
        injection: args.inject,
        ..TargetOptions::default()
    };
    let target = serve(options)?;
    let addresses: Vec<String> = target.local_addrs().iter().map(ToString::to_string).collect();
    console::data(format!("{}\n", json!({ "listen": addresses })).as_bytes())?;
    // The other end closes when its process ends, however that happens.
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
    drop(target);
    Ok(Exit::Passed)
}
