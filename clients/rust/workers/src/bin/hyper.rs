//! hyper with the pooling client of hyper-util: async. Follows and decodes nothing; its limit of time is Tokio's.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyno_contenders::trust::client_config;
use dyno_worker::{Answer, AsyncLane, Failure, Kind, Refusal, Request, Setup, Worker, tokio_current_thread};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

struct Lane {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    asks: Arc<[(http::Request<Full<Bytes>>, bool)]>,
    timeout: Option<Duration>,
}

impl Lane {
    async fn ask(&self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let response =
            self.client.request(ask.clone()).await.map_err(|error| Failure::of("Client", &error))?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        if !*is_stream {
            let body = body.collect().await.map_err(|error| Failure::of("Body", &error))?;
            return Ok(Answer::whole(status, body.to_bytes().len()));
        }
        // Chunks as they arrive: their size cannot be chosen.
        let (mut received, mut chunks) = (0, 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::of("Body", &error))?;
            if let Some(chunk) = frame.data_ref() {
                received += chunk.len() as u64;
                chunks += 1;
            }
        }
        Ok(Answer::streamed(status, received, chunks))
    }
}

impl AsyncLane for Lane {
    async fn call(&self, request: usize) -> Result<Answer, Failure> {
        match self.timeout {
            None => self.ask(request).await,
            Some(timeout) => tokio::time::timeout(timeout, self.ask(request))
                .await
                .unwrap_or_else(|_| Err(Failure::new(Kind::Timeout, "Elapsed"))),
        }
    }
}

fn lanes(setup: &Setup) -> Result<Vec<Lane>, Refusal> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    // It carries `https` as well.
    connector.enforce_http(false);
    let secured = HttpsConnectorBuilder::new().with_tls_config(client_config(setup)?).https_or_http();
    let connector = match setup.http.as_deref() {
        Some("2") => secured.enable_http2().wrap_connector(connector),
        Some(_) => secured.enable_http1().wrap_connector(connector),
        None => secured.enable_http1().enable_http2().wrap_connector(connector),
    };
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    if let Some(pool) = setup.pool {
        builder.pool_max_idle_per_host(pool);
    }
    if setup.http.as_deref() == Some("2") {
        builder.http2_only(true);
    }
    if setup.retries.is_some() {
        builder.retry_canceled_requests(false);
    }
    let client = builder.build(connector);
    let asks: Arc<[_]> = setup.requests.iter().map(ask).collect::<Result<_, _>>()?;
    let lane = |_| Lane { client: client.clone(), asks: Arc::clone(&asks), timeout: setup.timeout };
    Ok((0..setup.lanes).map(lane).collect())
}

fn ask(request: &Request) -> Result<(http::Request<Full<Bytes>>, bool), Refusal> {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    Ok((builder.body(Full::new(Bytes::from(request.body.clone())))?, request.is_stream))
}

fn main() {
    Worker::new("hyper-util", env!("VERSION_OF_HYPER_UTIL"))
        .http(&["1.1", "2"])
        .features(&["stream", "tls_verify", "ca"])
        .tasks(tokio_current_thread, lanes)
        .serve()
}
