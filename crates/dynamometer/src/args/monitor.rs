//! `dyno monitor`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

const HELP: &str = "\
Examples:
  dyno monitor                                     the page is at http://127.0.0.1:9090/
  dyno monitor --listen 127.0.0.1:0 --json         on a port that the system picks
  dyno monitor --listen 0.0.0.0:9090 --token-file token.txt --host-name bench.lan
  curl http://127.0.0.1:9090/api/openapi.json      what the API takes and gives";

/// Serves the results API and a page over the store: benchmarks of client libraries, runs, comparisons.
///
/// Who can ask can make this machine send requests to any URL, so an address that other machines reach needs a token.
/// Ends on Ctrl-C: the benchmark that is played ends, and those that wait have failed.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct MonitorArgs {
    /// Address; port 0 lets the system pick
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    pub listen: SocketAddr,
    /// Answer only who sends the token in this file, 16 characters at least
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A name of this host that requests may use beside `localhost` and addresses, repeatable
    #[arg(long, value_name = "NAME")]
    pub host_name: Vec<String>,
    /// Print the address as one line of JSON
    #[arg(long)]
    pub json: bool,
}
