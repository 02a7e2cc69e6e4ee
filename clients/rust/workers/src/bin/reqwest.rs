//! reqwest: async on Tokio, and its blocking interface, which keeps a Tokio of its own in a thread.

use dyno_worker::{Answer, AsyncLane, Failure, Kind, Refusal, Setup, SyncLane, Worker, tokio_current_thread};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Error, Method, Url, redirect};

/// What both kinds of clients are told, by the names that both have.
macro_rules! client {
    ($builder:expr, $setup:expr) => {{
        let mut builder = $builder.no_proxy();
        if let Some(timeout) = $setup.timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(pool) = $setup.pool {
            builder = builder.pool_max_idle_per_host(pool);
        }
        if let Some(redirects) = $setup.redirects {
            builder = builder.redirect(match redirects {
                0 => redirect::Policy::none(),
                most => redirect::Policy::limited(most as usize),
            });
        }
        if let Some(decode) = $setup.decode {
            builder = builder.gzip(decode);
        }
        if $setup.retries.is_some() {
            builder = builder.retry(reqwest::retry::never());
        }
        if $setup.verify == Some(false) {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        if let Some(pem) = &$setup.ca_pem {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem.as_bytes())?);
        }
        builder = match $setup.http.as_deref() {
            Some("2") => builder.http2_prior_knowledge(),
            Some(_) => builder.http1_only(),
            None => builder,
        };
        builder.build()?
    }};
}

/// What both kinds of requests are made from.
macro_rules! requests {
    ($request:path, $setup:expr) => {
        $setup
            .requests
            .iter()
            .map(|told| {
                let url = Url::parse(&told.url).map_err(|error| Refusal::Failed(error.to_string()))?;
                let mut request = <$request>::new(Method::from_bytes(told.method.as_bytes())?, url);
                for (name, value) in &told.headers {
                    request.headers_mut().append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
                }
                if told.has_body() {
                    *request.body_mut() = Some(told.body.clone().into());
                }
                Ok((request, told.is_stream))
            })
            .collect::<Result<Vec<_>, Refusal>>()?
    };
}

struct Blocking {
    client: reqwest::blocking::Client,
    asks: Vec<(reqwest::blocking::Request, bool)>,
}

impl SyncLane for Blocking {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let ask = ask.try_clone().expect("invariant: its body is bytes");
        let response = self.client.execute(ask).map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if *is_stream {
            return Answer::stream_from(status, response).map_err(|error| Failure::of("Io", &error));
        }
        Ok(Answer::whole(status, response.bytes().map_err(|error| failed(&error))?.len()))
    }
}

struct Tasked {
    client: reqwest::Client,
    asks: Vec<(reqwest::Request, bool)>,
}

impl AsyncLane for Tasked {
    async fn call(&self, request: usize) -> Result<Answer, Failure> {
        let (ask, is_stream) = &self.asks[request];
        let ask = ask.try_clone().expect("invariant: its body is bytes");
        let mut response = self.client.execute(ask).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if !*is_stream {
            return Ok(Answer::whole(status, response.bytes().await.map_err(|error| failed(&error))?.len()));
        }
        // Chunks as they arrive: their size cannot be chosen.
        let (mut received, mut chunks) = (0, 0);
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            received += chunk.len() as u64;
            chunks += 1;
        }
        Ok(Answer::streamed(status, received, chunks))
    }
}

fn failed(error: &Error) -> Failure {
    if error.is_timeout() {
        Failure::new(Kind::Timeout, "Timeout")
    } else if error.is_redirect() {
        Failure::new(Kind::Redirects, "Redirect")
    } else {
        let word = if error.is_connect() {
            "Connect"
        } else if error.is_decode() {
            "Decode"
        } else if error.is_body() {
            "Body"
        } else {
            "Request"
        };
        Failure::of(word, error)
    }
}

fn blocking(setup: &Setup) -> Result<Vec<Blocking>, Refusal> {
    let client = client!(reqwest::blocking::Client::builder(), setup);
    let lane =
        |_| Ok(Blocking { client: client.clone(), asks: requests!(reqwest::blocking::Request, setup) });
    (0..setup.lanes).map(lane).collect()
}

fn tasked(setup: &Setup) -> Result<Vec<Tasked>, Refusal> {
    let client = client!(reqwest::Client::builder(), setup);
    let lane = |_| Ok(Tasked { client: client.clone(), asks: requests!(reqwest::Request, setup) });
    (0..setup.lanes).map(lane).collect()
}

fn main() {
    Worker::new("reqwest", env!("VERSION_OF_REQWEST"))
        .http(&["1.1", "2"])
        .features(&["stream", "redirects", "tls_verify", "ca", "decode"])
        .sync(blocking)
        .tasks(tokio_current_thread, tasked)
        .serve()
}
