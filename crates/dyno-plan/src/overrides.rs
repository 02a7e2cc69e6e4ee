//! What flags and the environment say on top of a plan. Both fill the same struct.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use dyno_model::{Arrivals, Redactor, Warmup, units};

use crate::draft::parse_warmup;
use crate::load::IN_FLIGHT_MAX;
use crate::problem::Problem;
use crate::{PlanErrors, PlanSource};

/// Values that replace those of a plan file. What is `None` or empty changes nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// The name of the plan.
    pub name: Option<String>,
    /// URLs of the target, in place of those of the plan.
    pub urls: Vec<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// A constant rate; makes the load open.
    pub rate_per_s: Option<f64>,
    /// Users of a closed load; the limit of requests in flight of an open one.
    pub users: Option<u32>,
    /// How long is measured.
    pub duration: Option<Duration>,
    /// How many measured requests end the run.
    pub requests: Option<u64>,
    /// The warm-up.
    pub warmup: Option<Warmup>,
    /// The load after the measurement.
    pub cooldown: Option<Duration>,
    /// The time limit of a request.
    pub timeout: Option<Duration>,
    /// How long requests in flight may take after the end.
    pub drain: Option<Duration>,
    /// The time limit of connecting.
    pub connect_timeout: Option<Duration>,
    /// Load threads.
    pub threads: Option<u32>,
    /// Time over which users of a closed load start.
    pub ramp_up: Option<Duration>,
    /// Pause of a user of a closed load.
    pub think_time: Option<Duration>,
    /// Spacing of arrivals of an open load: even or Poisson.
    pub arrivals: Option<Arrivals>,
    /// Limit of requests in flight of an open load.
    pub max_in_flight: Option<u32>,
    /// Requests sent on a connection before the first answer.
    pub pipeline: Option<u32>,
    /// Whether connections are used again.
    pub keep_alive: Option<bool>,
    /// Whether users keep cookies.
    pub cookies: Option<bool>,
    /// How many redirects are followed.
    pub redirects: Option<u32>,
    /// Whether compressed answers are asked for and decoded.
    pub compressed: Option<bool>,
    /// Accept any certificate.
    pub insecure: Option<bool>,
    /// PEM file of trusted authorities.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client certificate.
    pub certificate_file: Option<PathBuf>,
    /// PEM file of the client key.
    pub key_file: Option<PathBuf>,
    /// Server name for TLS.
    pub server_name: Option<String>,
    /// `http://user:password@host:port`.
    pub proxy: Option<String>,
    /// `host:port:address`.
    pub resolve: Vec<String>,
    /// `host:port:host:port`.
    pub connect_to: Vec<String>,
    /// A Unix socket to connect to.
    pub unix_socket: Option<PathBuf>,
    /// Local addresses to connect from.
    pub source_addresses: Vec<IpAddr>,
    /// `Name: value`, replacing fields of that name in every request. Values may hold templates.
    pub headers: Vec<String>,
    /// `user:password` for every request.
    pub basic: Option<String>,
    /// Thresholds beside those of the plan.
    pub thresholds: Vec<String>,
    /// Files to write, in place of those of the plan.
    pub outputs: Vec<PathBuf>,
}

impl Overrides {
    /// Reads `DYNO_TARGET`, `DYNO_RATE`, `DYNO_USERS`, `DYNO_DURATION`, `DYNO_REQUESTS`, `DYNO_WARMUP`,
    /// `DYNO_TIMEOUT`, `DYNO_THREADS`, `DYNO_SEED` and `DYNO_NAME`. Empty variables count as not set.
    ///
    /// # Errors
    /// When values cannot be read; all of them at once.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, PlanErrors> {
        let mut problems = Vec::new();
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let overrides = Self {
            name: get("DYNO_NAME"),
            urls: get("DYNO_TARGET").into_iter().collect(),
            rate_per_s: quantity(&mut problems, get("DYNO_RATE"), "DYNO_RATE", units::parse_rate),
            users: count(&mut problems, get("DYNO_USERS"), "DYNO_USERS", u64::from(IN_FLIGHT_MAX))
                .map(|n| n as u32),
            duration: quantity(&mut problems, get("DYNO_DURATION"), "DYNO_DURATION", units::parse_duration),
            requests: count(&mut problems, get("DYNO_REQUESTS"), "DYNO_REQUESTS", u64::MAX),
            warmup: quantity(&mut problems, get("DYNO_WARMUP"), "DYNO_WARMUP", parse_warmup),
            timeout: quantity(&mut problems, get("DYNO_TIMEOUT"), "DYNO_TIMEOUT", units::parse_duration),
            threads: count(&mut problems, get("DYNO_THREADS"), "DYNO_THREADS", 1024).map(|n| n as u32),
            seed: seed(&mut problems, get("DYNO_SEED")),
            ..Self::default()
        };
        if problems.is_empty() {
            return Ok(overrides);
        }
        let source = PlanSource::from_text("environment", "");
        Err(PlanErrors::new(&source, problems, &[], &Redactor::default()))
    }
}

fn quantity<T>(
    problems: &mut Vec<Problem>,
    text: Option<String>,
    name: &str,
    parse: fn(&str) -> Result<T, units::UnitError>,
) -> Option<T> {
    match parse(&text?) {
        Ok(value) => Some(value),
        Err(error) => {
            problems.push(Problem::anywhere(format!("`{name}`: {}", error.problem)).hint(error.hint));
            None
        }
    }
}

fn count(problems: &mut Vec<Problem>, text: Option<String>, name: &str, max: u64) -> Option<u64> {
    let text = text?;
    let value = text.parse().ok().filter(|value| (1..=max).contains(value));
    if value.is_none() {
        problems.push(Problem::anywhere(format!("`{name}` must be a whole number from 1, not `{text}`")));
    }
    value
}

fn seed(problems: &mut Vec<Problem>, text: Option<String>) -> Option<u64> {
    let text = text?;
    let value = text.parse().ok();
    if value.is_none() {
        problems.push(Problem::anywhere(format!("`DYNO_SEED` must be a whole number, not `{text}`")));
    }
    value
}
