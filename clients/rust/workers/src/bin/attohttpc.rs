//! attohttpc: sync only, and a new connection for each request.

use attohttpc::{ErrorKind, PreparedRequest, ProxySettings, RequestBuilder, body::Bytes};
use dyno_contenders::whole_body;
use dyno_worker::{Answer, Failure, Kind, Refusal, Request, Setup, SyncLane, Worker};

struct Lane {
    asks: Vec<(PreparedRequest<Bytes<Vec<u8>>>, bool)>,
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &mut self.asks[request];
        let response = ask.send().map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let is_as_sent = ask.method() != attohttpc::Method::HEAD && !headers.contains_key("content-encoding");
        let length = headers.get("content-length").filter(|_| is_as_sent);
        let length = length.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let answer = if *is_stream {
            let body = response.split().2;
            Answer::stream_from(status, body).map_err(|error| Failure::of("Io", &error).in_body())?
        } else {
            Answer::whole(status, response.bytes().map_err(|error| failed(&error).in_body())?.len())
        };
        whole_body(length.as_deref(), answer.received)?;
        Ok(answer)
    }
}

fn failed(error: &attohttpc::Error) -> Failure {
    match error.kind() {
        ErrorKind::TooManyRedirections => Failure::new(Kind::Redirects, "TooManyRedirections"),
        ErrorKind::ConnectError { .. } => Failure::new(Kind::Connect, "ConnectError"),
        ErrorKind::Tls(_) => Failure::new(Kind::Tls, "Tls"),
        ErrorKind::InvalidResponse(_) => Failure::new(Kind::Protocol, "InvalidResponse"),
        ErrorKind::Io(io) => Failure::of("Io", io),
        _ => Failure::named(error),
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let lane = |_| {
        let asks = setup.requests.iter().map(|request| ask(setup, request)).collect::<Result<_, _>>()?;
        Ok(Lane { asks })
    };
    (0..setup.lanes).map(lane).collect()
}

fn ask(setup: &Setup, request: &Request) -> Result<(PreparedRequest<Bytes<Vec<u8>>>, bool), Refusal> {
    let method = attohttpc::Method::from_bytes(request.method.as_bytes())?;
    let mut builder = RequestBuilder::try_new(method, &request.url)?;
    builder = builder.proxy_settings(ProxySettings::builder().build());
    for (name, value) in &request.headers {
        // It closes every connection, and says so itself.
        if !name.eq_ignore_ascii_case("connection") {
            builder = builder.try_header_append(attohttpc::header::HeaderName::try_from(name)?, value)?;
        }
    }
    if let Some(timeout) = setup.timeout {
        builder = builder.timeout(timeout).connect_timeout(timeout).read_timeout(timeout);
    }
    if let Some(redirects) = setup.redirects {
        builder = builder.follow_redirects(redirects > 0).max_redirections(redirects);
    }
    if let Some(decode) = setup.decode {
        builder = builder.allow_compression(decode);
    }
    if setup.verify == Some(false) {
        builder = builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    if let Some(pem) = &setup.ca_pem {
        builder = builder.add_root_certificate(native_tls::Certificate::from_pem(pem.as_bytes())?);
    }
    Ok((builder.bytes(request.body.clone()).try_prepare()?, request.is_stream))
}

fn main() {
    Worker::new("attohttpc", env!("VERSION_OF_ATTOHTTPC"))
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .lacks(&["keep_alive"])
        .sync(lanes)
        .serve()
}
