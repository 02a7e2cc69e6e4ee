//! `dyno clients`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use dyno_workers::Profile;

use crate::args::values::{self, HeaderFields};

const HELP: &str = "\
Examples:
  dyno clients list
  dyno clients setup requests httpx pycurl
  dyno clients compare requests httpx pycurl
  dyno clients compare httpx:async aiohttp --lanes 64 -o clients.md
  dyno clients new --lang python mine.py && dyno clients check mine.py";

/// What workers are written in.
const LANGUAGES: [&str; 3] = ["python", "node", "rust"];

/// HTTP client libraries side by side: what does asking cost?
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ClientsArgs {
    #[command(subcommand)]
    pub command: ClientsCommand,
}

/// What can be done with client libraries.
#[derive(Debug, Subcommand)]
pub enum ClientsCommand {
    /// Say which libraries there are, and which are set up
    List(ListArgs),
    /// Install libraries, each into an environment of its own
    Setup(SetupArgs),
    /// Play the worker protocol against a worker and say which rule it breaks
    Check(CheckArgs),
    /// Write a worker to start from
    New(NewArgs),
    /// Put libraries side by side against one target
    Compare(Box<ClientsCompareArgs>),
}

/// Flags of `dyno clients list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `dyno clients setup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dyno clients setup requests httpx aiohttp
  dyno clients setup --lang rust")]
pub struct SetupArgs {
    /// Libraries; without one, the base set
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    #[command(flatten)]
    pub base: BaseArgs,
}

/// Which part of the base set, when no library is named.
#[derive(Debug, Args)]
pub struct BaseArgs {
    /// The languages of the base set, with commas; without one, python and node, which nothing has to be compiled for
    #[arg(
        long = "lang",
        value_name = "LANGUAGE",
        value_delimiter = ',',
        value_parser = LANGUAGES,
        conflicts_with = "clients"
    )]
    pub langs: Vec<String>,
}

/// Flags of `dyno clients check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dyno clients check mine.py")]
pub struct CheckArgs {
    /// A library, the file of a worker, or the folder of one in Rust
    #[arg(value_name = "CLIENT|FILE")]
    pub client: String,
}

/// Flags of `dyno clients new`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dyno clients new --lang python mine.py")]
pub struct NewArgs {
    /// The language
    #[arg(long, value_name = "LANGUAGE", value_parser = LANGUAGES)]
    pub lang: String,
    /// The file to write, in Rust the folder of a project; without one, `worker` with the language's ending
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Which of a library's habits are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// The library as it comes
    Defaults,
    /// Pools as large as the lanes, no redirects, bodies as they come: the same for all
    #[default]
    Matched,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Defaults => Self::Defaults,
            ProfileArg::Matched => Self::Matched,
        }
    }
}

/// Flags of `dyno clients compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dyno clients compare requests httpx pycurl                  the embedded target, GET, 1 lane
  dyno clients compare httpx aiohttp --mode async --lanes 64  one loop, 64 requests in flight
  dyno clients compare requests ./mine.py --url http://127.0.0.1:8080/json -o clients.md
  dyno clients compare py:shop.client:fetch requests          a function of your own, called with the URL
  dyno clients compare requests httpx --lanes 1,8,64 --size 0,1k,64k --tls off,on   18 cases
  dyno clients compare requests httpx --from-openapi api.yaml --include 'GET *'     a case for each operation

The first client is the reference, and plays twice so that the contest shows what it says of equals. CLIENT is a name
of `dyno clients list`, the file of a worker, or py:MODULE:FUNCTION, with `:sync` or `:async` behind it for one of its
modes.")]
pub struct ClientsCompareArgs {
    /// Libraries, files of workers, or functions; without one, the base set
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    #[command(flatten)]
    pub base: BaseArgs,
    #[command(flatten)]
    pub functions: FunctionArgs,
    #[command(flatten)]
    pub asked: AskedArgs,
    #[command(flatten)]
    pub played: PlayedArgs,
    /// Keep it out of the store
    #[arg(long, help_heading = "Output")]
    pub no_store: bool,
    /// The name of the contest in the store
    #[arg(long, value_name = "NAME", default_value = "clients", help_heading = "Output")]
    pub name: String,
    /// A file to write, repeatable: .html, .md, .csv or .json
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub outputs: Vec<PathBuf>,
    /// Print the record as JSON and nothing else
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// No progress
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
}

/// Where functions of the user's own run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Functions")]
pub struct FunctionArgs {
    /// The Python of `py:` functions; without it, that of the active virtual environment, or python3
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// A variable of the environment that functions keep, repeatable; its value is never shown
    #[arg(long = "keep-env", value_name = "NAME")]
    pub kept_variables: Vec<String>,
}

/// What every client is asked to do.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
pub struct AskedArgs {
    /// What to ask; without it, the embedded target
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The method; without it GET, or POST with a body. STREAM is a GET whose body is read in chunks of 8,192 bytes
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = values::method)]
    pub method: Option<String>,
    /// A header field, repeatable; @FILE reads fields from a file
    #[arg(short = 'H', long = "header", value_name = "'NAME: VALUE'", value_parser = values::header)]
    pub headers: Vec<HeaderFields>,
    /// The body
    #[arg(long, value_name = "TEXT", conflicts_with = "upload")]
    pub data: Option<String>,
    /// A body of so many bytes; several with commas make a case each
    #[arg(long, value_name = "SIZE", value_delimiter = ',', value_parser = values::body_size)]
    pub upload: Vec<u64>,
    /// Answers of so many bytes, from the embedded target; several with commas make a case each
    #[arg(long, visible_alias = "size", value_name = "SIZE", value_delimiter = ',',
          value_parser = values::body_size, conflicts_with = "url")]
    pub download: Vec<u64>,
    /// Whether the embedded target is asked over TLS: off, on, or both, which makes a case each
    #[arg(long, value_enum, value_name = "off|on", value_delimiter = ',', conflicts_with = "url")]
    pub tls: Vec<TlsArg>,
    /// Time limit of a request
    #[arg(short = 't', long, value_name = "TIME", value_parser = values::duration, default_value = "30s")]
    pub timeout: Duration,
    /// Tries after failures without an answer
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// Pause of a lane after each request
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub delay: Option<Duration>,
    /// The version of HTTP: 1.1, 2 or 3; several with commas make a case each
    #[arg(long = "http", value_name = "VERSION", value_delimiter = ',', value_parser = ["1.1", "2", "3"])]
    pub http: Vec<String>,
    /// How many redirects are followed
    #[arg(long, value_name = "N")]
    pub redirects: Option<u32>,
    /// Open a connection for each request
    #[arg(long)]
    pub disable_keepalive: bool,
    /// Accept any TLS certificate
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Trust the authorities of this PEM file
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// A case for each operation of an API description: Swagger 2.0 or OpenAPI 3, JSON or YAML
    #[arg(long, value_name = "FILE", conflicts_with_all = ["method", "data", "upload", "download"])]
    pub from_openapi: Option<PathBuf>,
    /// Only operations like this, such as `GET *`, repeatable; * stands for any text
    #[arg(long, value_name = "GLOB", requires = "from_openapi")]
    pub include: Vec<String>,
    /// No operations like this, repeatable
    #[arg(long, value_name = "GLOB", requires = "from_openapi")]
    pub exclude: Vec<String>,
}

/// Whether the target is asked over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// In plain text
    Off,
    /// Over TLS, with a certificate that clients verify
    On,
}

/// How the contest is played.
#[derive(Debug, Args)]
#[command(next_help_heading = "Contest")]
pub struct PlayedArgs {
    /// Which habits of the libraries are kept
    #[arg(long, value_enum, default_value_t)]
    pub profile: ProfileArg,
    /// The modes that are played: sync, async or all; a library with only the other one plays in that
    #[arg(long, value_name = "MODE", default_value = "all", value_parser = ["sync", "async", "all"])]
    pub mode: String,
    /// Requests in flight, threads or tasks; several with commas make a case each
    #[arg(short = 'c', long, value_name = "N", value_delimiter = ',', default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub lanes: Vec<u32>,
    /// Requests per second; makes it an open loop
    #[arg(short = 'q', long, value_name = "RATE", value_parser = values::rate)]
    pub rate: Option<f64>,
    /// Blocks; in each every client plays one segment. Without it, as many as the number of clients asks for, 12 at least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub blocks: Option<u32>,
    /// Length of a segment
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "500ms")]
    pub segment: Duration,
    /// Requests of a segment, in place of a time
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "rate")]
    pub requests: Option<u64>,
    /// The longest warm-up of each client
    #[arg(short = 'w', long, value_name = "TIME", value_parser = values::duration, default_value = "3s")]
    pub warmup: Duration,
    /// Leave out the floors, which show what asking costs at least
    #[arg(long)]
    pub no_floor: bool,
    /// The seed of the order, and of values that an API description leaves open
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// More cases than this are refused
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub cases_most: usize,
}
