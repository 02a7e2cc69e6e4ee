//! Bare hyper: no router, one thread, the fastest settings that it documents.
//!
//! `pipeline_flush` is on, which costs it nothing with one request in flight. Started by `cargo xtask bench server`.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use contenders::{
    Arguments, BODY_BYTES_MAX, CONNECTION_WINDOW_BYTES, Form, HEAD_TIME_MAX, MESSAGE, PLAINTEXT, STREAM_WINDOW_BYTES,
    STREAMS_MAX, post_of_user,
};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::rt::{Executor, Read, Write};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};
use tokio_rustls::TlsAcceptor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::from_command_line();
    LocalSet::new().run_until(serve(&arguments)).await
}

async fn serve(arguments: &Arguments) -> io::Result<()> {
    let listener = TcpListener::from_std(arguments.bind()?)?;
    let form = arguments.form;
    let tls = match form {
        Form::Tls => Some(TlsAcceptor::from(std::sync::Arc::new(arguments.tls_config(&[b"http/1.1"])?))),
        _ => None,
    };
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let tls = tls.clone();
        spawn_local(async move {
            match tls {
                None => serve_connection(stream, form).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_connection(stream, form).await;
                    }
                }
            }
        });
    }
}

async fn serve_connection<S>(stream: S, form: Form)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
{
    // A broken connection concerns its two ends only.
    let _ended = match form {
        Form::Http2 => http2(TokioIo::new(stream)).await,
        _ => http1(TokioIo::new(stream)).await,
    };
}

async fn http1<S: Read + Write + Unpin + 'static>(stream: S) -> hyper::Result<()> {
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .pipeline_flush(true)
        .serve_connection(stream, service_fn(answer))
        .await
}

async fn http2<S: Read + Write + Unpin + 'static>(stream: S) -> hyper::Result<()> {
    hyper::server::conn::http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .serve_connection(stream, service_fn(answer))
        .await
}

#[derive(Debug, Clone, Copy)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        spawn_local(future);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    Ok(match (request.method(), path) {
        (&Method::GET, "/plaintext") => response("text/plain", PLAINTEXT),
        (&Method::GET, "/json") => match serde_json::to_vec(&MESSAGE) {
            Ok(body) => response("application/json", body),
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        },
        (&Method::POST, "/echo") => match Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await {
            Ok(body) => response("application/json", body.to_bytes()),
            Err(_) => empty(StatusCode::PAYLOAD_TOO_LARGE),
        },
        (&Method::GET, path) => match user_and_post(path) {
            Some((user, post)) => response("text/plain", post_of_user(user, post)),
            None => empty(StatusCode::NOT_FOUND),
        },
        _ => empty(StatusCode::NOT_FOUND),
    })
}

fn user_and_post(path: &str) -> Option<(u64, u64)> {
    let (user, post) = path.strip_prefix("/users/")?.split_once("/posts/")?;
    Some((user.parse().ok()?, post.parse().ok()?))
}

fn response(content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
