//! Bare h3 on quinn: no router, one thread.
//!
//! Started by `cargo xtask bench server`.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use contenders::{Arguments, MESSAGE, PLAINTEXT};
use h3::server::RequestResolver;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Response, StatusCode};
use quinn::crypto::rustls::QuicServerConfig;
use tokio::task::{LocalSet, spawn_local};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::from_command_line();
    LocalSet::new().run_until(serve(&arguments)).await
}

async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let tls = QuicServerConfig::try_from(arguments.tls_config(&[b"h3"])?).map_err(io::Error::other)?;
    let config = quinn::ServerConfig::with_crypto(Arc::new(tls));
    let endpoint = quinn::Endpoint::server(config, arguments.listen)?;
    while let Some(incoming) = endpoint.accept().await {
        spawn_local(async move {
            // A broken connection concerns its two ends only.
            let _ended = serve_connection(incoming).await;
        });
    }
    Ok(())
}

async fn serve_connection(incoming: quinn::Incoming) -> Result<(), Failure> {
    let connection = h3_quinn::Connection::new(incoming.await?);
    let mut connection = h3::server::Connection::<_, Bytes>::new(connection).await?;
    while let Some(resolver) = connection.accept().await? {
        spawn_local(async move {
            let _ended = answer(resolver).await;
        });
    }
    Ok(())
}

async fn answer(resolver: RequestResolver<h3_quinn::Connection, Bytes>) -> Result<(), Failure> {
    let (request, mut stream) = resolver.resolve_request().await?;
    let (status, content_type, body) = match request.uri().path() {
        "/plaintext" => (StatusCode::OK, "text/plain", Bytes::from_static(PLAINTEXT.as_bytes())),
        "/json" => (StatusCode::OK, "application/json", serde_json::to_vec(&MESSAGE)?.into()),
        _ => (StatusCode::NOT_FOUND, "text/plain", Bytes::new()),
    };
    let head = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type)
        .header(CONTENT_LENGTH, body.len())
        .body(())?;
    stream.send_response(head).await?;
    stream.send_data(body).await?;
    Ok(stream.finish().await?)
}
