//! `dyno http`.

use std::path::PathBuf;

use clap::Args;

use crate::args::play::PlayArgs;

const HELP: &str = "\
Examples:
  dyno http http://127.0.0.1:8080/                       closed loop, 50 connections, 10 s
  dyno http -c 64 -z 30s -w 2s http://127.0.0.1:8080/    64 connections, 30 s after 2 s of warm-up
  dyno http -q 500 --threshold 'p99<20ms' http://host/   open loop, 500/s
  dyno http -n 1000 -m POST -H 'Content-Type: application/json' -D '{\"a\":1}' http://host/items
  dyno http --debug http://host/                         one request and its answer, as they went

Letters on which hey, oha, wrk and curl disagree:
  letter  here                        elsewhere
  -d      duration, as -z             data in curl and hey; duration in wrk
  -D      data of the request         data file in hey and oha
  -c      connections                 the same in hey, oha and wrk; cookie jar in curl
  -t      time limit of a request     threads in wrk; the same in hey and oha
  -q      rate of the whole run       rate of each worker in hey; the same in oha
  -m, -X  method                      -m is --max-time in curl
  -u      basic credentials           the same in curl; -a in hey and oha
  -k      accept any certificate      the same in curl; -k is keep-alive in ab
  -w      warm-up                     --write-out in curl";

/// Loads an HTTP endpoint.
///
/// Without a rate the loop is closed: each connection waits for its answer before it asks again. With `-q` it is
/// open: requests start when the schedule says so, and waiting for a free connection counts as response time.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct HttpArgs {
    /// What to ask; several URLs are used in turn by connections
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
    /// Method; POST when there is data, else GET
    #[arg(short = 'm', visible_short_alias = 'X', long, value_name = "METHOD", help_heading = "Requests")]
    pub method: Option<String>,
    /// Content to send; templates such as {{ n }} are filled in
    #[arg(short = 'D', long, value_name = "TEXT", conflicts_with = "data_file", help_heading = "Requests")]
    pub data: Option<String>,
    /// File whose content is sent as it is
    #[arg(long, value_name = "FILE", help_heading = "Requests")]
    pub data_file: Option<PathBuf>,
    /// Send one request and show both sides as they went over the wire
    #[arg(long, help_heading = "Result")]
    pub debug: bool,
    #[command(flatten)]
    pub play: PlayArgs,
}
