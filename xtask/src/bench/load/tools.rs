//! The load generators: how each is asked for a case, and how its answer is read.
//!
//! Starts nothing. Only the count of requests is taken from a tool's own words; its cost is measured
//! from outside by `process`. Called by `rounds`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A load generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// Ours.
    Dyno,
    /// The one that ratios refer to.
    Wrk,
    /// Rust, tokio and hyper.
    Oha,
    /// From nghttp2.
    H2load,
    /// Go.
    Hey,
}

/// What a tool is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where requests go.
    pub url: String,
    /// How many connections.
    pub connections: u32,
    /// For how long, in seconds.
    pub seconds: u32,
    /// Requests per second over all connections; `None` for the closed loop.
    pub rate_per_s: Option<u64>,
}

/// What a tool says it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Requests with a good answer.
    pub ok: u64,
    /// Requests without one. Those cut off by the end of the test are not errors.
    pub errors: u64,
    /// 99th percentile of the generator's own lateness, where the tool knows it: without waiting for an answer.
    pub lateness_p99_ns: Option<u64>,
}

impl Tool {
    /// All tools, ours first.
    pub const ALL: [Self; 5] = [Self::Dyno, Self::Wrk, Self::Oha, Self::H2load, Self::Hey];

    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dyno => "dyno",
            Self::Wrk => "wrk",
            Self::Oha => "oha",
            Self::H2load => "h2load",
            Self::Hey => "hey",
        }
    }

    /// The argument that prints the version, where there is one.
    pub fn version_argument(self) -> Option<&'static str> {
        match self {
            Self::Wrk => Some("-v"),
            Self::Hey => None,
            Self::Dyno | Self::Oha | Self::H2load => Some("--version"),
        }
    }

    /// The command line for `request`.
    pub fn command(self, program: &Path, request: &Request) -> Command {
        let mut command = Command::new(program);
        let Request { url, connections, seconds, rate_per_s } = request;
        // h2load and hey take the rate of one connection.
        let rate_of_one = rate_per_s.map(|rate| (rate / u64::from(*connections)).max(1).to_string());
        let arguments = match self {
            Self::Dyno => {
                // A schedule begins at once: without a warm-up, opening the connections would count as lateness.
                let warmup = if rate_per_s.is_some() { "1s" } else { "0s" };
                format!(
                    "http -c {connections} -d {seconds}s -w {warmup} --threads 1 --json --no-store --quiet -k"
                )
            }
            Self::Wrk => format!("-t1 -c{connections} -d{seconds}s"),
            Self::Oha => format!(
                "-z {seconds}s -c {connections} --no-tui --output-format json --insecure --worker-threads 1"
            ),
            Self::H2load => format!("--h1 -t1 -c{connections} -D {seconds}"),
            Self::Hey => format!("-cpus 1 -z {seconds}s -c {connections}"),
        };
        command.args(arguments.split(' '));
        match (self, rate_per_s, rate_of_one) {
            (Self::Dyno, Some(rate), _) => command.arg(format!("--rate={rate}/s")),
            (Self::Oha, Some(rate), _) => command.args(["-q", &rate.to_string(), "--latency-correction"]),
            (Self::H2load, _, Some(rate)) => command.arg(format!("--rps={rate}")),
            (Self::Hey, _, Some(rate)) => command.args(["-q", &rate]),
            _ => &mut command,
        };
        // Last: hey takes nothing after the address for an option.
        command.arg(url);
        command
    }

    /// Reads what the tool printed; the error says what was looked for.
    pub fn read(self, output: &str) -> Result<Answer, String> {
        match self {
            Self::Dyno => read_dyno(output),
            Self::Wrk => read_wrk(output),
            Self::Oha => read_oha(output),
            Self::H2load => read_h2load(output),
            Self::Hey => read_hey(output),
        }
    }
}

fn read_dyno(output: &str) -> Result<Answer, String> {
    let record = json(output)?;
    let total = |name: &str| record["totals"][name].as_u64();
    Ok(Answer {
        // Its CPU time is that of the whole run, so the requests of the warm-up count here too.
        ok: total("ok").ok_or("no `totals.ok` in its record")?
            + record["load"]["warmup_requests"].as_u64().unwrap_or(0),
        errors: total("failed").unwrap_or(0) + total("rejected").unwrap_or(0),
        lateness_p99_ns: record["load"]["generator_lateness_p99_ns"].as_u64(),
    })
}

fn read_wrk(output: &str) -> Result<Answer, String> {
    let all = number_before(output, " requests in ").ok_or("no line `N requests in`")?;
    let bad_status = number_after(output, "Non-2xx or 3xx responses:").unwrap_or(0);
    let socket_errors =
        output.lines().find_map(|line| line.trim().strip_prefix("Socket errors:")).map_or(0, |kinds| {
            kinds.split(',').filter_map(|kind| kind.rsplit(' ').next()?.parse::<u64>().ok()).sum()
        });
    Ok(Answer {
        ok: all.saturating_sub(bad_status),
        errors: bad_status + socket_errors,
        lateness_p99_ns: None,
    })
}

fn read_oha(output: &str) -> Result<Answer, String> {
    let record = json(output)?;
    let statuses = record["statusCodeDistribution"].as_object().ok_or("no `statusCodeDistribution`")?;
    let sum = |is_counted: &dyn Fn(&str) -> bool, counts: &serde_json::Map<String, Value>| -> u64 {
        counts.iter().filter(|(name, _)| is_counted(name)).filter_map(|(_, count)| count.as_u64()).sum()
    };
    let is_ok = |status: &str| status.starts_with('2');
    let failures = record["errorDistribution"].as_object();
    // What the end of the test cut off was neither answered nor refused.
    let is_failure = |kind: &str| kind != "aborted due to deadline";
    Ok(Answer {
        ok: sum(&is_ok, statuses),
        errors: sum(&|status| !is_ok(status), statuses) + failures.map_or(0, |it| sum(&is_failure, it)),
        lateness_p99_ns: None,
    })
}

fn read_h2load(output: &str) -> Result<Answer, String> {
    let line = output.lines().find(|line| line.starts_with("requests:")).ok_or("no line `requests:`")?;
    let count = |kind: &str| number_before(line, kind);
    Ok(Answer {
        ok: count(" succeeded").ok_or("no count of succeeded requests")?,
        errors: count(" failed").unwrap_or(0),
        lateness_p99_ns: None,
    })
}

fn read_hey(output: &str) -> Result<Answer, String> {
    let (mut ok, mut errors) = (0, 0);
    for line in output.lines().map(str::trim).filter(|line| line.starts_with('[')) {
        let Some((status, rest)) = line[1..].split_once(']') else { continue };
        let Ok(number) = status.parse::<u64>() else { continue };
        // `[200] 81234 responses` counts answers of a status, `[3] Get "…": …` counts errors of a kind.
        match rest.trim().strip_suffix(" responses").and_then(|count| count.trim().parse::<u64>().ok()) {
            Some(count) if (200..300).contains(&number) => ok += count,
            Some(count) => errors += count,
            None => errors += number,
        }
    }
    if ok + errors == 0 {
        Err("no line `[200] N responses`".to_owned())
    } else {
        Ok(Answer { ok, errors, lateness_p99_ns: None })
    }
}

/// The JSON object in `output`; tools may talk on standard error around it.
fn json(output: &str) -> Result<Value, String> {
    let start = output.find('{').ok_or("no JSON")?;
    let mut values = serde_json::Deserializer::from_str(&output[start..]).into_iter::<Value>();
    values.next().ok_or("no JSON")?.map_err(|error| format!("bad JSON: {error}"))
}

fn number_before(text: &str, words: &str) -> Option<u64> {
    text.split_once(words)?.0.rsplit([' ', '\n']).next()?.parse().ok()
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    text.split_once(words)?.1.split_whitespace().next()?.parse().ok()
}
