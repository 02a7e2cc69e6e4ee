//! axum as its documentation serves it, on one thread.
//!
//! `axum::serve` has no limit on the time of a head or a body, so none is on. Started by `cargo xtask bench server`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use axum::serve::{Listener, ListenerExt};
use axum::Router;
use contenders::{Arguments, BODY_BYTES_MAX, Form, MESSAGE, Message, PLAINTEXT, post_of_user};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::from_command_line();
    let router = Router::new()
        .route("/plaintext", get(plaintext))
        .route("/json", get(json))
        .route("/users/{user}/posts/{post}", get(parameters))
        .route("/echo", post(echo))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let listener = TcpListener::from_std(arguments.bind()?)?;
    if arguments.form == Form::Tls {
        let tls = TlsAcceptor::from(Arc::new(arguments.tls_config(&[b"http/1.1"])?));
        return axum::serve(TlsListener { listener, tls }, router).await;
    }
    let listener = listener.tap_io(|stream| {
        // Small answers would wait for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}

async fn plaintext() -> &'static str {
    PLAINTEXT
}

async fn json() -> Json<Message> {
    Json(MESSAGE)
}

async fn parameters(Path((user, post)): Path<(u64, u64)>) -> String {
    post_of_user(user, post)
}

async fn echo(body: Bytes) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}

struct TlsListener {
    listener: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            // The comparison opens its connections once, so that one handshake after the other is enough.
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
