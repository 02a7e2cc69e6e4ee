//! awc: async, on the loop of Actix.

use std::rc::Rc;
use std::sync::Arc;

use awc::error::{ConnectError, PayloadError, SendRequestError};
use awc::http::header::{HeaderName, HeaderValue};
use awc::{Client, Connector, FrozenClientRequest};
use dyno_contenders::trust::client_config;
use dyno_contenders::{is_redirect, whole_body};
use dyno_worker::{Answer, AsyncLane, Failure, Kind, Main, Refusal, Request, Setup, Worker};
use futures_util::StreamExt as _;

struct Ask {
    request: FrozenClientRequest,
    body: Option<Vec<u8>>,
    is_stream: bool,
    is_head: bool,
}

struct Lane {
    asks: Rc<[Ask]>,
    /// Whether a redirect that comes back is one too many.
    follows: bool,
}

impl AsyncLane for Lane {
    async fn call(&self, request: usize) -> Result<Answer, Failure> {
        let ask = &self.asks[request];
        let sent = match &ask.body {
            Some(body) => ask.request.send_body(body.clone()),
            None => ask.request.send(),
        };
        let mut response = sent.await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if self.follows && is_redirect(status) {
            return Err(Failure::new(Kind::Redirects, "TooManyRedirects"));
        }
        let length = stated_length(ask, &response);
        if !ask.is_stream {
            let body = response.body().limit(usize::MAX).await.map_err(|error| of_body(&error))?;
            whole_body(length.as_deref(), body.len() as u64)?;
            return Ok(Answer::whole(status, body.len()));
        }
        // Chunks as they arrive: their size cannot be chosen.
        let (mut received, mut chunks) = (0, 0);
        while let Some(chunk) = response.next().await {
            received += chunk.map_err(|error| of_body(&error))?.len() as u64;
            chunks += 1;
        }
        whole_body(length.as_deref(), received)?;
        Ok(Answer::streamed(status, received, chunks))
    }
}

/// How long the answer says that its body is; `None` when that is not what the caller gets.
fn stated_length<S>(ask: &Ask, response: &awc::ClientResponse<S>) -> Option<String> {
    let headers = response.headers();
    if ask.is_head || headers.contains_key("content-encoding") {
        return None;
    }
    Some(headers.get("content-length")?.to_str().ok()?.to_owned())
}

fn failed(error: &SendRequestError) -> Failure {
    match error {
        SendRequestError::Timeout => Failure::new(Kind::Timeout, "Timeout"),
        SendRequestError::Connect(ConnectError::Timeout) => Failure::new(Kind::Timeout, "ConnectTimeout"),
        SendRequestError::Connect(ConnectError::Disconnected) => Failure::new(Kind::Reset, "Disconnected"),
        SendRequestError::Connect(ConnectError::Io(io)) => Failure::of("ConnectIo", io),
        SendRequestError::Connect(ConnectError::Resolver(_)) => Failure::new(Kind::Connect, "Resolver"),
        SendRequestError::Send(io) => Failure::of("Send", io),
        SendRequestError::Response(parse) => Failure::new(Kind::Protocol, format!("Response({parse})")),
        other => Failure::named(other),
    }
}

fn of_body(error: &PayloadError) -> Failure {
    match error {
        PayloadError::Incomplete(_) => Failure::new(Kind::Body, "Incomplete"),
        other => Failure::named(other),
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let client = client(setup)?;
    let asks: Rc<[Ask]> =
        setup.requests.iter().map(|request| ask(setup, &client, request)).collect::<Result<_, _>>()?;
    let follows = setup.redirects.is_some_and(|redirects| redirects > 0);
    Ok((0..setup.lanes).map(|_| Lane { asks: Rc::clone(&asks), follows }).collect())
}

fn client(setup: &Setup) -> Result<Client, Refusal> {
    let mut tls = client_config(setup)?;
    tls.alpn_protocols = match setup.http.as_deref() {
        Some("2") if !setup.is_tls() => return Err(Refusal::skip("http", "awc speaks HTTP/2 over TLS only")),
        Some("2") => vec![b"h2".to_vec()],
        Some(_) => vec![b"http/1.1".to_vec()],
        None => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    let mut connector = Connector::new().rustls_0_23(Arc::new(tls));
    if let Some(pool) = setup.pool {
        connector = connector.limit(pool);
    }
    if let Some(timeout) = setup.timeout {
        connector = connector.timeout(timeout).handshake_timeout(timeout);
    }
    let mut builder = Client::builder().connector(connector);
    if let Some(timeout) = setup.timeout {
        builder = builder.timeout(timeout);
    }
    match setup.redirects {
        None => {}
        Some(0) => builder = builder.disable_redirects(),
        Some(redirects) => {
            let most =
                u8::try_from(redirects).map_err(|_| Refusal::skip("redirects", "awc counts to 255"))?;
            builder = builder.max_redirects(most);
        }
    }
    if setup.is_matched() {
        builder = builder.no_default_headers();
    }
    Ok(builder.finish())
}

fn ask(setup: &Setup, client: &Client, told: &Request) -> Result<Ask, Refusal> {
    let method = awc::http::Method::from_bytes(told.method.as_bytes())?;
    let mut request = client.request(method, &told.url);
    if setup.keep_alive == Some(false) {
        request = request.force_close();
    }
    // Its own way to say `connection: close` says it on the wire as well.
    let own = |name: &str| setup.keep_alive == Some(false) && name.eq_ignore_ascii_case("connection");
    for (name, value) in told.headers.iter().filter(|(name, _)| !own(name)) {
        request.headers_mut().append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    if setup.decode == Some(false) {
        request = request.no_decompress();
    }
    let request = request.freeze().map_err(|error| Refusal::Failed(error.to_string()))?;
    Ok(Ask {
        request,
        body: told.has_body().then(|| told.body.clone()),
        is_stream: told.is_stream,
        is_head: told.method == "HEAD",
    })
}

/// Actix's loop: Tokio's with one thread, and what its own crates expect beside.
fn actix(main: Main) -> std::io::Result<()> {
    actix_rt::System::new().block_on(main);
    Ok(())
}

fn main() {
    Worker::new("awc", env!("VERSION_OF_AWC"))
        .http(&["1.1", "2"])
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .tasks(actix, lanes)
        .serve()
}
