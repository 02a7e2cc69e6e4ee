//! `dyno serve`, and the hidden command that runs the target as a child process.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

const HELP: &str = "\
Examples:
  dyno serve                                     on 127.0.0.1:8080
  dyno serve --listen 127.0.0.1:9000 --threads 2
  dyno serve --listen-tls 127.0.0.1:8443 --self-signed
  curl http://127.0.0.1:8080/                    lists all routes";

/// Starts the reference target, whose answers, delays and faults are known beforehand.
///
/// Ends on Ctrl-C: requests in progress may end, the rest is cut and counted.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ServeArgs {
    /// Plain-text address, repeatable; port 0 lets the system pick [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<SocketAddr>,
    /// TLS address, repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub listen_tls: Vec<SocketAddr>,
    /// Certificate chain for TLS, PEM
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "self_signed")]
    pub cert: Option<PathBuf>,
    /// Key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Make a certificate for localhost
    #[arg(long)]
    pub self_signed: bool,
    /// Unix socket to listen on as well
    #[arg(long, value_name = "PATH")]
    pub unix_socket: Option<PathBuf>,
    /// Server threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: u16,
    /// Print the addresses as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// The target as a child process.
#[derive(Debug, Args)]
pub struct EmbeddedTargetArgs {
    /// Server threads
    #[arg(long, default_value_t = 1)]
    pub threads: u16,
}
