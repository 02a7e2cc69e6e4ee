//! From a `setup` to a plan and a driver, or to the reason why the engine cannot do it.

use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_host::limits;
use dyno_http::{HttpDriver, RequestOrder};
use dyno_model::{
    Body, Connection, HttpPlan, HttpStep, HttpVersion, Limits, LoadModel, OperationKind, OperationTable,
    Phases, RunPlan, Scenario, Share, TargetKind, Template, TlsOptions, Warmup, Workload,
};
use dyno_workers::{ClientRequest, Profile, Setup};
use tempfile::NamedTempFile;
use url::Url;

use crate::refusal::Refusal;

/// The most requests in flight that the protocol knows.
const LANES_MOST: u32 = 10_000;

/// A setup that can be played.
pub(crate) struct Ready {
    /// The plan of every run, but for its load and its end.
    pub(crate) plan: RunPlan,
    /// Plays it; keeps connections between runs.
    pub(crate) driver: HttpDriver,
    /// How many requests may be in flight.
    pub(crate) lanes: u32,
    /// How many different requests there are.
    pub(crate) requests: u32,
    /// Pause of a lane after each request.
    pub(crate) delay: Duration,
}

/// Gets ready for what is asked; resolves names and reads certificates, and blocks meanwhile.
pub(crate) fn ready_for(setup: &Setup) -> Result<Ready, Refusal> {
    refuse(setup)?;
    let urls: Vec<Url> = setup.requests.iter().enumerate().map(url_of).collect::<Result<_, _>>()?;
    let authority = authority_file(setup)?;
    let plan = plan_of(setup, &urls, authority.as_ref())?;
    let mut driver = HttpDriver::new(&plan).map_err(|error| Refusal::Failed(error.to_string()))?;
    driver.set_order(RequestOrder::InTurn);
    let keeps = driver.behave_as_library();
    if !keeps && setup.keep_alive == Some(false) {
        return Err(Refusal::skip(
            "keep_alive",
            &format!("dyno does not time connecting where it plays the general way: {}", driver.why()),
        ));
    }
    limits::raise_open_files(limits::open_files_needed(setup.lanes));
    Ok(Ready {
        plan,
        driver,
        lanes: setup.lanes,
        requests: setup.requests.len() as u32,
        delay: Duration::from_nanos(setup.delay_ns.unwrap_or(0)),
    })
}

/// What the engine cannot do, and what nobody can.
fn refuse(setup: &Setup) -> Result<(), Refusal> {
    if setup.requests.is_empty() {
        return Err(Refusal::fail("requests", "there is none; name at least one"));
    }
    if !(1..=LANES_MOST).contains(&setup.lanes) {
        return Err(Refusal::fail("lanes", format!("{} is not between 1 and {LANES_MOST}", setup.lanes)));
    }
    if setup.timeout_ms == 0 {
        return Err(Refusal::fail("timeout_ms", "0 ms is no time for a request"));
    }
    if setup.mode != "async" {
        return Err(Refusal::skip("mode", &format!("dyno has no {} interface", setup.mode)));
    }
    if let Some(version) = setup.http.as_ref().filter(|version| *version != "1.1") {
        return Err(Refusal::skip("http", &format!("dyno asks over HTTP/1.1 only, not HTTP/{version}")));
    }
    if setup.requests.iter().any(|request| request.method == "STREAM") {
        return Err(Refusal::skip("requests.method", "dyno counts no chunks of a body (stream)"));
    }
    if setup.retries.is_some_and(|retries| retries > 0) {
        return Err(Refusal::skip("retries", "dyno repeats nothing: a failure is a result"));
    }
    if let Some(pool) = setup.pool.filter(|pool| *pool != setup.lanes) {
        let reason = format!("dyno has one connection for each lane, {} and not {pool}", setup.lanes);
        return Err(Refusal::skip("pool", &reason));
    }
    Ok(())
}

fn url_of((index, request): (usize, &ClientRequest)) -> Result<Url, Refusal> {
    let field = format!("requests[{index}]");
    let mut url = Url::parse(&request.url).map_err(|error| Refusal::fail(&field, error))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Refusal::fail(&field, "the URL is neither http:// nor https://"));
    }
    url.set_fragment(None);
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if request.method.is_empty() || !request.method.bytes().all(is_token) {
        return Err(Refusal::fail(&field, format!("`{}` is no method", request.method.escape_debug())));
    }
    Ok(url)
}

/// The authorities to trust as a file, which is what the driver reads; gone once it is dropped.
fn authority_file(setup: &Setup) -> Result<Option<NamedTempFile>, Refusal> {
    let Some(pem) = setup.tls.as_ref().and_then(|tls| tls.ca_pem.as_ref()).filter(|pem| !pem.is_empty())
    else {
        return Ok(None);
    };
    let written = NamedTempFile::new().and_then(|mut file| {
        file.write_all(pem.as_bytes())?;
        file.flush()?;
        Ok(file)
    });
    written
        .map(Some)
        .map_err(|error| Refusal::fail("tls.ca_pem", format!("cannot be kept in a file: {error}")))
}

fn plan_of(setup: &Setup, urls: &[Url], authority: Option<&NamedTempFile>) -> Result<RunPlan, Refusal> {
    let timeout = Duration::from_millis(setup.timeout_ms);
    let mut operations = OperationTable::default();
    let mut scenarios = Vec::new();
    for (index, (request, url)) in setup.requests.iter().zip(urls).enumerate() {
        let name = index.to_string();
        let operation = operations.add(&name, OperationKind::Request);
        let body = STANDARD.decode(&request.body_b64);
        let body = body.map_err(|error| Refusal::fail(&format!("requests[{index}].body_b64"), error))?;
        let step = HttpStep {
            operation,
            method: request.method.clone(),
            url: Template::literal(if url.origin() == urls[0].origin() {
                path_of(url)
            } else {
                url.to_string()
            }),
            headers: headers_of(setup, request),
            body: if body.is_empty() { Body::Empty } else { Body::Bytes(body) },
            credentials: None,
            checks: Vec::new(),
            extracts: Vec::new(),
            pause_before: Duration::ZERO,
        };
        scenarios.push(Scenario { name, weight: 1, steps: vec![step], journey: None });
    }
    let mut origin = urls[0].clone();
    origin.set_path("");
    origin.set_query(None);
    let tls = TlsOptions {
        insecure: setup.tls.as_ref().is_some_and(|tls| !tls.verify),
        ca_file: authority.map(|file| file.path().to_owned()),
        ..TlsOptions::default()
    };
    let http = HttpPlan {
        base_urls: vec![origin.to_string()],
        connection: Connection {
            version: HttpVersion::Http11,
            keep_alive: setup.keep_alive != Some(false),
            connect_timeout: timeout,
            tls,
            ..Connection::default()
        },
        scenarios,
        feeders: Vec::new(),
        variables: Vec::new(),
        cookies: false,
        redirects_max: setup.redirects.unwrap_or(0),
        compressed: setup.decode == Some(true),
    };
    Ok(RunPlan {
        name: "worker".to_owned(),
        target_kind: TargetKind::External,
        load: LoadModel::Closed { users: setup.lanes, think_time: Duration::ZERO, ramp_up: Duration::ZERO },
        phases: Phases { warmup: Warmup::None, measure: None, cooldown: Duration::ZERO },
        limits: Limits { arrivals: None, timeout, drain: timeout },
        seed: setup.seed,
        share: Share::WHOLE,
        threads: 1,
        operations,
        workload: Workload::Http(Box::new(http)),
        thresholds: Vec::new(),
    })
}

fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The fields that are told, and in `matched` those that all clients send.
fn headers_of(setup: &Setup, request: &ClientRequest) -> Vec<(String, Template)> {
    let mut headers: Vec<(String, Template)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Template::literal(value.clone())))
        .collect();
    let mut tell = |name: &str, value: &str| {
        if !request.headers.iter().any(|(told, _)| told.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), Template::literal(value)));
        }
    };
    let is_matched = setup.profile == Profile::Matched;
    if is_matched {
        tell("user-agent", "dyno");
        tell("accept", "*/*");
    }
    match setup.decode {
        Some(true) => tell("accept-encoding", "gzip"),
        Some(false) => tell("accept-encoding", "identity"),
        None if is_matched => tell("accept-encoding", "identity"),
        None => {}
    }
    headers
}

#[cfg(test)]
mod tests;
