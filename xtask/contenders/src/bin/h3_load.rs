//! A closed loop of HTTP/3 requests: connections times streams, for a time, counted.
//!
//! The generator of the HTTP/3 case, since none of the packaged ones speaks HTTP/3. It trusts the certificate that it
//! is given and prints one line of JSON. Started by `cargo xtask bench server`.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use h3::client::SendRequest;
use http::{Request, Uri};
use quinn::crypto::rustls::QuicClientConfig;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::task::{JoinSet, LocalSet};

type Failure = Box<dyn std::error::Error>;
type Requests = SendRequest<h3_quinn::OpenStreams, Bytes>;

struct Arguments {
    url: Uri,
    certificate: String,
    connections: u32,
    streams: u32,
    time: Duration,
}

#[derive(Default)]
struct Counts {
    ok: Cell<u64>,
    failed: Cell<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = arguments().map_err(|why| {
        format!("{why}; usage: --certificate FILE --connections N --streams N --milliseconds N URL")
    })?;
    let counts = LocalSet::new().run_until(play(&arguments)).await?;
    println!("{{\"ok\":{},\"failed\":{}}}", counts.ok.get(), counts.failed.get());
    Ok(())
}

fn arguments() -> Result<Arguments, String> {
    let (mut certificate, mut connections, mut streams, mut milliseconds, mut url) = (None, None, None, None, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            url = word.parse().ok();
            continue;
        }
        let value = words.next().ok_or_else(|| format!("`{word}` has no value"))?;
        match word.as_str() {
            "--certificate" => certificate = Some(value),
            "--connections" => connections = value.parse().ok(),
            "--streams" => streams = value.parse().ok(),
            "--milliseconds" => milliseconds = value.parse().ok(),
            _ => return Err(format!("`{word}` is no flag")),
        }
    }
    Ok(Arguments {
        url: url.ok_or("no usable URL")?,
        certificate: certificate.ok_or("no certificate")?,
        connections: connections.ok_or("no number of connections")?,
        streams: streams.ok_or("no number of streams")?,
        time: Duration::from_millis(milliseconds.ok_or("no time")?),
    })
}

async fn play(arguments: &Arguments) -> Result<Rc<Counts>, Failure> {
    let address: SocketAddr = arguments.url.authority().ok_or("the URL has no address")?.as_str().parse()?;
    let mut endpoint = quinn::Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    endpoint.set_default_client_config(client_config(&arguments.certificate)?);
    let counts = Rc::new(Counts::default());
    let (mut workers, mut drivers) = (JoinSet::new(), JoinSet::new());
    let mut ready = Vec::new();
    for _ in 0..arguments.connections {
        let connection = endpoint.connect(address, "localhost")?.await?;
        let (mut driver, requests) = h3::client::new(h3_quinn::Connection::new(connection)).await?;
        drivers.spawn_local(async move { driver.wait_idle().await });
        ready.push(requests);
    }
    let end = Instant::now() + arguments.time;
    for requests in &ready {
        for _ in 0..arguments.streams {
            let (requests, url, counts) = (requests.clone(), arguments.url.clone(), Rc::clone(&counts));
            workers.spawn_local(async move { ask_until(end, requests, &url, &counts).await });
        }
    }
    while workers.join_next().await.is_some() {}
    drivers.abort_all();
    Ok(counts)
}

async fn ask_until(end: Instant, mut requests: Requests, url: &Uri, counts: &Counts) {
    while Instant::now() < end {
        match ask(&mut requests, url).await {
            Ok(true) => counts.ok.set(counts.ok.get() + 1),
            Ok(false) => counts.failed.set(counts.failed.get() + 1),
            Err(_) => {
                counts.failed.set(counts.failed.get() + 1);
                // A dead connection would fail as fast as it can be asked.
                return;
            }
        }
    }
}

/// Whether the whole answer came, with status 200 and as many bytes of body as it said.
async fn ask(requests: &mut Requests, url: &Uri) -> Result<bool, Failure> {
    let mut stream = requests.send_request(Request::get(url.clone()).body(())?).await?;
    stream.finish().await?;
    let head = stream.recv_response().await?;
    let mut bytes = 0;
    while let Some(piece) = stream.recv_data().await? {
        bytes += piece.remaining();
    }
    let promised = head.headers().get(http::header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    Ok(head.status() == 200 && bytes > 0 && promised.is_none_or(|promised: usize| promised == bytes))
}

fn client_config(certificate: &str) -> Result<quinn::ClientConfig, Failure> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    Ok(quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?)))
}
