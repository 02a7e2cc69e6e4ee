//! minreq: sync only, and a new connection for each request. Trusts whom it was built to trust; limits in whole seconds.

use std::sync::Arc;

use dyno_contenders::whole_body;
use dyno_worker::{Answer, Failure, Kind, Refusal, Request, Setup, SyncLane, Worker};
use minreq::Error;

struct Ask {
    ask: minreq::Request,
    is_stream: bool,
    is_head: bool,
}

impl Ask {
    /// How long the answer says that its body is; it is never decoded.
    fn length_of(&self, headers: &[(String, String)]) -> Option<String> {
        let stated = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        stated.filter(|_| !self.is_head).map(|(_, value)| value.clone())
    }
}

struct Lane {
    asks: Arc<[Ask]>,
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let ask = &self.asks[request];
        if ask.is_stream {
            let response = ask.ask.clone().send_lazy().map_err(|error| failed(&error))?;
            let (status, length) = (response.status_code, ask.length_of(&response.headers));
            check_status_line(status, &response.reason_phrase)?;
            let answer =
                Answer::stream_from(status, response).map_err(|error| Failure::of("Io", &error).in_body())?;
            whole_body(length.as_deref(), answer.received)?;
            return Ok(answer);
        }
        let response = ask.ask.clone().send().map_err(|error| failed(&error))?;
        check_status_line(response.status_code, &response.reason_phrase)?;
        let received = response.as_bytes().len();
        whole_body(ask.length_of(&response.headers).as_deref(), received as u64)?;
        Ok(Answer::whole(response.status_code, received))
    }
}

/// minreq makes an answer up when none came, or something that is not HTTP.
fn check_status_line(status: u16, reason: &str) -> Result<(), Failure> {
    if status == 503 && reason == "Server did not provide a status line" {
        return Err(Failure::new(Kind::Reset, "NoStatusLine"));
    }
    Ok(())
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

fn ask(setup: &Setup, request: &Request) -> Result<Ask, Refusal> {
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
    Ok(Ask { ask, is_stream: request.is_stream, is_head: request.method == "HEAD" })
}

fn main() {
    Worker::new("minreq", env!("VERSION_OF_MINREQ"))
        .features(&["stream", "redirects"])
        .lacks(&["keep_alive"])
        .sync(lanes)
        .serve()
}
