//! `dyno serve`, and the hidden command that runs the target as a child process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use dyno_target::Injection;

use crate::args::values;

const HELP: &str = "\
Examples:
  dyno serve                                     on 127.0.0.1:8080
  dyno serve --listen 127.0.0.1:9000 --threads 2
  dyno serve --listen-tls 127.0.0.1:8443 --self-signed --http3
  dyno serve --max-body 64MiB --max-duration 1m  for larger bodies and longer delays
  curl http://127.0.0.1:8080/                    says what each route does
  curl http://127.0.0.1:8080/openapi.json        the same as an OpenAPI document";

/// Starts the reference target, whose answers, delays and faults are known beforehand.
///
/// Ends on Ctrl-C or `POST /__drain`: requests in progress may end, the rest is cut and counted.
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
    /// Serve HTTP/3 as well, at the TLS ports in UDP
    #[arg(long, requires = "listen_tls")]
    pub http3: bool,
    /// Unix socket to listen on as well
    #[arg(long, value_name = "PATH")]
    pub unix_socket: Option<PathBuf>,
    /// Server threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub threads: u16,
    /// How patient the target is with its clients
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    pub profile: ProfileArg,
    /// Largest body of a request, and of an answer made to measure
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = values::size)]
    pub max_body: u64,
    /// Longest time that a request may make its answer take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    pub max_duration: Duration,
    /// Obey the field `x-chaos: latency=50ms;rate=0.1;status=503` of any request
    #[arg(long)]
    pub chaos: bool,
    /// Let /env show the variables named HTTPBIN_ENV_...
    #[arg(long)]
    pub show_env: bool,
    /// Print the addresses as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Limits of the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// For load tests: busy connections never end by themselves
    #[default]
    Bench,
    /// As a server that anybody can reach: less patience, less of everything
    Edge,
}

/// The target as a child process.
#[derive(Debug, Args)]
pub struct EmbeddedTargetArgs {
    /// Server threads
    #[arg(long, default_value_t = 1)]
    pub threads: u16,
    /// What slows it on purpose, such as `busy=5us,tail=1%:5ms`
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub inject: Injection,
    /// Listen with TLS as well, by a certificate made now
    #[arg(long)]
    pub tls: bool,
    /// Serve HTTP/3 on the port of TLS as well
    #[arg(long, requires = "tls")]
    pub http3: bool,
    /// Largest body of an answer made to measure, and of a request but for `/upload`
    #[arg(long, value_name = "SIZE", value_parser = crate::args::values::size)]
    pub max_body: Option<u64>,
}
