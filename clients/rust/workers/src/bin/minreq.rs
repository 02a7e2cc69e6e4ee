//! minreq: sync only, and a new connection for each request. Trusts whom it was built to trust; limits in whole seconds.

use std::sync::Arc;

use dyno_worker::{Answer, Failure, Kind, Refusal, Request, Setup, SyncLane, Worker};
use minreq::Error;

struct Lane {
    asks: Arc<[(minreq::Request, bool)]>,
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        if *is_stream {
            let response = ask.clone().send_lazy().map_err(|error| failed(&error))?;
            let status = response.status_code;
            return Answer::stream_from(status, response)
                .map_err(|error| Failure::of("Io", &error).in_body());
        }
        let response = ask.clone().send().map_err(|error| failed(&error))?;
        Ok(Answer::whole(response.status_code, response.as_bytes().len()))
    }
}

fn failed(error: &Error) -> Failure {
    match error {
        Error::TooManyRedirections => Failure::new(Kind::Redirects, "TooManyRedirections"),
        Error::InfiniteRedirectionLoop => Failure::new(Kind::Redirects, "InfiniteRedirectionLoop"),
        Error::IoError(io) => Failure::of("IoError", io),
        other => Failure::named(other),
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let asks: Arc<[_]> =
        setup.requests.iter().map(|request| ask(setup, request)).collect::<Result<_, _>>()?;
    Ok((0..setup.lanes).map(|_| Lane { asks: Arc::clone(&asks) }).collect())
}

fn ask(setup: &Setup, request: &Request) -> Result<(minreq::Request, bool), Refusal> {
    let method = match request.method.as_str() {
        "GET" => minreq::Method::Get,
        "HEAD" => minreq::Method::Head,
        "POST" => minreq::Method::Post,
        "PUT" => minreq::Method::Put,
        "DELETE" => minreq::Method::Delete,
        "OPTIONS" => minreq::Method::Options,
        "PATCH" => minreq::Method::Patch,
        other => minreq::Method::Custom(other.to_owned()),
    };
    let mut ask = minreq::Request::new(method, &request.url);
    for (name, value) in &request.headers {
        ask = ask.with_header(name, value);
    }
    if !request.body.is_empty() {
        ask = ask.with_body(request.body.clone());
    }
    if let Some(timeout) = setup.timeout {
        if timeout.subsec_nanos() > 0 {
            let why = format!("minreq counts whole seconds, not {} ms", timeout.as_millis());
            return Err(Refusal::skip("timeout_ms", &why));
        }
        ask = ask.with_timeout(timeout.as_secs());
    }
    if let Some(redirects) = setup.redirects {
        ask = ask.with_follow_redirects(redirects > 0).with_max_redirects(redirects as usize);
    }
    Ok((ask, request.is_stream))
}

fn main() {
    Worker::new("minreq", env!("VERSION_OF_MINREQ"))
        .features(&["stream", "redirects"])
        .lacks(&["keep_alive"])
        .sync(lanes)
        .serve()
}
