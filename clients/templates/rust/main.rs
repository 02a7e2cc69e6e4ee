//! A worker for one client library. `dyno clients check` on this folder says whether it keeps the protocol's rules.

use dyno_worker::{Answer, Failure, Kind, Refusal, Setup, SyncLane, Worker};
use ureq::{Agent, Error, http};

/// The client of one lane. Lanes that share connections hold clones of one client.
struct Lane {
    agent: Agent,
    /// Made once, outside of the time that counts: the request, and whether its body is read in chunks.
    asks: Vec<(http::Request<Vec<u8>>, bool)>,
}

impl SyncLane for Lane {
    /// What is timed: from here to the status and the whole body as bytes. An error when there is no answer.
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let response = match *ask.method() {
            http::Method::GET | http::Method::HEAD => self.agent.run(ask.clone().map(|_| ())),
            _ => self.agent.run(ask.clone()),
        };
        let mut response = response.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if *is_stream {
            let body = response.into_body().into_reader();
            return Answer::stream_from(status, body).map_err(|error| Failure::of("Io", &error).in_body());
        }
        let body = response.body_mut().read_to_vec().map_err(|error| failed(&error).in_body())?;
        Ok(Answer::whole(status, body.len()))
    }
}

/// Where the library tells what happened, say so; `Failure::named` finds it in the words of the error.
fn failed(error: &Error) -> Failure {
    match error {
        Error::Timeout(_) => Failure::new(Kind::Timeout, "Timeout"),
        other => Failure::named(other),
    }
}

/// Makes the clients, one for each lane. A field of `setup` that is `None` was not told: leave it to the library. What
/// the library cannot do is refused by name. What `features` below does not list is refused for you.
fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    if setup.is_tls() {
        return Err(Refusal::skip("requests.url", "this build of ureq has no TLS"));
    }
    let mut config = Agent::config_builder().http_status_as_error(false).proxy(None);
    if setup.timeout.is_some() {
        config = config.timeout_global(setup.timeout);
    }
    if let Some(pool) = setup.pool {
        config = config.max_idle_connections(pool).max_idle_connections_per_host(pool);
    }
    if let Some(redirects) = setup.redirects {
        config = config.max_redirects(redirects);
    }
    let agent = config.build().new_agent();
    let lane = |_| Ok(Lane { agent: agent.clone(), asks: asks(setup)? });
    (0..setup.lanes).map(lane).collect()
}

fn asks(setup: &Setup) -> Result<Vec<(http::Request<Vec<u8>>, bool)>, Refusal> {
    let ask = |told: &dyno_worker::Request| {
        let mut builder = http::Request::builder().method(told.method.as_str()).uri(&told.url);
        for (name, value) in &told.headers {
            builder = builder.header(name, value);
        }
        Ok((builder.body(told.body.clone())?, told.is_stream))
    };
    setup.requests.iter().map(ask).collect()
}

fn main() {
    // features: stream, redirects, tls_verify, ca, decode. Timeout, retries and keep_alive are taken for granted;
    // `lacks` names those of them that the library cannot do.
    Worker::new("my-client", "3.5.1").features(&["stream", "redirects"]).sync(lanes).serve()
}
