//! curl: libcurl's easy interface, sync. One handle and one connection for each lane, because a handle is not for two.

use curl::easy::{Easy2, Handler, HttpVersion, List, WriteError};
use dyno_worker::{Answer, Failure, Kind, Refusal, Request, STREAM_CHUNK_BYTES, Setup, SyncLane, Worker};

/// The body of an answer, as libcurl writes it.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    writes: u32,
}

impl Handler for Body {
    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.bytes.extend_from_slice(data);
        self.writes += 1;
        Ok(data.len())
    }
}

struct Lane {
    handle: Easy2<Body>,
    asks: Vec<Request>,
    is_matched: bool,
    /// The request that the handle is set to.
    set_to: Option<usize>,
}

impl Lane {
    fn set(&mut self, request: usize) -> Result<(), curl::Error> {
        let (handle, ask) = (&mut self.handle, &self.asks[request]);
        handle.url(&ask.url)?;
        let mut headers = List::new();
        for (name, value) in &ask.headers {
            headers.append(&format!("{name}: {value}"))?;
        }
        if self.is_matched {
            // A name without a value takes libcurl's own header away.
            for name in ["content-type", "expect"].iter().filter(|name| !ask.has_header(name)) {
                headers.append(&format!("{name}:"))?;
            }
        }
        handle.http_headers(headers)?;
        handle.nobody(false)?;
        handle.get(true)?;
        if ask.method == "HEAD" {
            handle.nobody(true)?;
        } else if ask.has_body() {
            handle.post(true)?;
            handle.post_fields_copy(&ask.body)?;
        }
        // Always: the name of the request before stays with the handle, that of a HEAD as well.
        handle.custom_request(&ask.method)?;
        self.set_to = Some(request);
        Ok(())
    }
}

impl SyncLane for Lane {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        if self.set_to != Some(request) {
            self.set(request).map_err(|error| failed(&error))?;
        }
        let body = self.handle.get_mut();
        body.bytes.clear();
        body.writes = 0;
        self.handle.perform().map_err(|error| failed(&error))?;
        let status = self.handle.response_code().map_err(|error| failed(&error))? as u16;
        let body = self.handle.get_ref();
        if self.asks[request].is_stream {
            return Ok(Answer::streamed(status, body.bytes.len() as u64, body.writes));
        }
        Ok(Answer::whole(status, body.bytes.len()))
    }
}

/// By libcurl's number: resolve, connect, TLS, time, send and receive, protocol, body, redirects.
fn failed(error: &curl::Error) -> Failure {
    let kind = match error.code() {
        5..=7 => Kind::Connect,
        35 | 51 | 53 | 54 | 58 | 59 | 60 | 77 => Kind::Tls,
        28 => Kind::Timeout,
        52 | 55 | 56 => Kind::Reset,
        1 | 8 | 16 | 92 => Kind::Protocol,
        18 | 23 | 61 => Kind::Body,
        47 => Kind::Redirects,
        _ => Kind::Other,
    };
    Failure::new(kind, format!("error {}", error.code()))
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    setup.need_pool_of_lanes("a connection belongs to each lane")?;
    (0..setup.lanes).map(|_| Ok(lane(setup)?)).collect()
}

fn lane(setup: &Setup) -> Result<Lane, curl::Error> {
    let mut handle = Easy2::new(Body::default());
    handle.signal(false)?;
    handle.proxy("")?;
    if let Some(timeout) = setup.timeout {
        handle.timeout(timeout)?;
    }
    if let Some(redirects) = setup.redirects {
        handle.follow_location(redirects > 0)?;
        handle.max_redirections(redirects)?;
    }
    if setup.decode == Some(true) {
        handle.accept_encoding("gzip")?;
    }
    if setup.keep_alive == Some(false) {
        handle.forbid_reuse(true)?;
    }
    if setup.verify == Some(false) {
        handle.ssl_verify_peer(false)?;
        handle.ssl_verify_host(false)?;
    }
    if let Some(pem) = &setup.ca_pem {
        handle.ssl_cainfo_blob(pem.as_bytes())?;
    }
    if setup.requests.iter().any(|request| request.is_stream) {
        handle.buffer_size(STREAM_CHUNK_BYTES)?;
    }
    match setup.http.as_deref() {
        Some("2") if setup.is_tls() => handle.http_version(HttpVersion::V2TLS)?,
        Some("2") => handle.http_version(HttpVersion::V2PriorKnowledge)?,
        Some(_) => handle.http_version(HttpVersion::V11)?,
        None => {}
    }
    Ok(Lane { handle, asks: setup.requests.clone(), is_matched: setup.is_matched(), set_to: None })
}

fn main() {
    curl::init();
    let linked = curl::Version::get();
    let mut worker = Worker::new("curl", env!("VERSION_OF_CURL"))
        .http(&["1.1", "2"])
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .lib("libcurl", linked.version());
    if let Some(tls) = linked.ssl_version() {
        worker = worker.lib("tls", tls);
    }
    worker.sync(lanes).serve()
}
