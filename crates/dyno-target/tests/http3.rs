//! The target over HTTP/3, asked by the `h3` crate, which shares no code with the server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::poll_fn;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use dyno_target::{RunningTarget, TargetOptions, TargetTls, serve};
use h3::client::{RequestStream, SendRequest};
use h3::error::StreamError;
use quinn::crypto::rustls::QuicClientConfig;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

const H3_NO_ERROR: u64 = 0x100;
const H3_REQUEST_REJECTED: u64 = 0x10b;
const H3_REQUEST_CANCELLED: u64 = 0x10c;

type Stream = RequestStream<h3_quinn::BidiStream<Bytes>, Bytes>;

/// A target that serves HTTP/3, and a connection to it.
struct Client {
    target: RunningTarget,
    quic: quinn::Connection,
    requests: SendRequest<h3_quinn::OpenStreams, Bytes>,
}

impl Client {
    async fn connect() -> Self {
        let target = serve(TargetOptions {
            listen_tls: vec!["127.0.0.1:0".parse().unwrap()],
            tls: Some(TargetTls::SelfSigned),
            http3: true,
            ..TargetOptions::default()
        })
        .unwrap();
        let certificate =
            CertificateDer::from_pem_slice(target.self_signed_pem().unwrap().as_bytes()).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h3".to_vec()];
        let mut endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        let config = QuicClientConfig::try_from(tls).unwrap();
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(config)));
        let quic = endpoint.connect(target.quic_addrs()[0], "localhost").unwrap().await.unwrap();
        let (mut driver, requests) = h3::client::new(h3_quinn::Connection::new(quic.clone())).await.unwrap();
        tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
        Self { target, quic, requests }
    }

    async fn open(&mut self, method: &str, path: &str) -> Stream {
        let uri = format!("https://localhost{path}");
        let request = http::Request::builder().method(method).uri(uri).body(()).unwrap();
        self.requests.send_request(request).await.unwrap()
    }

    /// Status, body and trailers of a whole answer.
    async fn get(&mut self, path: &str) -> (u16, Vec<u8>, Option<http::HeaderMap>) {
        let mut stream = self.open("GET", path).await;
        stream.finish().await.unwrap();
        let status = stream.recv_response().await.unwrap().status().as_u16();
        let mut body = Vec::new();
        while let Some(mut piece) = stream.recv_data().await.unwrap() {
            body.extend_from_slice(&piece.copy_to_bytes(piece.remaining()));
        }
        (status, body, stream.recv_trailers().await.unwrap())
    }

    /// The code with which a request of that path is reset.
    async fn reset_code(&mut self, path: &str) -> u64 {
        let mut stream = self.open("GET", path).await;
        stream.finish().await.unwrap();
        match stream.recv_response().await {
            Err(StreamError::RemoteTerminate { code, .. }) => code.value(),
            other => panic!("{path}: {other:?}"),
        }
    }

    /// The code with which the target closed the connection.
    async fn closed(&self) -> u64 {
        match self.quic.closed().await {
            quinn::ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
            other => panic!("closed by {other}"),
        }
    }
}

#[tokio::test]
async fn answers_are_those_of_the_other_versions() {
    let mut client = Client::connect().await;
    assert!(client.target.local_addrs().is_empty());
    let (status, told, _) = client.get("/protocol").await;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!((status, &told["version"], &told["transport"]), (200, &"HTTP/3".into(), &"quic".into()));
    assert_eq!(told["tls"]["alpn"], "h3");
    assert_eq!(client.get("/plaintext").await.1, b"Hello, World!");
    let (_, whole, _) = client.get("/bytes/300000?seed=3").await;
    assert_eq!(whole.len(), 300_000);
    assert_eq!(client.get("/stream-bytes/300000?seed=3&chunk_size=7000").await.1, whole);
    assert_eq!(client.get("/drip?numbytes=5&duration=2ms&delay=1ms").await.1, b"*****");
    let (_, _, trailers) = client.get("/trailers?x-colour=blue").await;
    assert_eq!(trailers.unwrap()["x-colour"], "blue");
}

#[tokio::test]
async fn streams_are_reset_with_the_codes_of_http3() {
    let mut client = Client::connect().await;
    assert_eq!(client.reset_code("/fault/rst").await, H3_REQUEST_CANCELLED);
    assert_eq!(client.reset_code("/fault/rst?code=261").await, 261);
    assert_eq!(client.reset_code("/fault/refuse").await, H3_REQUEST_REJECTED);
    // Faults of the message that only HTTP/1.1 can carry reset the stream as well.
    client.reset_code("/fault/malformed-chunk").await;
    assert_eq!(client.get("/health").await.0, 200, "the connection outlives its streams");
}

#[tokio::test]
async fn sending_is_stopped_while_the_client_still_sends() {
    let mut client = Client::connect().await;
    let mut stream = client.open("POST", "/fault/stop-sending").await;
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    // A client that may send without end sees the stop, whatever fits into windows on the way.
    let code = loop {
        match stream.send_data(piece.clone()).await {
            Ok(()) => {}
            Err(StreamError::RemoteTerminate { code, .. }) => break code.value(),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(code, H3_REQUEST_CANCELLED);
    assert_eq!(client.get("/health").await.0, 200);
}

#[tokio::test]
async fn connections_end_as_asked() {
    let mut client = Client::connect().await;
    let mut stream = client.open("GET", "/fault/goaway").await;
    stream.finish().await.unwrap();
    assert_eq!(client.closed().await, H3_NO_ERROR);
    let mut client = Client::connect().await;
    let mut stream = client.open("GET", "/fault/quic-close").await;
    stream.finish().await.unwrap();
    assert_ne!(client.closed().await, H3_NO_ERROR);
}
