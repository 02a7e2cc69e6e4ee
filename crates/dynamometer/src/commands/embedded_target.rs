//! The target as a child process: one line of JSON with its addresses, then it serves until its stdin closes.

use std::io::Read;

use dyno_target::{Bounds, TargetOptions, TargetTls, serve};
use serde_json::json;

use super::serve::allow_connections;
use crate::args::serve::EmbeddedTargetArgs;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Serves for the process that started this one.
///
/// # Errors
/// When the target cannot be started.
pub fn embedded_target(args: &EmbeddedTargetArgs) -> Result<Exit, CommandError> {
    allow_connections();
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let bounds = Bounds::default();
    let options = TargetOptions {
        listen: vec![any_port],
        threads: usize::from(args.threads),
        injection: args.inject,
        listen_tls: if args.tls { vec![any_port] } else { Vec::new() },
        tls: args.tls.then_some(TargetTls::SelfSigned),
        http3: args.http3,
        bounds: Bounds { body_bytes_max: args.max_body.unwrap_or(bounds.body_bytes_max), ..bounds },
        ..TargetOptions::default()
    };
    let target = serve(options)?;
    let words = |addresses: &[std::net::SocketAddr]| -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    };
    let announced = json!({
        "listen": words(target.local_addrs()),
        "listen_tls": words(target.tls_addrs()),
        "ca_pem": target.self_signed_pem(),
    });
    console::data(format!("{announced}\n").as_bytes())?;
    // The other end closes when its process ends, however that happens.
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
    drop(target);
    Ok(Exit::Passed)
}
