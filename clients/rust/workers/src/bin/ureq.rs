//! ureq: sync only, one agent with its pool for all lanes.

use std::sync::Arc;

use dyno_worker::{Answer, Failure, Kind, Refusal, Request, Setup, SyncLane, Worker};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error, http};

/// Only requests that have a body may carry one.
enum Ask {
    Bare(http::Request<()>),
    Full(http::Request<Vec<u8>>),
}

struct Lane {
    agent: Agent,
    asks: Arc<[(Ask, bool)]>,
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let response = match ask {
            Ask::Bare(request) => self.agent.run(request.clone()),
            Ask::Full(request) => self.agent.run(request.clone()),
        };
        let mut response = response.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if *is_stream {
            let body = response.into_body().into_with_config().limit(u64::MAX).reader();
            return Answer::stream_from(status, body).map_err(|error| Failure::of("Io", &error).in_body());
        }
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
        Ok(Answer::whole(status, body.map_err(|error| failed(&error).in_body())?.len()))
    }
}

fn failed(error: &Error) -> Failure {
    match error {
        Error::Timeout(_) => Failure::new(Kind::Timeout, "Timeout"),
        Error::TooManyRedirects => Failure::new(Kind::Redirects, "TooManyRedirects"),
        Error::Protocol(_) => Failure::new(Kind::Protocol, "Protocol"),
        other => Failure::named(other),
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let mut config = Agent::config_builder().http_status_as_error(false).proxy(None);
    // Methods of other standards are asked for by their names, so they are meant.
    config = config.allow_non_standard_methods(true);
    if setup.timeout.is_some() {
        config = config.timeout_global(setup.timeout);
    }
    if let Some(pool) = setup.pool {
        config = config.max_idle_connections(pool).max_idle_connections_per_host(pool);
    }
    if let Some(redirects) = setup.redirects {
        config = config.max_redirects(redirects).max_redirects_will_error(true);
    }
    let mut tls = TlsConfig::builder();
    if setup.verify == Some(false) {
        tls = tls.disable_verification(true);
    }
    if let Some(pem) = &setup.ca_pem {
        tls = tls.root_certs(RootCerts::new_with_certs(&authorities(pem)?));
    }
    let agent = config.tls_config(tls.build()).build().new_agent();
    let asks: Arc<[(Ask, bool)]> = setup.requests.iter().map(ask).collect::<Result<_, _>>()?;
    Ok((0..setup.lanes).map(|_| Lane { agent: agent.clone(), asks: Arc::clone(&asks) }).collect())
}

fn authorities(pem: &str) -> Result<Vec<Certificate<'static>>, Refusal> {
    let mut found = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        if let PemItem::Certificate(certificate) = item? {
            found.push(certificate);
        }
    }
    Ok(found)
}

fn ask(request: &Request) -> Result<(Ask, bool), Refusal> {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let may_have_body = ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
    let ask = match (may_have_body, request.body.is_empty()) {
        (true, _) => Ask::Full(builder.body(request.body.clone())?),
        (false, true) => Ask::Bare(builder.body(())?),
        (false, false) => {
            let why = format!("ureq sends no body with {} unless it is forced to", request.method);
            return Err(Refusal::skip("requests.body_b64", &why));
        }
    };
    Ok((ask, request.is_stream))
}

fn main() {
    Worker::new("ureq", env!("VERSION_OF_UREQ"))
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .sync(lanes)
        .serve()
}
