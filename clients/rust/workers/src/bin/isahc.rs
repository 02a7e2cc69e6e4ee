//! isahc: libcurl behind an agent in a thread of its own, sync and async.

use std::sync::Arc;

use dyno_worker::{
    Answer, AsyncLane, Failure, Kind, Refusal, Request, STREAM_CHUNK_BYTES, Setup, SyncLane, Worker,
    tokio_current_thread,
};
use futures_util::io::AsyncReadExt as _;
use isahc::config::{RedirectPolicy, VersionNegotiation};
use isahc::error::ErrorKind;
use isahc::prelude::*;
use isahc::tls::{TlsConfig, TrustStore};
use isahc::{AsyncReadResponseExt, HttpClient, http};

type Asks = Arc<[(http::Request<Vec<u8>>, bool)]>;

struct Blocking {
    client: HttpClient,
    asks: Asks,
}

impl SyncLane for Blocking {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let mut response = self.client.send(ask.clone()).map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if *is_stream {
            return Answer::stream_from(status, response.into_body()).map_err(|error| of_body(&error));
        }
        Ok(Answer::whole(status, response.bytes().map_err(|error| of_body(&error))?.len()))
    }
}

struct Tasked {
    client: HttpClient,
    asks: Asks,
}

impl AsyncLane for Tasked {
    async fn call(&self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let mut response = self.client.send_async(ask.clone()).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if !*is_stream {
            return Ok(Answer::whole(status, response.bytes().await.map_err(|error| of_body(&error))?.len()));
        }
        let mut body = response.into_body();
        let mut chunk = [0; STREAM_CHUNK_BYTES];
        let (mut received, mut chunks) = (0, 0);
        loop {
            let mut filled = 0;
            while filled < chunk.len() {
                match body.read(&mut chunk[filled..]).await.map_err(|error| of_body(&error))? {
                    0 => break,
                    read => filled += read,
                }
            }
            received += filled as u64;
            chunks += u32::from(filled > 0);
            if filled < chunk.len() {
                return Ok(Answer::streamed(status, received, chunks));
            }
        }
    }
}

/// A body that breaks off is told by an `std::io::Error` with the library's own inside.
fn of_body(error: &std::io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<isahc::error::Error>()) {
        Some(inner) => failed(inner).in_body(),
        None => Failure::of("Io", error).in_body(),
    }
}

fn failed(error: &isahc::error::Error) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionFailed => Failure::new(Kind::Connect, "ConnectionFailed"),
        ErrorKind::NameResolution => Failure::new(Kind::Connect, "NameResolution"),
        ErrorKind::BadServerCertificate => Failure::new(Kind::Tls, "BadServerCertificate"),
        ErrorKind::TlsEngine => Failure::new(Kind::Tls, "TlsEngine"),
        ErrorKind::Timeout => Failure::new(Kind::Timeout, "Timeout"),
        ErrorKind::TooManyRedirects => Failure::new(Kind::Redirects, "TooManyRedirects"),
        ErrorKind::InvalidContentEncoding => Failure::new(Kind::Body, "InvalidContentEncoding"),
        other => Failure::of(word(&format!("{other:?}")), error),
    }
}

fn word(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn client(setup: &Setup) -> Result<HttpClient, Refusal> {
    let mut builder = HttpClient::builder().proxy(None);
    if let Some(timeout) = setup.timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(pool) = setup.pool {
        builder = builder.connection_cache_size(pool).max_connections(pool);
    }
    if let Some(redirects) = setup.redirects {
        builder = builder.redirect_policy(match redirects {
            0 => RedirectPolicy::None,
            most => RedirectPolicy::Limit(most),
        });
    }
    if let Some(decode) = setup.decode {
        builder = builder.automatic_decompression(decode);
    }
    if setup.is_matched() {
        builder = builder.expect_continue(false);
    }
    builder = match setup.http.as_deref() {
        Some("2") => builder.version_negotiation(VersionNegotiation::http2()),
        Some(_) => builder.version_negotiation(VersionNegotiation::http11()),
        None => builder,
    };
    if setup.verify == Some(false) || setup.ca_pem.is_some() {
        let mut tls = TlsConfig::builder();
        if setup.verify == Some(false) {
            tls = tls.danger_accept_invalid_certs(true).danger_accept_invalid_hosts(true);
        } else if let Some(pem) = &setup.ca_pem {
            tls = tls.trust_store(TrustStore::builder().certificate_from_pem(pem).build());
        }
        builder = builder.tls_config(tls.build());
    }
    Ok(builder.build()?)
}

fn asks(setup: &Setup) -> Result<Asks, Refusal> {
    setup.requests.iter().map(ask).collect()
}

fn ask(request: &Request) -> Result<(http::Request<Vec<u8>>, bool), Refusal> {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    Ok((builder.body(request.body.clone())?, request.is_stream))
}

fn blocking(setup: &Setup) -> Result<Vec<Blocking>, Refusal> {
    let (client, asks) = (client(setup)?, asks(setup)?);
    let lane = |_| Blocking { client: client.clone(), asks: Arc::clone(&asks) };
    Ok((0..setup.lanes).map(lane).collect())
}

fn tasked(setup: &Setup) -> Result<Vec<Tasked>, Refusal> {
    let (client, asks) = (client(setup)?, asks(setup)?);
    let lane = |_| Tasked { client: client.clone(), asks: Arc::clone(&asks) };
    Ok((0..setup.lanes).map(lane).collect())
}

fn main() {
    Worker::new("isahc", env!("VERSION_OF_ISAHC"))
        .http(&["1.1", "2"])
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .lib("versions", isahc::version())
        .sync(blocking)
        .tasks(tokio_current_thread, tasked)
        .serve()
}
