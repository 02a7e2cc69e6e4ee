//! Flags that `dyno run` and `dyno http` share: load, judgement, outputs, connections.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dyno_model::{Arrivals, Warmup};
use dyno_plan::Overrides;

use crate::args::values::{self, HeaderFields, SecretText};

/// Everything that says how a run is played.
#[derive(Debug, Args)]
pub struct PlayArgs {
    #[command(flatten)]
    pub load: LoadArgs,
    #[command(flatten)]
    pub requests: RequestArgs,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub result: ResultArgs,
}

/// How much is asked, and for how long.
#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct LoadArgs {
    /// Connections: users of a closed loop, the limit of requests in flight of an open one
    #[arg(short = 'c', long, alias = "users", value_name = "N")]
    pub connections: Option<u32>,
    /// How many measured requests end the run
    #[arg(short = 'n', long, value_name = "N")]
    pub requests: Option<u64>,
    /// How long is measured, such as 30s or 1m30s
    #[arg(short = 'z', visible_short_alias = 'd', long, value_name = "TIME", value_parser = values::duration)]
    pub duration: Option<Duration>,
    /// Requests per second of the whole run, such as 500 or 500/s; makes the run open loop
    #[arg(short = 'q', long, value_name = "RATE", value_parser = values::rate)]
    pub rate: Option<f64>,
    /// What is played first and not counted: a time (5s), a count (1000req), auto, or 0
    #[arg(short = 'w', long, value_name = "WARMUP", value_parser = values::warmup)]
    pub warmup: Option<Warmup>,
    /// How long load goes on after the measurement, uncounted
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub cooldown: Option<Duration>,
    /// How arrivals of an open loop are spaced: even or poisson
    #[arg(long, value_name = "HOW", value_parser = values::arrivals)]
    pub arrivals: Option<Arrivals>,
    /// Limit of requests in flight of an open loop; -c means the same there
    #[arg(long, value_name = "N")]
    pub max_in_flight: Option<u32>,
    /// Pause of each user between an answer and the next request, closed loop only
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub think_time: Option<Duration>,
    /// Time over which the users of a closed loop start
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub ramp_up: Option<Duration>,
    /// Load threads
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
    /// Seed of everything random; equal seeds ask the same
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// What every request carries.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
pub struct RequestArgs {
    /// A header field, repeatable; @FILE reads fields from a file, where no process list shows them
    #[arg(short = 'H', long = "header", value_name = "'NAME: VALUE'", value_parser = values::header)]
    pub headers: Vec<HeaderFields>,
    /// Basic credentials; env:NAME and @FILE keep them out of the process list
    #[arg(short = 'u', long, value_name = "USER:PASSWORD", value_parser = values::secret)]
    pub user: Option<SecretText>,
    /// Bearer token; env:NAME and @FILE keep it out of the process list
    #[arg(long, value_name = "TOKEN", value_parser = values::secret, conflicts_with = "user")]
    pub bearer: Option<SecretText>,
    /// Time limit of a request, such as 5s
    #[arg(short = 't', long, value_name = "TIME", value_parser = values::duration)]
    pub timeout: Option<Duration>,
    /// How many redirects are followed
    #[arg(long, value_name = "N")]
    pub redirects: Option<u32>,
    /// Keep cookies, each user its own
    #[arg(long)]
    pub cookies: bool,
    /// Ask for compressed answers and decode them
    #[arg(long)]
    pub compressed: bool,
}

/// How connections are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionArgs {
    /// Requests sent on a connection before the first answer
    #[arg(long, value_name = "N")]
    pub pipeline: Option<u32>,
    /// Open a connection for each request
    #[arg(long)]
    pub disable_keepalive: bool,
    /// Time limit of resolving, connecting and the TLS handshake together
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub connect_timeout: Option<Duration>,
    /// Accept any TLS certificate
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Trust the authorities of this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Key of the client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Name for TLS instead of the URL's host
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,
    /// HTTP proxy; requests go through CONNECT
    #[arg(short = 'x', long, value_name = "http://[USER:PASSWORD@]HOST:PORT")]
    pub proxy: Option<String>,
    /// Use this address for a host, repeatable
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    pub resolve: Vec<String>,
    /// Connect elsewhere for a host, repeatable; the Host field stays
    #[arg(long, value_name = "HOST:PORT:HOST:PORT")]
    pub connect_to: Vec<String>,
    /// Connect to this Unix socket
    #[arg(long, value_name = "PATH")]
    pub unix_socket: Option<PathBuf>,
    /// Local address to connect from, repeatable, used in turn
    #[arg(long, value_name = "IP")]
    pub source_address: Vec<IpAddr>,
}

/// What is judged, written and shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
pub struct ResultArgs {
    /// An objective, repeatable: 'p99 < 20ms', 'errors < 0.1%', 'rate > 99% of asked'
    #[arg(long = "threshold", value_name = "OBJECTIVE")]
    pub thresholds: Vec<String>,
    /// Name of the run; runs of one name are comparable
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A file to write, repeatable; its extension says what: .html .json .md .csv .xml .hgrm .hlog .prom
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Print the run record as JSON and nothing else
    #[arg(long)]
    pub json: bool,
    /// No live view and no progress
    #[arg(long)]
    pub quiet: bool,
    /// Compare with the newest stored run of this tag, name or id; a regression is exit code 1
    #[arg(long, value_name = "RUN")]
    pub baseline: Option<String>,
    /// A change from the baseline that fails, repeatable: 'p99:+10%', 'errors:+0.1pp'
    #[arg(long = "fail-on", value_name = "RULE", requires = "baseline")]
    pub fail_on: Vec<String>,
    /// Do not keep the run in the store
    #[arg(long)]
    pub no_store: bool,
    /// Print the resolved plan with the origin of every value, and play nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Compare the record with the ledger of the target, which must be `dyno serve` or the embedded one
    #[arg(long)]
    pub audit: bool,
    /// Process of the target, to record what it uses
    #[arg(long, value_name = "PID", conflicts_with = "target_container")]
    pub target_pid: Option<u32>,
    /// Container of the target, to record what it uses
    #[arg(long, value_name = "NAME")]
    pub target_container: Option<String>,
}

impl PlayArgs {
    /// The flags as values on top of a plan.
    pub fn overrides(&self, urls: Vec<String>) -> Overrides {
        let (load, requests) = (&self.load, &self.requests);
        let (connection, result) = (&self.connection, &self.result);
        let mut headers: Vec<String> = self.header_fields().map(|field| field.value.clone()).collect();
        headers.extend(requests.bearer.iter().map(|token| format!("Authorization: Bearer {}", token.value)));
        Overrides {
            name: result.name.clone(),
            urls,
            seed: load.seed,
            rate_per_s: load.rate,
            users: load.connections,
            duration: load.duration,
            requests: load.requests,
            warmup: load.warmup,
            cooldown: load.cooldown,
            timeout: requests.timeout,
            drain: None,
            connect_timeout: connection.connect_timeout,
            threads: load.threads,
            ramp_up: load.ramp_up,
            think_time: load.think_time,
            arrivals: load.arrivals.clone(),
            max_in_flight: load.max_in_flight,
            pipeline: connection.pipeline,
            keep_alive: connection.disable_keepalive.then_some(false),
            cookies: requests.cookies.then_some(true),
            redirects: requests.redirects,
            compressed: requests.compressed.then_some(true),
            insecure: connection.insecure.then_some(true),
            ca_file: connection.cacert.clone(),
            certificate_file: connection.cert.clone(),
            key_file: connection.key.clone(),
            server_name: connection.server_name.clone(),
            proxy: connection.proxy.clone(),
            resolve: connection.resolve.clone(),
            connect_to: connection.connect_to.clone(),
            unix_socket: connection.unix_socket.clone(),
            source_addresses: connection.source_address.clone(),
            headers,
            basic: requests.user.as_ref().map(|user| user.value.clone()),
            thresholds: result.thresholds.clone(),
            outputs: result.outputs.clone(),
        }
    }

    /// Which flags show a secret to everybody who lists processes, with what to use instead.
    pub fn visible_secrets(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let is_literal = |secret: &Option<SecretText>| secret.as_ref().is_some_and(|s| s.is_literal);
        if is_literal(&self.requests.user) {
            warnings.push(
                "the password of `-u` is visible in the process list; use `-u @FILE` or `-u env:NAME`".into(),
            );
        }
        if is_literal(&self.requests.bearer) {
            warnings.push(
                "the token of `--bearer` is visible in the process list; use `--bearer @FILE` or `--bearer env:NAME`".into(),
            );
        }
        for field in self.header_fields().filter(|field| field.is_literal) {
            let name = field.value.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            if SECRET_HEADERS.contains(&name.as_str()) {
                warnings
                    .push(format!("the value of `-H {name}` is visible in the process list; use `-H @FILE`"));
            }
        }
        warnings
    }

    fn header_fields(&self) -> impl Iterator<Item = &SecretText> {
        self.requests.headers.iter().flat_map(|header| &header.fields)
    }
}

pub use dyno_model::SECRET_HEADERS;
