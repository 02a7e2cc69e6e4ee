//! A client of HTTP/3 on the `h3` crate, which shares no code with the server's own codec.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use dyno_server::TlsMaterial;
use h3::client::{RequestStream, SendRequest};
use http::{HeaderMap, Request, Response};
use quinn::crypto::rustls::QuicClientConfig;
use tokio::task::JoinHandle;

pub type Stream = RequestStream<h3_quinn::BidiStream<Bytes>, Bytes>;

/// A certificate for `localhost`, for the server, and what a client needs to trust it.
pub struct Identity {
    pub material: TlsMaterial,
    certificate: rustls_pki_types::CertificateDer<'static>,
}

impl Identity {
    pub fn new() -> Self {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let material =
            TlsMaterial::from_pem(pair.cert.pem().as_bytes(), pair.signing_key.serialize_pem().as_bytes());
        Self { material: material.unwrap(), certificate: pair.cert.der().clone() }
    }

    /// TLS for a client that trusts this identity alone.
    pub fn client_config(&self, alpn: &str) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        config
    }

    /// Opens a QUIC connection.
    pub async fn connect_quic(&self, address: SocketAddr) -> quinn::Connection {
        let mut endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        let config = QuicClientConfig::try_from(self.client_config("h3")).unwrap();
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(config)));
        endpoint.connect(address, "localhost").unwrap().await.unwrap()
    }
}

/// One connection.
pub struct Client {
    pub quic: quinn::Connection,
    pub requests: SendRequest<h3_quinn::OpenStreams, Bytes>,
    _driver: JoinHandle<h3::error::ConnectionError>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
}

impl Answer {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub async fn connect(identity: &Identity, address: SocketAddr) -> Self {
        let quic = identity.connect_quic(address).await;
        let (mut driver, requests) = h3::client::new(h3_quinn::Connection::new(quic.clone())).await.unwrap();
        let driver = tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
        Self { quic, requests, _driver: driver }
    }

    /// Sends the head of a request.
    pub async fn open(&mut self, request: Request<()>) -> Stream {
        self.requests.send_request(request).await.unwrap()
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: Request<()>, body: &[u8]) -> Answer {
        let mut stream = self.open(request).await;
        if !body.is_empty() {
            stream.send_data(Bytes::copy_from_slice(body)).await.unwrap();
        }
        stream.finish().await.unwrap();
        read(&mut stream).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(get(path), b"").await
    }

    /// The code with which the server closed the connection.
    pub async fn closed(&self) -> u64 {
        match self.quic.closed().await {
            quinn::ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
            other => panic!("closed by {other}"),
        }
    }
}

pub fn get(path: &str) -> Request<()> {
    request("GET", path)
}

pub fn request(method: &str, path: &str) -> Request<()> {
    Request::builder().method(method).uri(format!("https://localhost{path}")).body(()).unwrap()
}

pub async fn read(stream: &mut Stream) -> Answer {
    let response = stream.recv_response().await.unwrap();
    read_rest(stream, response).await
}

pub async fn read_rest(stream: &mut Stream, response: Response<()>) -> Answer {
    let mut body = Vec::new();
    while let Some(mut piece) = stream.recv_data().await.unwrap() {
        body.extend_from_slice(&piece.copy_to_bytes(piece.remaining()));
    }
    let trailers = stream.recv_trailers().await.unwrap();
    Answer { status: response.status().as_u16(), fields: response.headers().clone(), body, trailers }
}
